import type { Can } from "@snug/protocol";
import { type FormEvent, useId, useState } from "react";
import { Choice, type Option } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { momentOf } from "../clock/when.ts";
import { ordered } from "../rooms/groups.ts";
import { LinkBox } from "../share/link-box.tsx";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { Waiting } from "../waiting.tsx";

const cans: readonly Option<Can>[] = [
  { value: "post", label: "Read and write" },
  { value: "read", label: "Only read" },
];

/** Ways in for programs, as oneself or for one room alone. */
export function Tokens() {
  const { chat, inbox, titleOf } = useHouse();
  const [can, setCan] = useState<Can>("post");
  const [room, setRoom] = useState("");
  const [made, setMade] = useState<{ id: string; token: string } | null>(null);
  const list = useAnswer("tokens", () => chat.call("GET /v1/tokens", {}));
  const { busy, problem, run } = useDeed();
  const field = useId();
  const rooms = ordered(inbox).map(({ room: each }) => each);

  async function make(event: FormEvent) {
    event.preventDefault();
    const body = { can, ...(room !== "" && { room }) };
    const outcome = await run(() => chat.call("POST /v1/tokens", { body }));
    if (outcome?.ok !== true) return;
    setMade(outcome.value);
    list.again();
  }
  async function revoke(token: string) {
    const done = await run(() => chat.call("DELETE /v1/tokens/:token", { token }));
    if (done?.ok !== true) return;
    if (made?.id === token) setMade(null);
    list.again();
  }

  return (
    <>
      {made === null ? (
        <form className="form" onSubmit={(event) => void make(event)}>
          <div className="field">
            <label htmlFor={field}>For</label>
            <select id={field} value={room} onChange={(event) => setRoom(event.target.value)}>
              <option value="">all my rooms, as myself</option>
              {rooms.map((each) => (
                <option key={each.id} value={each.id}>
                  {titleOf(each)} alone
                </option>
              ))}
            </select>
          </div>
          <Choice label="It may" options={cans} value={can} onChange={setCan} />
          <button type="submit" className="primary" aria-disabled={busy}>
            {busy ? "Making it …" : "Make a token"}
          </button>
        </form>
      ) : (
        <div className="form">
          <LinkBox label="The token, shown this once" text={made.token} code={false} />
          <p className="soft small">
            Whoever has it is let in by it. Keep it where secrets are kept.
          </p>
          <button type="button" className="plain" onClick={() => setMade(null)}>
            Make another
          </button>
        </div>
      )}
      <Problem detail={problem?.detail} />
      <section aria-label="Your tokens">
        <h3>Your tokens</h3>
        {list.value === null ? (
          <Waiting problem={list.problem?.detail} onAgain={list.again} />
        ) : list.value.tokens.length === 0 ? (
          <p className="soft">None yet.</p>
        ) : (
          <ul className="list">
            {list.value.tokens.map((token) => {
              const place = rooms.find(({ id }) => id === token.room);
              const where =
                token.room === null ? "All rooms" : place ? titleOf(place) : "A room you left";
              return (
                <li key={token.id} className="listed-row">
                  <span className="listed-text">
                    <span className="listed-name">
                      {where}
                      {token.can === "read" && ", only to read"}
                    </span>
                    <small className="soft">Last used {momentOf(token.usedAt)}</small>
                  </span>
                  <button
                    type="button"
                    className="quiet"
                    aria-disabled={busy}
                    onClick={() => void revoke(token.id)}
                  >
                    Revoke
                  </button>
                </li>
              );
            })}
          </ul>
        )}
      </section>
    </>
  );
}
