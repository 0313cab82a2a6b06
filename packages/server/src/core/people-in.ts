import type { User } from "@snug/protocol";
import type { PeopleStore } from "./ports.ts";

/** By their ids, the people whom these messages or events name: who wrote, reacted, or is mentioned. */
export async function peopleIn(
  store: Pick<PeopleStore, "users">,
  texts: readonly string[],
): Promise<Record<string, User>> {
  const ids = new Set<string>();
  for (const text of texts) {
    const { by, mentions = [], reactions = {} } = JSON.parse(text) as Naming;
    if (by !== undefined) ids.add(by);
    for (const mentioned of mentions) ids.add(mentioned);
    for (const users of Object.values(reactions)) for (const user of users) ids.add(user);
  }
  return Object.fromEntries((await store.users([...ids])).map((user) => [user.id, user]));
}

interface Naming {
  readonly by?: string;
  readonly mentions?: readonly string[];
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}
