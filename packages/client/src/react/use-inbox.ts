import type { Chat, Inbox } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** The rooms one is in. */
export function useInbox(chat: Chat): Inbox {
  return useReadable(chat.inbox);
}
