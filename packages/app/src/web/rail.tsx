import { useHouse } from "./house.ts";
import { Mark } from "./mark.tsx";
import { PersonButton } from "./person/person-button.tsx";
import { RoomList } from "./rooms/room-list.tsx";

export function Rail() {
  const { user, show } = useHouse();
  return (
    <aside className="rail" aria-label="Rooms and you">
      <p className="word-mark">
        <Mark />
        Snug
      </p>
      <RoomList />
      <PersonButton user={user} onOpen={() => show("you")} />
    </aside>
  );
}
