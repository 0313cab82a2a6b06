import type { Author } from "@snug/client";
import { Avatar } from "../person/avatar.tsx";

const FACES = 3;

/** Who has read up to this message and not further. It takes no room, so that reading moves nothing. */
export function SeenBy({ readers }: { readers: readonly Author[] }) {
  const shown = readers.length <= FACES ? readers : readers.slice(0, FACES - 1);
  const names = `Seen by ${readers.map(({ name }) => name).join(", ")}`;
  return (
    <span className="seen-by" role="img" aria-label={names} tabIndex={0}>
      {shown.map(({ id, name, avatar }) => (
        <Avatar key={id} id={id} name={name} avatar={avatar} />
      ))}
      {readers.length > shown.length && (
        <span className="seen-more">+{readers.length - shown.length}</span>
      )}
      <span className="tip">{names}</span>
    </span>
  );
}
