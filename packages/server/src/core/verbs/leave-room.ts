import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Ids, Store } from "../ports.ts";

/** Whoever owns a room alone hands it on first, so that no room is without somebody to run it. */
export async function leaveRoom(
  world: PlaceWorld & { readonly store: Pick<Store, "append" | "members">; readonly ids: Ids },
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
  const { room, role } = entered.value;
  if (role === "owner" && room.memberCount > 1) {
    const members = await world.store.members(room.id);
    const owners = members.filter((member) => member.role === "owner");
    if (owners.length === 1) {
      return fail("forbidden", "Make somebody else an owner first, or destroy the room.");
    }
  }
  await world.store.append(leaveDraft(world.ids, room.id, actor.user));
  return succeed(null);
}
