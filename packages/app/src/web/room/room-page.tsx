import { useConnection, useRoom, useUnread } from "@snug/client/react";
import { type RefObject, Suspense, useCallback, useEffect, useState } from "react";
import type { Address } from "../address.ts";
import { noteServerTime } from "../clock/server-clock.ts";
import { type Open, useHouse } from "../house.ts";
import { Details, ShareDialog } from "../later.tsx";
import { NewMessages } from "../list/new-messages.tsx";
import { useBadge } from "../rooms/use-badge.ts";
import { ThreadPanel } from "../thread/thread-panel.tsx";
import { accessTo } from "./access.ts";
import { ClosedRoom } from "./closed-room.tsx";
import { Conversation, type ConversationHandle } from "./conversation.tsx";
import { FindTarget } from "./find-target.tsx";
import { GoneRoom } from "./gone-room.tsx";
import { RoomHeader } from "./room-header.tsx";
import { useLine } from "./use-line.ts";

/** A message that one comes for; a new object each time. */
type Target = { readonly seq: number };

export function RoomPage({
  roomId,
  address,
  open,
  wide,
  hit,
  main,
}: {
  roomId: string;
  address: Address;
  open: Open | null;
  wide: boolean;
  /** The message in it that one came to from a search. */
  hit: number | null;
  main: RefObject<ConversationHandle | null>;
}) {
  const { chat, user, inbox, titleOf, roleIn, show, say } = useHouse();
  const connection = useConnection(chat);
  const room = useRoom(chat, roomId);
  const entry = inbox.rooms.find((each) => each.room.id === roomId) ?? null;
  const known = room.room ?? entry?.room ?? null;
  const access = accessTo(room, inbox, roomId);
  const [line, setLine] = useLine(entry);
  const [target, setTarget] = useState<Target | null>(null);
  const [thread, setThread] = useState<{ seq: number; target: Target | null } | null>(null);
  // Which address was looked up, and led to a message or to none.
  const [sought, setSought] = useState<Address | null>(null);
  const isGone = access.kind === "gone";
  const isOpen = access.kind !== "gone" && access.kind !== "closed";
  const name = isGone
    ? "This room is gone"
    : known !== null
      ? titleOf(known)
      : isOpen
        ? ""
        : "A closed room";
  useBadge(useUnread(chat), name);

  useEffect(() => {
    const newest = room.messages.findLast(({ at }) => at !== null);
    if (newest?.state === "sent") noteServerTime(newest.at);
  }, [room.messages]);

  const missing = useCallback(() => say("That message is not there any more."), [say]);
  const nameOf = useCallback((id: string) => chat.room(roomId).user(id)?.name, [chat, roomId]);
  const openThread = useCallback(
    (seq: number, reply: Target | null = null) => {
      show(null);
      setThread({ seq, target: reply });
    },
    [show],
  );

  function close() {
    show(null);
    main.current?.focusField();
  }

  const shared = { roomId, known, access, room, connection };
  return (
    <>
      <main className="room">
        <RoomHeader
          name={name}
          room={isOpen ? known : null}
          status={connection.status}
          open={open}
        />
        {access.kind === "closed" && room.room === null ? (
          <ClosedRoom detail={access.detail} />
        ) : isGone ? (
          <GoneRoom user={user.id} roomId={roomId} kind={known?.kind ?? null} room={room} />
        ) : (
          <Conversation
            ref={main}
            {...shared}
            name={name}
            list={room}
            thread={null}
            line={line}
            seeking={address.seq !== null && sought !== address}
            target={target}
            onThread={openThread}
            onUnreadFrom={(seq) => setLine(seq - 1)}
          />
        )}
        <NewMessages messages={room.messages} loaded={room.older !== "unknown"} nameOf={nameOf} />
      </main>
      {isOpen && address.seq !== null && (
        <FindTarget
          key={keyOf(address)}
          seq={address.seq}
          onMissing={() => {
            setSought(address);
            missing();
          }}
          onFound={({ seq, thread: root }) => {
            setSought(address);
            if (root === null) setTarget({ seq });
            else openThread(root, { seq });
          }}
        />
      )}
      {isOpen && known !== null && open === "details" && (
        <Suspense>
          <Details
            room={known}
            role={roleIn(roomId)}
            level={entry?.level ?? null}
            wide={wide}
            onThread={openThread}
            onClose={close}
          />
        </Suspense>
      )}
      {isOpen && thread !== null && open !== "details" && open !== "search" && (
        <ThreadPanel
          key={thread.seq}
          {...shared}
          opened={thread}
          wide={wide}
          onBack={hit !== null && hit === thread.target?.seq ? () => show("search") : undefined}
          onClose={() => {
            setThread(null);
            if (wide) main.current?.focusField();
          }}
        />
      )}
      {isOpen && known !== null && open === "share" && (
        <Suspense>
          <ShareDialog room={known} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

const keys = new WeakMap<Address, number>();
let visits = 0;

/** Another one each time that one comes to an address, be it the same. */
function keyOf(address: Address): number {
  const known = keys.get(address) ?? ++visits;
  keys.set(address, known);
  return known;
}
