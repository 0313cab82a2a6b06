import { fail, succeed, type Level, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { ReadStore } from "../ports.ts";

/** What of the room calls for oneself. */
export async function setLevel(
  world: PlaceWorld & { readonly store: Pick<ReadStore, "setLevel"> },
  actor: Actor,
  { room: id, level }: { room: string; level: Level },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "mark", id);
  if (!entered.ok) return entered;
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to change what calls you.");
  const isMember = await world.store.setLevel(entered.value.room.id, actor.user.id, level);
  return isMember ? succeed(null) : fail("forbidden", "Join the room first.");
}
