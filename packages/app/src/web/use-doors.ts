import type { Chat, Doors } from "@snug/client";
import { useAnswer } from "./use-answer.ts";

/** Who may come in how; `null` until the server has said so. */
export function useDoors(chat: Chat): Doors | null {
  return useAnswer("doors", () => chat.call("GET /v1/doors", {})).value;
}
