import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";
import { listInvites } from "./list-invites.ts";

/** Whoever sees an invite may revoke it. */
export async function endInvite(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "invites" | "endInvite"> },
  actor: Actor,
  { room, invite }: { room: string; invite: string },
): Promise<Result<null>> {
  const seen = await listInvites(world, actor, { room });
  if (!seen.ok) return seen;
  const known = seen.value.find(({ id }) => id === invite);
  const place = known && (await world.store.room(room));
  if (!known || !place || !(await world.store.endInvite(place.id, known.id)))
    return fail("invite_not_found", "There is no such invite, or it is not yours to revoke.");
  return succeed(null);
}
