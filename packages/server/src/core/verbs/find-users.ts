import { fail, succeed, type Result, type User } from "@snug/protocol";
import { boundTo, type Actor } from "../actor.ts";
import type { PeopleStore } from "../ports.ts";

const MOST = 50;

/** People one shares a room with, and accounts, by the beginning of their names. */
export async function findUsers(
  { store }: { readonly store: Pick<PeopleStore, "findUsers"> },
  actor: Actor,
  { q }: { q: string },
): Promise<Result<User[]>> {
  if (boundTo(actor) !== null)
    return fail("forbidden", "This token is bound to its rooms; list the members of those.");
  return succeed(await store.findUsers(actor.user.id, q.trim(), MOST));
}
