import type { Chat } from "@snug/client";
import { useConnection, useInbox, useRoom } from "@snug/client/react";
import type { User } from "@snug/protocol";
import { type KeyboardEvent, useCallback, useRef, useState } from "react";
import { Composer } from "./composer/composer.tsx";
import { isComposing } from "./composer/enter.ts";
import { ConnectionBanner } from "./connection/connection-banner.tsx";
import type { MessageListHandle } from "./list/loaded-list.tsx";
import { MessageList } from "./list/message-list.tsx";
import { NewMessages } from "./list/new-messages.tsx";
import { PersonDialog } from "./person/person-dialog.tsx";
import { hasFinePointer } from "./pointer.ts";
import { Rail } from "./rail.tsx";
import { RoomHeader } from "./room-header.tsx";
import { UnkeptNote } from "./unkept-note.tsx";

export function RoomPage({
  chat,
  user,
  roomId,
  onRoom,
}: {
  chat: Chat;
  user: User;
  roomId: string;
  onRoom: (id: string) => void;
}) {
  const connection = useConnection(chat);
  const inbox = useInbox(chat);
  const room = useRoom(chat, roomId);
  const [personOpen, setPersonOpen] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useRef<MessageListHandle>(null);
  const name = room.room?.name ?? roomId;

  const focusField = useCallback(() => {
    if (hasFinePointer()) field.current?.focus();
  }, []);

  function jumpToEnd() {
    list.current?.jumpToEnd();
    focusField();
  }

  return (
    <div className="frame">
      <Rail
        inbox={inbox}
        roomId={roomId}
        user={user}
        onRoom={onRoom}
        onPerson={() => setPersonOpen(true)}
      />
      <main className="room" onKeyDown={(event) => onKey(event, jumpToEnd, focusField)}>
        <RoomHeader
          name={name}
          room={room.room}
          status={connection.status}
          user={user}
          onPerson={() => setPersonOpen(true)}
        />
        <MessageList ref={list} room={room} name={name} onJump={jumpToEnd} onDone={focusField} />
        <div className="foot">
          <ConnectionBanner
            connection={connection}
            onTryNow={() => {
              chat.reconnect();
              focusField();
            }}
          />
          <UnkeptNote room={room} />
          <Composer
            userId={user.id}
            roomId={roomId}
            roomName={name}
            post={room.post}
            field={field}
          />
        </div>
        <NewMessages messages={room.messages} loaded={room.older !== "unknown"} name={name} />
      </main>
      {personOpen && (
        <PersonDialog
          chat={chat}
          user={user}
          roomId={roomId}
          onClose={() => {
            setPersonOpen(false);
            focusField();
          }}
        />
      )}
    </div>
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
