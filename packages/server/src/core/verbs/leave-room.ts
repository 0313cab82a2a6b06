import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/** Whoever owns a room alone hands it on first, so that no room is without somebody to run it. */
export async function leaveRoom(
  world: PlaceWorld & { readonly store: Pick<Store, "append">; readonly ids: Ids },
  actor: Actor,
  { room: id }: { room: string },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "leave", id);
  if (!entered.ok) {
    // Who is not in a public room has left it already.
    const seen = await enter(world, actor, "read", id);
    return seen.ok && seen.value.role === null && seen.value.room.kind !== "direct"
      ? succeed(null)
      : entered;
  }
  const left = await world.store.append(leaveDraft(world.ids, entered.value.room.id, actor.user));
  return left.kind === "refused" ? refusal(left) : succeed(null);
}
