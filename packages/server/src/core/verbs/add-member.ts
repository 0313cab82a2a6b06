import { fail, succeed, type Result, type Role, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { joinDraft, memberDraft } from "../draft.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/**
 * Brings somebody in whom one knows of. More than a member only an owner makes
 * them; whom somebody muted comes back as more than a reader by those alone who
 * could lift that.
 */
export async function addMember(
  world: PlaceWorld & {
    readonly store: Pick<Store, "append" | "users" | "acquainted">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room, user: id, role }: { room: string; user: string; role: Role },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "add", room);
  if (!entered.ok) return entered;
  const needs = role === "owner" || role === "moderator" ? "appoint" : "add";
  if (needs === "appoint") {
    const appointed = await enter(world, actor, needs, room);
    if (!appointed.ok) return appointed;
  }
  const { store, ids } = world;
  const [user] = await store.users([id]);
  const known =
    user && (user.username !== undefined || (await store.acquainted(actor.user.id, user.id)));
  if (!known) {
    return fail("user_not_found", "There is nobody of this id, or you share no room with them.");
  }
  const target = { id: user.id as UserId, name: user.name };
  const place = entered.value.room.id;
  const by = actor.user.id;
  const toDraft = role === "member" ? memberDraft : joinDraft;
  const added = await store.append(toDraft(ids, place, target, { by, needs, role }));
  return added.kind === "refused" ? refusal(added) : succeed(null);
}
