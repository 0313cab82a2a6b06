import { fail, succeed, type Result } from "@snug/protocol";
import { asAdmin, type Actor } from "../actor.ts";
import type { Ids, Store } from "../ports.ts";
import { eraseEverywhere } from "./erase-me.ts";

/** Erases somebody else, for administrators, as they themselves could. */
export async function erasePerson(
  world: {
    readonly store: Pick<Store, "users" | "roomsFor" | "eraseUser" | "members" | "append">;
    readonly ids: Ids;
  },
  actor: Actor,
  { user: id }: { user: string },
): Promise<Result<null>> {
  const allowed = asAdmin(actor);
  if (!allowed.ok) return allowed;
  if (id === actor.user.id) return fail("forbidden", "Erase yourself with DELETE /v1/me.");
  const [user] = await world.store.users([id]);
  // Of those who were erased only the id is left.
  if (user === undefined || user.name === "")
    return fail("user_not_found", "There is nobody of this id; GET /v1/admin/people lists all.");
  await eraseEverywhere(world, user.id);
  return succeed(null);
}
