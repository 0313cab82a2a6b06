import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Roster } from "../ports.ts";

/** Tells the room that one is writing, for a few seconds. */
export async function setTyping(
  world: PlaceWorld & { readonly roster: Pick<Roster, "setTyping"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "post", room);
  if (!entered.ok) return entered;
  world.roster.setTyping(entered.value.room.id, actor.user.id);
  return succeed(null);
}
