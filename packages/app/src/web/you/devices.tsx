import { Problem } from "../form/field.tsx";
import { AskOnce } from "../form/ask-once.tsx";
import { useHouse } from "../house.ts";
import { exactTime, momentOf } from "../clock/when.ts";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { Waiting } from "../waiting.tsx";
import { deviceName } from "./device-name.ts";

/** Where one is signed in. */
export function Devices() {
  const { chat } = useHouse();
  const list = useAnswer("sessions", () => chat.call("GET /v1/sessions", {}));
  const { busy, problem, run } = useDeed();

  async function end(session: string) {
    const ended = await run(() => chat.call("DELETE /v1/sessions/:session", { session }));
    if (ended?.ok === true) list.again();
  }

  if (list.value === null) return <Waiting problem={list.problem?.detail} onAgain={list.again} />;
  const sessions = list.value.sessions.toSorted(
    (one, other) => Number(other.current) - Number(one.current) || other.usedAt - one.usedAt,
  );
  return (
    <>
      <ul className="list">
        {sessions.map(({ id, device, usedAt, current }) => (
          <li key={id} className="listed-row">
            <span className="listed-text">
              <span className="listed-name">{deviceName(device)}</span>
              <small className="soft" title={exactTime(usedAt)}>
                {current ? "This device" : `Last used ${momentOf(usedAt)}`}
              </small>
            </span>
            {!current && (
              <button
                type="button"
                className="quiet"
                aria-disabled={busy}
                onClick={() => void end(id)}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <Problem detail={problem?.detail} />
      {sessions.length > 1 && (
        <AskOnce
          label="Sign out all others"
          question="All devices but this one are signed out at once."
          yes="Sign them out"
          busy={busy}
          onYes={() => void end("others")}
        />
      )}
    </>
  );
}
