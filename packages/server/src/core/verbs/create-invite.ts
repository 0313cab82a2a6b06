import { fail, limits, succeed, type Can, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Clock, Ids, RoomStore } from "../ports.ts";

/** A way into the room for whoever has it: to read or to post, so often, so long. */
export async function createInvite(
  world: PlaceWorld & {
    readonly store: Pick<RoomStore, "addInvite" | "invites">;
    readonly clock: Clock;
    readonly ids: Ids;
  },
  actor: Actor,
  { room, can, uses, ttl }: { room: string; can: Can; uses?: number; ttl?: number },
): Promise<Result<{ id: string; invite: string }>> {
  const entered = await enter(world, actor, "invite", room);
  if (!entered.ok) return entered;
  const { store, clock, ids } = world;
  const place = entered.value.room.id;
  if ((await store.invites(place)).length >= limits.invitesMax)
    return fail("forbidden", `A room has ${limits.invitesMax} invites at most. Revoke one first.`);
  const invite = ids.token();
  const id = ids.id();
  const createdAt = clock.now();
  const added = await store.addInvite(place, {
    id,
    hash: ids.hash(invite),
    can,
    uses: uses ?? null,
    expiresAt: ttl === undefined ? null : createdAt + ttl * 1_000,
    createdAt,
    createdBy: actor.user.id,
  });
  if (!added) return refusal({ kind: "refused", why: "not_allowed" });
  return succeed({ id, invite });
}
