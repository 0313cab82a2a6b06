import { useMemo } from "react";
import type { Chat, ChatRoom, RoomState } from "../api.ts";
import { drawing, useInFrames } from "./use-in-frames.ts";

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
  const state = useInFrames(room.state);
  const able = useMemo(
    () =>
      drawing(Object.fromEntries(deeds.map((deed) => [deed, room[deed]]))) as Omit<
        RoomView,
        keyof RoomState
      >,
    [room],
  );
  return useMemo(() => ({ ...state, ...able }), [state, able]);
}
