import { fail, succeed, type Result, type Role, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { roleDraft } from "../draft.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/** Gives a role. Moderators may make members readers (mute them), and readers members. */
export async function changeMember(
  world: PlaceWorld & {
    readonly store: Pick<Store, "append" | "standing" | "users">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room, user: id, role }: { room: string; user: string; role: Role },
): Promise<Result<null>> {
  const appointed = await enter(world, actor, "appoint", room, { other: id as UserId });
  const needs = appointed.ok || role === "owner" || role === "moderator" ? "appoint" : "moderate";
  const entered = appointed.ok
    ? appointed
    : await enter(world, actor, needs, room, { other: id as UserId });
  if (!entered.ok) return entered;
  const { store, ids } = world;
  const { room: place, target } = entered.value;
  const [user] = target === null ? [] : await store.users([id]);
  if (!user) return notThere;
  const changed = await store.append(roleDraft(ids, place.id, user, role, actor.user.id, needs));
  if (changed.kind === "refused") return refusal(changed);
  // Nothing is changed also of somebody who has just left.
  const isSo =
    changed.kind !== "unchanged" || (await store.standing(place.id, user.id)).role === role;
  return isSo ? succeed(null) : notThere;
}

const notThere = fail("user_not_found", "Nobody of this id is in the room.");
