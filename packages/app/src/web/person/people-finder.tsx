import type { User } from "@snug/protocol";
import { type ReactNode, useEffect, useState } from "react";
import { Field } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useAnswer } from "../use-answer.ts";
import { Waiting } from "../waiting.tsx";
import { PersonLine } from "./person-line.tsx";

/** Typing goes on while one thinks; the server is asked when it rests. */
const ASK_AFTER_MS = 200;

/** People one may find, by the beginning of their names, and what can be done with each. */
export function PeopleFinder({
  without,
  children,
}: {
  /** Ids of those who are not meant. */
  without: ReadonlySet<string>;
  children: (person: User) => ReactNode;
}) {
  const { chat } = useHouse();
  const [typed, setTyped] = useState("");
  const [sought, setSought] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSought(typed.trim()), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const { value, problem, again } = useAnswer(sought, () =>
    chat.call("GET /v1/users", { query: { q: sought } }),
  );
  const people = value?.users.filter(({ id }) => !without.has(id));
  return (
    <>
      <Field
        label="Find somebody"
        type="search"
        value={typed}
        autoComplete="off"
        spellCheck={false}
        note="By the beginning of a name: accounts, and guests you share a room with."
        onChange={(event) => setTyped(event.target.value)}
      />
      {people === undefined ? (
        <Waiting problem={problem?.detail} onAgain={again} />
      ) : (
        <ul className="list" aria-label="People">
          {people.map((person) => (
            <li key={person.id} className="listed-row">
              <PersonLine user={person} />
              {children(person)}
            </li>
          ))}
        </ul>
      )}
      {people?.length === 0 && (
        <p className="soft" role="status">
          {sought === "" ? "Nobody else is here yet." : "Nobody to be found by that name."}
        </p>
      )}
    </>
  );
}
