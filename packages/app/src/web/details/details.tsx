import type { Role, Room } from "@snug/protocol";
import { type ReactNode, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { useHouse } from "../house.ts";
import { AddPeople } from "./add-people.tsx";
import { Bans } from "./bans.tsx";
import { Invites } from "./invites.tsx";
import { Overview } from "./overview.tsx";
import { Panel } from "./panel.tsx";
import { RoomForm } from "./room-form.tsx";
import type { View } from "./view.ts";

/** All about the room one is in: beside it where there is the place, else over it. */
export function Details({
  room,
  role,
  wide,
  onClose,
}: {
  room: Room;
  role: Role | null;
  wide: boolean;
  onClose: () => void;
}) {
  const { titleOf } = useHouse();
  const [view, setView] = useState<View>("overview");
  const back = () => setView("overview");
  const titles: Record<View, ReactNode> = {
    overview: titleOf(room),
    change: "Name and topic",
    invites: "Invites",
    add: "Add people",
    bans: "Banned people",
  };
  const Place = wide ? Panel : Dialog;
  return (
    <Place
      title={titles[view]}
      place="end"
      onClose={onClose}
      onBack={view === "overview" ? undefined : back}
    >
      {view === "overview" && <Overview room={room} role={role} onView={setView} />}
      {view === "change" && <RoomForm room={room} onDone={back} />}
      {view === "invites" && <Invites room={room} />}
      {view === "add" && <AddPeople room={room} />}
      {view === "bans" && <Bans room={room} />}
    </Place>
  );
}
