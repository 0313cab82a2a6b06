import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import type { Ids, Store } from "../ports.ts";

/** Leaves every room, and erases the name everywhere. What was said stays, by nobody. */
export async function eraseMe(
  { store, ids }: { readonly store: Pick<Store, "roomsFor" | "eraseUser">; readonly ids: Ids },
  actor: Actor,
): Promise<Result<null>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to erase your account.");
  const rooms = await store.roomsFor(actor.user.id, "mine");
  const nobody = { id: actor.user.id, name: "" };
  await store.eraseUser(
    actor.user.id,
    rooms.map(({ id }) => leaveDraft(ids, id, nobody)),
  );
  return succeed(null);
}
