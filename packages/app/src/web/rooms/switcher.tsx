import { type FormEvent, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Field } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { ordered } from "./groups.ts";
import { RoomLink } from "./room-link.tsx";

/** To another room by a few letters and Enter. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const { inbox, roomId, titleOf, go } = useHouse();
  const [sought, setSought] = useState("");
  const letters = sought.trim().toLocaleLowerCase();
  const found = ordered(inbox, titleOf).filter((room) =>
    titleOf(room).toLocaleLowerCase().includes(letters),
  );
  const first = found.find(({ id }) => id !== roomId) ?? found[0];

  function enter(event: FormEvent) {
    event.preventDefault();
    if (first) go(first.id);
  }

  return (
    <Dialog title="Go to a room" onClose={onClose}>
      <form className="form" onSubmit={enter}>
        <Field
          label="Room"
          value={sought}
          autoComplete="off"
          spellCheck={false}
          note={first ? `Enter goes to ${titleOf(first)}.` : "You are in no room of that name."}
          onChange={(event) => setSought(event.target.value)}
        />
      </form>
      <ul className="rooms list">
        {found.map((room) => (
          <li key={room.id}>
            <RoomLink room={room.id} current={room.id === roomId}>
              <bdi>{titleOf(room)}</bdi>
            </RoomLink>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
