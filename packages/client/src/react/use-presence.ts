import type { Chat, RoomPresence } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** Who has the room open now. */
export function usePresence(chat: Chat, room: string): RoomPresence {
  return useReadable(chat.room(room).presence);
}
