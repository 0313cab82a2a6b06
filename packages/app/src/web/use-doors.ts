import type { Chat, ConnectionState, Doors } from "@snug/client";
import { useEffect, useState } from "react";

const ASK_AGAIN_MS = 2_000;

/** Who may come in how; `null` until the server has said so. After a break it may be another server. */
export function useDoors(chat: Chat, { status }: ConnectionState): Doors | null {
  const [doors, setDoors] = useState<Doors | null>(null);
  const offline = status === "offline";
  useEffect(() => {
    if (offline) return;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const answer = await chat.call("GET /v1/doors", {});
      if (over) return;
      if (answer.ok) setDoors(answer.value);
      else timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [chat, offline]);
  return doors;
}
