import type { Chat } from "@snug/client";
import { useEffect } from "react";

/** Whoever does nothing for so long is away. */
const IDLE_MS = 5 * 60_000;
const signs = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "focus"] as const;

/** Tells whether somebody sits here: away after five minutes without a sign of it, or once the page is hidden. */
export function useAway(chat: Chat): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let away: boolean | null = null;
    const tell = (now: boolean) => {
      if (away !== now) chat.setAway(now);
      away = now;
    };
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) return tell(true);
      timer = setTimeout(() => tell(true), IDLE_MS);
      return tell(false);
    };
    look();
    const options = { passive: true, capture: true } as const;
    for (const sign of signs) addEventListener(sign, look, options);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      for (const sign of signs) removeEventListener(sign, look, options);
      document.removeEventListener("visibilitychange", look);
    };
  }, [chat]);
}
