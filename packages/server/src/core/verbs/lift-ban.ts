import { succeed, type Result, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";

export async function liftBan(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "unban"> },
  actor: Actor,
  { room, user }: { room: string; user: string },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "moderate", room);
  if (!entered.ok) return entered;
  const lifted = await world.store.unban(entered.value.room.id, user as UserId, actor.user.id);
  return lifted ? succeed(null) : refusal({ kind: "refused", why: "not_allowed" });
}
