import type { Chat } from "@snug/client";
import { useEffect, useState } from "react";
import type { FileLimits } from "./admit.ts";

/** Until the server has said what it takes, it says so of each file. */
const unknown: FileLimits = { fileBytes: Infinity, filesPerMessage: Infinity };
const told = new WeakMap<Chat, FileLimits>();

export function useFileLimits(chat: Chat): FileLimits {
  const [limits, setLimits] = useState(told.get(chat) ?? unknown);
  useEffect(() => {
    if (limits !== unknown) return;
    let over = false;
    void chat.call("GET /v1/limits", {}).then((answer) => {
      if (!answer.ok) return;
      const { fileBytes = Infinity, filesPerMessage = Infinity } = answer.value;
      told.set(chat, { fileBytes, filesPerMessage });
      if (!over) setLimits({ fileBytes, filesPerMessage });
    });
    return () => {
      over = true;
    };
  }, [chat, limits]);
  return limits;
}
