import { succeed, type Invite, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";

/** All of the room's for its moderators, one's own for others. */
export async function listInvites(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "invites"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<Invite[]>> {
  const entered = await enter(world, actor, "invite", room);
  if (!entered.ok) return entered;
  const { role } = entered.value;
  const invites = await world.store.invites(entered.value.room.id);
  const all = role === "owner" || role === "moderator";
  return succeed(invites.filter(({ createdBy }) => all || createdBy === actor.user.id));
}
