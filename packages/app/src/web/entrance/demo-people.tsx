import type { Chat, Doors } from "@snug/client";
import { Problem } from "../form/field.tsx";
import { Avatar } from "../person/avatar.tsx";
import { useDeed } from "../use-deed.ts";

/** Whom one may be to look around, with one press each. */
export function DemoPeople({
  people,
  chat,
  onArriving,
}: {
  people: Doors["demo"];
  chat: Chat;
  onArriving: (arriving: boolean) => void;
}) {
  const { busy, problem, run } = useDeed();
  const passwords = [...new Set(people.map(({ password }) => password))];

  async function be({ username, password }: Doors["demo"][number]) {
    onArriving(true);
    await run(() => chat.signIn({ username, password }));
    onArriving(false);
  }

  return (
    <section className="demo" aria-label="Look around">
      <p className="soft small">
        This is a demonstration. Look around as one of these
        {passwords.length === 1 && (
          <>
            ; their password is <code>{passwords[0]}</code>
          </>
        )}
        .
      </p>
      <ul>
        {people.map((person) => (
          <li key={person.username}>
            <button
              type="button"
              className="listed"
              aria-disabled={busy}
              onClick={() => void be(person)}
            >
              <Avatar id={person.username} name={person.name} avatar={undefined} />
              <span>
                <bdi>{person.name}</bdi>
                <small className="soft">
                  {person.username}
                  {passwords.length > 1 && ` · ${person.password}`}
                </small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Problem detail={problem?.detail} />
    </section>
  );
}
