import type { Chat, FoundMessage } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** A message by its number, wherever it is: for a quote. */
export function useFound(chat: Chat, room: string, seq: number): FoundMessage {
  return useReadable(chat.room(room).find(seq));
}
