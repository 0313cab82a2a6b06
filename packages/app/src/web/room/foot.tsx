import type { ChatRoom, ConnectionState } from "@snug/client";
import type { RoomView } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import { type Ref, type RefObject, useCallback, useEffect, useRef } from "react";
import { Composer, type ComposerHandle } from "../composer/composer.tsx";
import { draftsOf } from "../composer/drafts.ts";
import { ConnectionBanner } from "../connection/connection-banner.tsx";
import type { Adding } from "../files/use-adding.ts";
import { isFocusLost } from "../focus-first.ts";
import { useHouse } from "../house.ts";
import { TypingLine } from "../presence/typing-line.tsx";
import type { Access } from "./access.ts";
import { ClosedBar } from "./closed-bar.tsx";
import { JoinBar } from "./join-bar.tsx";
import { UnkeptNote } from "./unkept-note.tsx";

/** Below the messages: where one writes, or why one cannot. */
export function Foot({
  roomId,
  name,
  known,
  access,
  room,
  thread,
  place,
  post,
  adding,
  connection,
  field,
  composer,
  onDone,
}: {
  roomId: string;
  name: string;
  known: Room | null;
  access: Access;
  room: RoomView;
  /** The message whose thread it is, of a thread. */
  thread: number | null;
  /** Where its draft is kept. */
  place: string;
  post: ChatRoom["post"];
  adding: Adding;
  connection: ConnectionState;
  field: RefObject<HTMLTextAreaElement | null>;
  composer: Ref<ComposerHandle>;
  onDone: () => void;
}) {
  const { chat, user } = useHouse();
  const foot = useRef<HTMLDivElement>(null);
  const writes = access.kind === "writes" && known !== null;
  // When the field goes while one writes in it, what comes in its place takes the focus.
  const wrote = useRef(false);
  const writing = useCallback(
    (place: HTMLDivElement) => () => {
      // It is about to go, with the field in it.
      wrote.current = place.contains(document.activeElement);
    },
    [],
  );
  useEffect(() => {
    if (wrote.current && !writes && isFocusLost())
      foot.current?.querySelector<HTMLElement>(".bar")?.focus();
    wrote.current = false;
  }, [writes]);
  return (
    <div ref={foot} className="foot" onInput={room.setTyping}>
      {thread === null && (
        <>
          <TypingLine roomId={roomId} />
          <ConnectionBanner
            connection={connection}
            onTryNow={() => {
              chat.reconnect();
              onDone();
            }}
          />
          <UnkeptNote room={room} />
        </>
      )}
      {writes && (
        <div ref={writing} className="writing">
          <Composer
            ref={composer}
            userId={user.id}
            roomId={place}
            roomName={name}
            drafts={draftsOf(known.kind)}
            post={post}
            adding={adding}
            field={field}
          />
        </div>
      )}
      {access.kind === "reads" && (
        <p className="bar" role="status" tabIndex={-1}>
          You can read here. Somebody who runs the room can let you write.
        </p>
      )}
      {access.kind === "archived" && (
        <p className="bar" role="status" tabIndex={-1}>
          This room is archived: it can be read, and nobody writes in it.
        </p>
      )}
      {access.kind === "ended" && (
        <p className="bar">
          The message that this thread began with was deleted; nothing can be added.
        </p>
      )}
      {thread === null && access.kind === "stranger" && room.room !== null && (
        <JoinBar room={room.room} />
      )}
      {thread === null && access.kind === "closed" && <ClosedBar room={known} />}
    </div>
  );
}
