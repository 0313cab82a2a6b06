import type { User } from "@snug/protocol";
import type { Chat } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** Who writes in the room now, oneself apart. */
export function useTyping(chat: Chat, room: string): readonly User[] {
  return useReadable(chat.room(room).typing);
}
