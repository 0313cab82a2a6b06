import type { Chat, ChatMessage } from "../api.ts";
import { useInFrames } from "./use-in-frames.ts";

/** A room's messages alone: draws anew only when one of them changes. */
export function useMessages(chat: Chat, room: string): readonly ChatMessage[] {
  return useInFrames(chat.room(room).messages);
}
