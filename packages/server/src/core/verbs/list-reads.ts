import { limits, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { ReadStore } from "../ports.ts";

/** How far each has read who lets others see it; of nobody in a large room. */
export async function listReads(
  world: PlaceWorld & { readonly store: Pick<ReadStore, "reads"> },
  actor: Actor,
  { room: id }: { room: string },
): Promise<Result<Record<string, number>>> {
  const entered = await enter(world, actor, "read", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  if (room.memberCount > limits.receiptsMax) return succeed({});
  return succeed(Object.fromEntries(await world.store.reads(room.id)));
}
