import type { Chat } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** How far each has read in the room, by their ids. */
export function useReads(chat: Chat, room: string): Readonly<Record<string, number>> {
  return useReadable(chat.room(room).reads);
}
