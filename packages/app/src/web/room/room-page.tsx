import type { ChatRoom } from "@snug/client";
import { useConnection, useRoom } from "@snug/client/react";
import { type KeyboardEvent, useCallback, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { noteServerTime } from "../clock/server-clock.ts";
import { isComposing } from "../composer/enter.ts";
import { Details } from "../details/details.tsx";
import { type Open, useHouse } from "../house.ts";
import type { MessageListHandle } from "../list/loaded-list.tsx";
import { MessageList } from "../list/message-list.tsx";
import { NewMessages } from "../list/new-messages.tsx";
import { hasFinePointer } from "../pointer.ts";
import { ShareDialog } from "../share/share-dialog.tsx";
import { accessTo } from "./access.ts";
import { ClosedRoom } from "./closed-room.tsx";
import { Foot } from "./foot.tsx";
import { GoneRoom } from "./gone-room.tsx";
import { RoomHeader } from "./room-header.tsx";

export function RoomPage({
  roomId,
  open,
  wide,
}: {
  roomId: string;
  open: Open | null;
  wide: boolean;
}) {
  const { chat, user, inbox, titleOf, roleIn, show } = useHouse();
  const connection = useConnection(chat);
  const room = useRoom(chat, roomId);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useRef<MessageListHandle>(null);
  const listed = inbox.rooms.find((entry) => entry.room.id === roomId)?.room ?? null;
  const known = room.room ?? listed;
  const access = accessTo(room, inbox, roomId);
  const isGone = access.kind === "gone";
  const isOpen = access.kind !== "gone" && access.kind !== "closed";
  const name = isGone
    ? "This room is gone"
    : known !== null
      ? titleOf(known)
      : isOpen
        ? ""
        : "A closed room";

  useEffect(() => {
    const newest = room.messages.findLast(({ at }) => at !== null);
    if (newest?.state === "sent") noteServerTime(newest.at);
  }, [room.messages]);

  const focusField = useCallback(() => {
    if (hasFinePointer()) field.current?.focus();
  }, []);

  // Written here, it is where one goes on reading; the list has to hold it before.
  const post: ChatRoom["post"] = (text) => {
    const posting = flushSync(() => room.post(text));
    if (posting.ok) list.current?.jumpToEnd();
    return posting;
  };

  function jumpToEnd() {
    list.current?.jumpToEnd();
    focusField();
  }

  function close() {
    show(null);
    focusField();
  }

  return (
    <>
      <main className="room" onKeyDown={(event) => onKey(event, jumpToEnd, focusField)}>
        <RoomHeader
          name={name}
          room={isOpen ? known : null}
          status={connection.status}
          detailsOpen={open === "details"}
        />
        {access.kind === "closed" && room.room === null ? (
          <ClosedRoom detail={access.detail} />
        ) : isGone ? (
          <GoneRoom user={user.id} roomId={roomId} kind={known?.kind ?? null} room={room} />
        ) : (
          <>
            <MessageList
              ref={list}
              room={room}
              name={name}
              writes={access.kind === "writes"}
              onJump={jumpToEnd}
              onDone={focusField}
            />
            <Foot
              roomId={roomId}
              name={name}
              known={known}
              access={access}
              room={room}
              post={post}
              connection={connection}
              field={field}
              onDone={focusField}
            />
          </>
        )}
        <NewMessages
          messages={room.messages}
          loaded={room.older !== "unknown"}
          name={name === "" ? "Snug" : name}
        />
      </main>
      {isOpen && known !== null && open === "details" && (
        <Details room={known} role={roleIn(roomId)} wide={wide} onClose={close} />
      )}
      {isOpen && known !== null && open === "share" && <ShareDialog room={known} onClose={close} />}
    </>
  );
}

/** Escape goes to the newest message; a letter typed anywhere goes into the composer. */
function onKey(event: KeyboardEvent, jumpToEnd: () => void, focusField: () => void) {
  if (isComposing(event.nativeEvent)) return;
  if (event.key === "Escape") {
    jumpToEnd();
    return;
  }
  const inLog = event.target instanceof Element && event.target.role === "log";
  if (inLog && event.key === "End") {
    event.preventDefault();
    jumpToEnd();
    return;
  }
  const writes =
    event.key.length === 1 &&
    event.key !== " " &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey;
  if (inLog && writes) focusField();
}
