import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, notThere, refusal, type PlaceWorld } from "../place.ts";
import type { ReadStore } from "../ports.ts";
import type { Settling } from "../settled.ts";

/** Says up to where one has read the room, or a thread in it. */
export async function markRead(
  world: PlaceWorld & { readonly store: Pick<ReadStore, "markRead"> },
  actor: Actor,
  {
    room: id,
    seq,
    back,
    thread = null,
  }: { room: string; seq: number; back: boolean; thread?: number | null },
): Promise<Result<Settling<null>>> {
  const entered = await enter(world, actor, "mark", id);
  if (!entered.ok) return entered;
  const mark = { seq, back, thread };
  const marked = world.store.markRead(entered.value.room.id, actor.user.id, mark);
  // Of the room itself there is a read place, but for who left at this moment.
  const nothing = thread === null ? refusal({ kind: "refused", why: "not_allowed" }) : notThere;
  return succeed({ outcome: marked.then((done) => (done === null ? nothing : succeed(null))) });
}
