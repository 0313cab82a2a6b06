import { useMemo } from "react";
import type { Chat, ChatRoom, RoomState } from "../api.ts";
import { useReadable } from "./use-readable.ts";

export type RoomView = RoomState & Pick<ChatRoom, (typeof deeds)[number]>;

const deeds = [
  "post",
  "upload",
  "uploads",
  "retry",
  "discard",
  "edit",
  "remove",
  "react",
  "pin",
  "loadOlder",
  "loadNewer",
  "loadAround",
  "loadLatest",
  "markRead",
  "markUnread",
  "setTyping",
] as const;

/** A room's state, and what can be done in it. Follows the room while it is drawn. */
export function useRoom(chat: Chat, id: string): RoomView {
  const room = chat.room(id);
  const state = useReadable(room.state);
  return useMemo(() => {
    const able = Object.fromEntries(deeds.map((deed) => [deed, room[deed]]));
    return { ...state, ...able } as RoomView;
  }, [room, state]);
}
