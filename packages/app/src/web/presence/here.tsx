import { usePresence } from "@snug/client/react";
import { useHouse } from "../house.ts";
import { namesOf } from "./names.ts";

const NAMES = 12;

/** How many have the room open now, and who. */
export function Here({ roomId, onOpen }: { roomId: string; onOpen: () => void }) {
  const { chat, user } = useHouse();
  const { online, count } = usePresence(chat, roomId);
  if (count === 0) return null;
  const others = online.filter(({ id }) => id !== user.id).map(({ name }) => name);
  const unnamed = count - online.length;
  const known = [...others, ...(others.length < online.length ? ["you"] : [])];
  const names = unnamed > 0 ? `${count} people` : namesOf(known, NAMES);
  return (
    <button type="button" className="here" aria-label={`${count} here: ${names}`} onClick={onOpen}>
      <span className="dot" data-availability="online" aria-hidden="true" />
      <span aria-hidden="true">
        {count}
        <span className="here-word"> here</span>
      </span>
      <span className="tip" aria-hidden="true">
        {names}
      </span>
    </button>
  );
}
