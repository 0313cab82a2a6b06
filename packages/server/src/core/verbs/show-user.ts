import { fail, succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { Store } from "../ports.ts";

/** Somebody the actor shares a room with. */
export async function showUser(
  { store }: { readonly store: Store },
  actor: Actor,
  { user }: { user: string },
): Promise<Result<User>> {
  const known = user === actor.user.id || (await store.acquainted(actor.user.id, user));
  const [found] = known ? await store.users([user]) : [];
  return found === undefined
    ? fail("user_not_found", "There is nobody of this id, or you share no room with them.")
    : succeed(found);
}
