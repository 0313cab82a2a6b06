import { succeed, type Result, type Room } from "@snug/protocol";
import { asAdmin, type Actor } from "../actor.ts";
import { isOver, toRoom } from "../place.ts";
import type { Clock, RoomStore } from "../ports.ts";

/**
 * Every room, for administrators: names and sizes. Not the ephemeral rooms of
 * others: whoever knows the id of one may read it.
 */
export async function listAllRooms(
  {
    store,
    clock,
  }: { readonly store: Pick<RoomStore, "roomsFor">; readonly clock: Pick<Clock, "now"> },
  actor: Actor,
): Promise<Result<Room[]>> {
  const allowed = asAdmin(actor);
  if (!allowed.ok) return allowed;
  const rooms: Room[] = [];
  for (const room of await store.roomsFor(actor.user.id, "all")) {
    const isShown = room.kind !== "ephemeral" || room.role !== null;
    if (isShown && !isOver(room, clock)) rooms.push(toRoom(room));
  }
  return succeed(rooms);
}
