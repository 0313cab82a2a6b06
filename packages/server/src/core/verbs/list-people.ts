import { succeed, type Result, type User } from "@snug/protocol";
import { asAdmin, type Actor } from "../actor.ts";
import type { PeopleStore } from "../ports.ts";

export interface Person {
  readonly user: User;
  readonly admin: boolean;
  readonly createdAt: number;
}

/** Everybody here, for administrators. */
export async function listPeople(
  { store }: { readonly store: Pick<PeopleStore, "allUsers"> },
  actor: Actor,
): Promise<Result<Person[]>> {
  const allowed = asAdmin(actor);
  if (!allowed.ok) return allowed;
  const people = await store.allUsers();
  return succeed(people.map(({ admin, createdAt, ...user }) => ({ user, admin, createdAt })));
}
