import { fail, succeed, type Result, type RoomId, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/** Sends somebody out; with `ban` they may not come back, nor look in from outside. */
export async function removeMember(
  world: PlaceWorld & {
    readonly store: Pick<Store, "append" | "lastAbout" | "users">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room, user: id, ban }: { room: string; user: string; ban: boolean },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "moderate", room, id as UserId);
  if (!entered.ok) return entered;
  if (id === actor.user.id) return fail("forbidden", "Leave the room instead.");
  const { store, ids } = world;
  const place = entered.value.room.id;
  const [user] = await store.users([id]);
  if (!user || (!ban && entered.value.target === null && !(await wasIn(store, place, user.id))))
    return fail("user_not_found", "Nobody of this id is in the room.");
  const draft = leaveDraft(ids, place, user, {
    by: actor.user.id,
    needs: "moderate",
    ban,
  });
  const removed = await store.append(draft);
  return removed.kind === "refused" ? refusal(removed) : succeed(null);
}

/** Who is out already may be removed again: the answer to the first time may have been lost. */
async function wasIn(store: Pick<Store, "lastAbout">, room: RoomId, user: string) {
  return (await store.lastAbout(room, user as UserId)) !== null;
}
