import type { Chat, Unread } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** What calls for oneself in all rooms together: for a title or a badge. */
export function useUnread(chat: Chat): Unread {
  return useReadable(chat.unread);
}
