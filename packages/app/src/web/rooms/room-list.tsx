import type { InboxEntry } from "@snug/protocol";
import { usePeople } from "@snug/client/react";
import { type ReactNode, useEffect, useRef } from "react";
import { Countdown } from "../clock/countdown.tsx";
import { type Open, useHouse } from "../house.ts";
import { LockIcon, MutedIcon, PlusIcon, SearchIcon } from "../icons.tsx";
import { Dot } from "../presence/dot.tsx";
import { badgeText, callOf, wordsFor } from "./call.ts";
import { groupsOf } from "./groups.ts";
import { RoomLink } from "./room-link.tsx";

/** The rooms one is in, by what they are, and the ways to more. */
export function RoomList() {
  const { inbox, roomId, show } = useHouse();
  const { rooms, direct, ephemeral, archived } = groupsOf(inbox);
  const list = useRef<HTMLElement>(null);
  const isListed = inbox.rooms.some(({ room }) => room.id === roomId);
  useEffect(() => {
    // Where one is, is seen, however many rooms there are.
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [roomId, isListed]);
  return (
    <nav className="rooms" aria-label="Rooms" ref={list}>
      <Group title="Rooms" add="New room" opens="new room" entries={rooms}>
        <li>
          <button type="button" className="more-rooms" onClick={() => show("public rooms")}>
            <SearchIcon />
            Public rooms
          </button>
        </li>
      </Group>
      <Group title="Direct" add="Write to somebody" opens="people" entries={direct} />
      <Group
        title="Ephemeral"
        add="New ephemeral room"
        opens="new ephemeral room"
        entries={ephemeral}
      />
      {archived.length > 0 && <Group title="Archived" entries={archived} />}
    </nav>
  );
}

function Group({
  title,
  add,
  opens,
  entries,
  children,
}: {
  title: string;
  add?: string;
  opens?: Open;
  entries: readonly InboxEntry[];
  children?: ReactNode;
}) {
  const { show } = useHouse();
  return (
    <section aria-label={title}>
      <div className="group-head">
        <h2>{title}</h2>
        {add !== undefined && opens !== undefined && (
          <button
            type="button"
            className="bare"
            aria-label={add}
            title={add}
            onClick={() => show(opens)}
          >
            <PlusIcon />
          </button>
        )}
      </div>
      <ul>
        {entries.map((entry) => (
          <li key={entry.room.id}>
            <Listed entry={entry} />
          </li>
        ))}
        {children}
      </ul>
    </section>
  );
}

/** One of one's rooms: bold while something in it is unread, dim while it is muted. */
export function Listed({ entry }: { entry: InboxEntry }) {
  const { chat, roomId, titleOf, otherIn } = useHouse();
  const people = usePeople(chat);
  const { room, level } = entry;
  const { unread, count } = callOf(entry);
  return (
    <RoomLink room={room.id} current={room.id === roomId} unread={unread} muted={level === "none"}>
      {room.kind === "direct" && <Dot status={people[otherIn(room.id) ?? ""]} />}
      <bdi>{titleOf(room)}</bdi>
      {room.kind === "private" && (
        <>
          <LockIcon />
          <span className="hidden">, private</span>
        </>
      )}
      {level === "none" && (
        <>
          <MutedIcon />
          <span className="hidden">, muted</span>
        </>
      )}
      {unread && <span className="hidden">, {wordsFor(entry)}</span>}
      {count > 0 && (
        <>
          <span className="badge" aria-hidden="true">
            {badgeText(count)}
          </span>
          <span className="hidden">, {count} for you</span>
        </>
      )}
      {room.expiresAt !== null && <Countdown until={room.expiresAt} label=", ends in" />}
    </RoomLink>
  );
}
