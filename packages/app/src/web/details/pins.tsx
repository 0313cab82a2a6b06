import type { Room } from "@snug/protocol";
import { momentOf } from "../clock/when.ts";
import { inOneLine } from "../deeds/quote.tsx";
import { useHouse } from "../house.ts";
import { useAnswer } from "../use-answer.ts";
import { useHeard } from "../use-heard.ts";
import { Waiting } from "../waiting.tsx";

/** What was pinned, the newest pin first; each leads to its place. */
export function Pins({ room }: { room: Room }) {
  const { chat, go } = useHouse();
  const { value, problem, again } = useAnswer(room.id, () =>
    chat.call("GET /v1/rooms/:room/pins", { room: room.id }),
  );
  useHeard(
    room.id,
    ["message.pinned", "message.unpinned", "message.edited", "message.deleted", "room.cleared"],
    again,
  );
  if (value === null) return <Waiting problem={problem?.detail} onAgain={again} />;
  if (value.messages.length === 0) {
    return <p className="soft">Nothing is pinned. “More” on a message offers it.</p>;
  }
  const nameOf = (id: string) => (value.users[id] ?? chat.room(room.id).user(id))?.name;
  return (
    <ul className="found">
      {value.messages.map(({ seq, by, at, text, files }) => (
        <li key={seq}>
          <button type="button" onClick={() => go(room.id, seq)}>
            <span className="found-head">
              <bdi className="quoted-author">{value.users[by]?.name ?? "Someone"}</bdi>
              <small className="soft">{momentOf(at)}</small>
            </span>
            <bdi className="found-text">{inOneLine({ text, files }, nameOf)}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}
