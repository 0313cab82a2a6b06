import type { Room } from "@snug/protocol";
import { useEffect, useRef } from "react";
import { momentOf } from "../clock/when.ts";
import { inOneLine } from "../deeds/quote.tsx";
import { useHouse } from "../house.ts";
import { useAnswer } from "../use-answer.ts";
import { Waiting } from "../waiting.tsx";

/** What was pinned, the newest pin first; each leads to its place. */
export function Pins({ room }: { room: Room }) {
  const { chat, go } = useHouse();
  const { value, problem, again } = useAnswer(room.id, () =>
    chat.call("GET /v1/rooms/:room/pins", { room: room.id }),
  );
  const ask = useRef(again);
  ask.current = again;
  useEffect(() => {
    const types = ["message.pinned", "message.unpinned", "message.deleted"] as const;
    const undo = types.map((type) => chat.room(room.id).on(type, () => ask.current()));
    return () => {
      for (const each of undo) each();
    };
  }, [chat, room.id]);
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
