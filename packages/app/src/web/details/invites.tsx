import type { Room } from "@snug/protocol";
import { useEffect, useRef, useState } from "react";
import { serverNow } from "../clock/server-clock.ts";
import { timeLeft } from "../clock/time-left.ts";
import { Problem } from "../form/field.tsx";
import { isFocusLost } from "../focus-first.ts";
import { useHouse } from "../house.ts";
import { LinkBox } from "../share/link-box.tsx";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { useHeard } from "../use-heard.ts";
import { Waiting } from "../waiting.tsx";
import { NewInvite } from "./new-invite.tsx";

/** Links that lead into the room: to make, to hand on, and to revoke. */
export function Invites({ room }: { room: Room }) {
  const { chat } = useHouse();
  const [made, setMade] = useState<{ id: string; url: string } | null>(null);
  const list = useAnswer(room.id, () =>
    chat.call("GET /v1/rooms/:room/invites", { room: room.id }),
  );
  // Who joins may have used one.
  useHeard(room.id, ["member.joined"], list.again);
  const { busy, problem, run } = useDeed();
  const top = useRef<HTMLDivElement>(null);
  const focusTop = () => top.current?.querySelector("input")?.focus();
  // The button that was pressed went with its form.
  useEffect(() => {
    if (isFocusLost()) focusTop();
  }, [made]);

  async function revoke(invite: string) {
    const done = await run(() =>
      chat.call("DELETE /v1/rooms/:room/invites/:invite", { room: room.id, invite }),
    );
    if (done?.ok !== true) return;
    focusTop();
    if (made?.id === invite) setMade(null);
    list.again();
  }

  return (
    <>
      <div ref={top}>
        {made === null ? (
          <NewInvite
            room={room.id}
            onMade={(invite) => {
              setMade(invite);
              list.again();
            }}
          />
        ) : (
          <div className="form">
            <LinkBox label="The invite, shown this once" text={made.url} code />
            <button type="button" className="plain" onClick={() => setMade(null)}>
              Make another
            </button>
          </div>
        )}
      </div>
      <section aria-label="Invites that can be used">
        <h3>Invites that can be used</h3>
        <Problem detail={problem?.detail} />
        {list.value === null ? (
          <Waiting problem={list.problem?.detail} onAgain={list.again} />
        ) : list.value.invites.length === 0 ? (
          <p className="soft">None yet.</p>
        ) : (
          <ul className="list">
            {list.value.invites.map(({ id, can, uses, expiresAt }) => (
              <li key={id} className="listed-row">
                <span className="listed-text">
                  <span className="listed-name">
                    {can === "read" ? "To read" : "To read and write"}
                  </span>
                  <small className="soft">
                    {id === made?.id && "the one above · "}
                    {uses === null ? "anybody" : `${uses} more`}
                    {" · "}
                    {expiresAt === null ? "no end" : timeLeft(expiresAt - serverNow())}
                  </small>
                </span>
                <button
                  type="button"
                  className="quiet"
                  aria-disabled={busy}
                  onClick={() => void revoke(id)}
                >
                  Revoke
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}
