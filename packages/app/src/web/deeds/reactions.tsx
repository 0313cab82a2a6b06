import type { SentMessage } from "@snug/client";
import { namesOf } from "../presence/names.ts";
import { isOffered } from "./deed.ts";
import { useDeeds } from "./deeds-context.ts";

/** So many names; the others are a number. */
const NAMES = 12;

/** What people put under a message; one's own are marked, and each press turns them round. */
export function Reactions({ message }: { message: SentMessage }) {
  const { me, react, standing, nameOf } = useDeeds();
  const kinds = Object.entries(message.reactions);
  if (kinds.length === 0) return null;
  const may = isOffered("react", message, standing);
  return (
    <ul className="reactions" aria-label="Reactions">
      {kinds.map(([emoji, users]) => {
        const mine = users.includes(me);
        const names = namesOf(
          users.map((id) => (id === me ? "you" : nameOf(id))),
          NAMES,
        );
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={mine}
              aria-label={`${emoji} ${users.length}: ${names}`}
              aria-disabled={!may}
              onClick={() => may && react(message, emoji)}
            >
              <span className="chip" aria-hidden="true">
                <span className="chip-sign">{emoji}</span>
                {users.length}
              </span>
              <span className="tip" aria-hidden="true">
                {names}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
