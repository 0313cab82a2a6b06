import { fail, succeed, type Result, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/** Sends somebody out; with `ban` they may not come back, nor look in from outside. */
export async function removeMember(
  world: PlaceWorld & { readonly store: Pick<Store, "append" | "users">; readonly ids: Ids },
  actor: Actor,
  { room, user: id, ban }: { room: string; user: string; ban: boolean },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "moderate", room, { other: id as UserId });
  if (!entered.ok) return entered;
  const { store, ids } = world;
  const [user] = await store.users([id]);
  if (!user) return fail("user_not_found", "There is nobody of this id.");
  const draft = leaveDraft(ids, entered.value.room.id, user, {
    by: actor.user.id,
    needs: "moderate",
    ban,
  });
  const removed = await store.append(draft);
  return removed.kind === "refused" ? refusal(removed) : succeed(null);
}
