import type { Level, Role, Room } from "@snug/protocol";
import { type ReactNode, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { useHouse } from "../house.ts";
import { AddPeople } from "./add-people.tsx";
import { Bans } from "./bans.tsx";
import { Invites } from "./invites.tsx";
import { Overview } from "./overview.tsx";
import { Panel } from "./panel.tsx";
import { Pins } from "./pins.tsx";
import { RoomForm } from "./room-form.tsx";
import { Threads } from "./threads.tsx";
import type { View } from "./view.ts";

const overview = { view: "overview", from: "overview" } as const;

/** All about the room one is in: beside it where there is the place, else over it. */
export function Details({
  room,
  role,
  level,
  wide,
  onThread,
  onClose,
}: {
  room: Room;
  role: Role | null;
  /** `null` of a room that one is not in. */
  level: Level | null;
  wide: boolean;
  onThread: (seq: number) => void;
  onClose: () => void;
}) {
  const { titleOf } = useHouse();
  const [{ view, from }, setAt] = useState<{ view: View; from: View }>(overview);
  const back = () => setAt({ view: "overview", from: view });
  const titles: Record<View, ReactNode> = {
    overview: titleOf(room),
    change: "Name and topic",
    invites: "Invites",
    add: "Add people",
    bans: "Banned people",
    pins: "Pinned messages",
    threads: "Threads you follow",
  };
  const Place = wide ? Panel : Dialog;
  return (
    <Place
      title={titles[view]}
      place="end"
      onClose={onClose}
      onBack={view === "overview" ? undefined : back}
    >
      {view === "overview" && (
        <Overview
          room={room}
          role={role}
          level={level}
          from={from}
          onView={(next) => setAt({ view: next, from: "overview" })}
        />
      )}
      {view === "change" && <RoomForm room={room} onDone={back} />}
      {view === "invites" && <Invites room={room} />}
      {view === "add" && <AddPeople room={room} />}
      {view === "bans" && <Bans room={room} />}
      {view === "pins" && <Pins room={room} />}
      {view === "threads" && <Threads room={room} onThread={onThread} />}
    </Place>
  );
}
