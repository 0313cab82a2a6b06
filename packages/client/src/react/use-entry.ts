import type { InboxEntry } from "@snug/protocol";
import { useSyncExternalStore } from "react";
import type { Chat } from "../api.ts";

/** How one stands to a room: role, level, read place and counts. Draws anew only when these change. */
export function useEntry(chat: Chat, room: string): InboxEntry | null {
  const get = () => chat.inbox.get().rooms.find((entry) => entry.room.id === room) ?? null;
  return useSyncExternalStore(chat.inbox.subscribe, get, () => null);
}
