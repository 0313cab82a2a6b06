import { AskOnce } from "../form/ask-once.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PersonLine } from "../person/person-line.tsx";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { Waiting } from "../waiting.tsx";

/** Everybody here, for administrators. */
export function AllPeople() {
  const { chat, user: me } = useHouse();
  const list = useAnswer("people", () => chat.call("GET /v1/admin/people", {}));
  const { busy, problem, run } = useDeed();

  async function remove(user: string) {
    const done = await run(() => chat.call("DELETE /v1/admin/people/:user", { user }));
    if (done?.ok === true) list.again();
  }

  if (list.value === null) return <Waiting problem={list.problem?.detail} onAgain={list.again} />;
  return (
    <>
      <Problem detail={problem?.detail} />
      <ul className="list">
        {list.value.people.map(({ user, admin }) => (
          <li key={user.id} className="listed-row">
            <PersonLine
              user={user}
              more={`${user.guest ? "Guest" : user.username}${admin ? " · administrator" : ""}`}
            />
            {user.id !== me.id && (
              <AskOnce
                label="Remove"
                question={`${user.name} is signed out everywhere, and the name goes from all rooms. What they said stays, by nobody.`}
                yes={`Remove ${user.name}`}
                busy={busy}
                onYes={() => void remove(user.id)}
              />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
