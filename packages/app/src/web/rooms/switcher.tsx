import { type FormEvent, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Field } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { sought } from "./sought.ts";
import { Listed } from "./room-list.tsx";

/** To another room by a few letters and Enter; before any letter those that call for one stand first. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const { inbox, roomId, titleOf, go } = useHouse();
  const [letters, setLetters] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = sought(inbox, roomId, letters, titleOf);
  const at = Math.min(chosen, found.length - 1);
  const target = found[at]?.room;

  function enter(event: FormEvent) {
    event.preventDefault();
    if (target) go(target.id);
  }

  return (
    <Dialog title="Go to a room" onClose={onClose}>
      <form className="form" onSubmit={enter}>
        <Field
          label="Room"
          value={letters}
          autoComplete="off"
          spellCheck={false}
          note={target ? `Enter goes to ${titleOf(target)}.` : "You are in no room of that name."}
          onChange={(event) => {
            setLetters(event.target.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step === undefined || found.length === 0) return;
            event.preventDefault();
            setChosen((at + step + found.length) % found.length);
          }}
        />
      </form>
      <ul className="rooms list">
        {found.map((entry, index) => (
          <li key={entry.room.id} data-chosen={index === at || undefined}>
            <Listed entry={entry} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
