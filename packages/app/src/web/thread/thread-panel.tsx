import type { ConnectionState } from "@snug/client";
import { type RoomView, useFound, useThread } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { Panel } from "../details/panel.tsx";
import { Dialog } from "../dialog.tsx";
import { useHouse } from "../house.ts";
import { NewMessages } from "../list/new-messages.tsx";
import type { Access } from "../room/access.ts";
import { Conversation, type ConversationHandle } from "../room/conversation.tsx";

const ignore = () => {};

/** What was said in answer to one message, apart from the room: beside it where there is the place, else over it. */
export function ThreadPanel({
  roomId,
  opened,
  known,
  access,
  room,
  connection,
  wide,
  onBack,
  onClose,
}: {
  roomId: string;
  /** By the message that began it; a new object each time that one comes to it. */
  opened: { readonly seq: number; readonly target: { readonly seq: number } | null };
  known: Room | null;
  access: Access;
  room: RoomView;
  connection: ConnectionState;
  wide: boolean;
  /** To the hits, where it was come to from one. */
  onBack: (() => void) | undefined;
  onClose: () => void;
}) {
  const { chat } = useHouse();
  const { seq, target } = opened;
  const talk = useRef<ConversationHandle>(null);
  useEffect(() => talk.current?.focusField(), [opened]);
  const thread = useThread(chat, roomId, seq);
  const nameOf = useCallback((id: string) => chat.room(roomId).user(id)?.name, [chat, roomId]);
  const { status, message } = useFound(chat, roomId, seq);
  const isGone = status === "missing" || (message !== null && message.deletedAt !== null);
  const list = useMemo(() => {
    const { root, messages, older } = thread;
    const { retry, discard } = room;
    // What it began with stands first, once nothing is before the replies that are held.
    const all = root !== null && older === "none" ? [root, ...messages] : messages;
    return { ...thread, retry, discard, messages: all };
  }, [thread, room]);
  const Place = wide ? Panel : Dialog;
  return (
    <Place title="Thread" place="end" fill onBack={onBack} onClose={onClose}>
      <Conversation
        ref={talk}
        roomId={roomId}
        name="the thread"
        known={known}
        access={isGone && access.kind === "writes" ? { kind: "ended" } : access}
        room={room}
        list={list}
        thread={seq}
        connection={connection}
        line={null}
        seeking={false}
        target={target}
        onThread={ignore}
        onUnreadFrom={ignore}
      />
      <NewMessages messages={thread.messages} loaded={thread.older !== "unknown"} nameOf={nameOf} />
    </Place>
  );
}
