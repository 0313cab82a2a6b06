import { fail, GENERAL, succeed, type Result, type Room } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { changeDraft } from "../draft.ts";
import { enter, find, refusal, toRoom, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore, RoomChange } from "../ports.ts";

/** Name, topic, capacity, archived or not. */
export async function changeRoom(
  world: PlaceWorld & { readonly store: Pick<LogStore, "append">; readonly ids: Ids },
  actor: Actor,
  { room: id, change }: { room: string; change: RoomChange },
): Promise<Result<Room>> {
  const entered = await enter(world, actor, "change", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  const { capacity = null } = change;
  if (room.id === GENERAL && (change.archived === true || capacity !== null))
    return fail("forbidden", "The room general is where everybody arrives: it stays open to all.");
  const draft = changeDraft(world.ids, room.id, change, actor.user.id, "change");
  const changed = await world.store.append(draft);
  if (changed.kind === "refused") return refusal(changed);
  const after = await find(world, id);
  return after.ok ? succeed(toRoom(after.value)) : after;
}
