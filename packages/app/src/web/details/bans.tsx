import type { Room } from "@snug/protocol";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PersonLine } from "../person/person-line.tsx";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { useHeard } from "../use-heard.ts";
import { Waiting } from "../waiting.tsx";

export function Bans({ room }: { room: Room }) {
  const { chat } = useHouse();
  const bans = useAnswer(room.id, () => chat.call("GET /v1/rooms/:room/bans", { room: room.id }));
  useHeard(room.id, ["member.removed", "member.joined"], bans.again);
  const { busy, problem, run } = useDeed();

  async function lift(user: string) {
    const lifted = await run(() =>
      chat.call("DELETE /v1/rooms/:room/bans/:user", { room: room.id, user }),
    );
    if (lifted?.ok === true) bans.again();
  }

  if (bans.value === null) return <Waiting problem={bans.problem?.detail} onAgain={bans.again} />;
  const { users } = bans.value;
  return (
    <>
      <Problem detail={problem?.detail} />
      {users.length === 0 && <p className="soft">Nobody is banned from this room.</p>}
      <ul className="list">
        {users.map((user) => (
          <li key={user.id} className="listed-row">
            <PersonLine user={user} />
            <button
              type="button"
              className="quiet"
              aria-label={`Lift the ban on ${user.name}`}
              aria-disabled={busy}
              onClick={() => void lift(user.id)}
            >
              Lift
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
