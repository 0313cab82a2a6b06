import type { Room } from "@snug/protocol";
import type { ReactNode } from "react";
import { Countdown } from "../clock/countdown.tsx";
import { type Open, useHouse } from "../house.ts";
import { LockIcon, PlusIcon, SearchIcon } from "../icons.tsx";
import { groupsOf } from "./groups.ts";
import { RoomLink } from "./room-link.tsx";

/** The rooms one is in, by what they are, and the ways to more. */
export function RoomList() {
  const { inbox, titleOf, show } = useHouse();
  const { rooms, direct, ephemeral, archived } = groupsOf(inbox, titleOf);
  return (
    <nav className="rooms" aria-label="Rooms">
      <Group title="Rooms" add="New room" opens="new room" rooms={rooms}>
        <li>
          <button type="button" className="more-rooms" onClick={() => show("public rooms")}>
            <SearchIcon />
            Public rooms
          </button>
        </li>
      </Group>
      <Group title="Direct" add="Write to somebody" opens="people" rooms={direct} />
      <Group
        title="Ephemeral"
        add="New ephemeral room"
        opens="new ephemeral room"
        rooms={ephemeral}
      />
      {archived.length > 0 && <Group title="Archived" rooms={archived} />}
    </nav>
  );
}

function Group({
  title,
  add,
  opens,
  rooms,
  children,
}: {
  title: string;
  add?: string;
  opens?: Open;
  rooms: readonly Room[];
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
        {rooms.map((room) => (
          <li key={room.id}>
            <Listed room={room} />
          </li>
        ))}
        {children}
      </ul>
    </section>
  );
}

function Listed({ room }: { room: Room }) {
  const { roomId, titleOf } = useHouse();
  return (
    <RoomLink room={room.id} current={room.id === roomId}>
      <bdi>{titleOf(room)}</bdi>
      {room.kind === "private" && (
        <>
          <LockIcon />
          <span className="hidden">, private</span>
        </>
      )}
      {room.expiresAt !== null && <Countdown until={room.expiresAt} label=", ends in" />}
    </RoomLink>
  );
}
