import { Dialog } from "./dialog.tsx";
import { type Open, useHouse } from "./house.ts";
import { PersonButton } from "./person/person-button.tsx";
import { EphemeralDialog } from "./rooms/ephemeral-dialog.tsx";
import { NewRoomDialog } from "./rooms/new-room-dialog.tsx";
import { PeopleDialog } from "./rooms/people-dialog.tsx";
import { PublicRoomsDialog } from "./rooms/public-rooms-dialog.tsx";
import { RoomList } from "./rooms/room-list.tsx";
import { Switcher } from "./rooms/switcher.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { YouDialog } from "./you/you-dialog.tsx";

/** What lies over the room, whichever room it is. */
export function Over({ open }: { open: Open | null }) {
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
