import { Suspense } from "react";
import { Dialog } from "./dialog.tsx";
import { type Open, useHouse } from "./house.ts";
import {
  EphemeralDialog,
  NewRoomDialog,
  PeopleDialog,
  PublicRoomsDialog,
  Shortcuts,
  useRareSoon,
  YouDialog,
} from "./later.tsx";
import { PersonButton } from "./person/person-button.tsx";
import { RoomList } from "./rooms/room-list.tsx";
import { Switcher } from "./rooms/switcher.tsx";

/** What lies over the room, whichever room it is. */
export function Over({ open }: { open: Open | null }) {
  useRareSoon();
  return (
    <Suspense>
      <Opened open={open} />
    </Suspense>
  );
}

function Opened({ open }: { open: Open | null }) {
  const { user, show } = useHouse();
  const close = () => show(null);
  switch (open) {
    case "rooms":
      return (
        <Dialog title="Your rooms" place="start" onClose={close}>
          <RoomList />
          <PersonButton user={user} onOpen={() => show("you")} />
        </Dialog>
      );
    case "you":
      return <YouDialog onClose={close} />;
    case "new room":
      return <NewRoomDialog onClose={close} />;
    case "new ephemeral room":
      return <EphemeralDialog onClose={close} />;
    case "public rooms":
      return <PublicRoomsDialog onClose={close} />;
    case "people":
      return <PeopleDialog onClose={close} />;
    case "switcher":
      return <Switcher onClose={close} />;
    case "shortcuts":
      return <Shortcuts onClose={close} />;
    // These stand beside the room, or are its own.
    case "search":
    case "details":
    case "share":
    case null:
      return null;
  }
}
