import { useMemo } from "react";
import type { Chat, ChatRoom, RoomState } from "../api.ts";
import { useReadable } from "./use-readable.ts";

export type RoomView = RoomState & Pick<ChatRoom, "post" | "retry" | "discard" | "loadOlder">;

/** A room's state, and what can be done in it. Follows the room while it is drawn. */
export function useRoom(chat: Chat, id: string): RoomView {
  const room = chat.room(id);
  const state = useReadable(room.state);
  return useMemo(() => {
    const { post, retry, discard, loadOlder } = room;
    return { ...state, post, retry, discard, loadOlder };
  }, [room, state]);
}
