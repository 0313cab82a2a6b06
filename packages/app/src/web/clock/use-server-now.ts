import { useEffect, useState } from "react";
import { askServerTime, serverNow } from "./server-clock.ts";

/** The server's time, told once a second. */
export function useServerNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const tell = () => setNow(serverNow());
    // A device that slept did not count on.
    const look = () => {
      if (!document.hidden) void askServerTime().then(tell);
    };
    look();
    const timer = setInterval(tell, 1_000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return now;
}
