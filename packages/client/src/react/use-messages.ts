import type { Chat, ChatMessage } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** A room's messages alone: draws anew only when one of them changes. */
export function useMessages(chat: Chat, room: string): readonly ChatMessage[] {
  return useReadable(chat.room(room).messages);
}
