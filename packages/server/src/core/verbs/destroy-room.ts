import { fail, GENERAL, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";

/** Erases a room and all that was in it. */
export async function destroyRoom(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "destroyRoom"> },
  actor: Actor,
  { room: id }: { room: string },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "destroy", id);
  if (!entered.ok) return entered;
  if (entered.value.room.id === GENERAL)
    return fail("forbidden", "The room general is where everybody arrives, and stays.");
  await world.store.destroyRoom(entered.value.room.id);
  return succeed(null);
}
