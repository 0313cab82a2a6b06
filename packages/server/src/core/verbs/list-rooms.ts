import { succeed, type Result, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { authorize } from "../authorize.ts";
import { isOver, toRoom } from "../place.ts";
import type { Clock, RoomStore } from "../ports.ts";

/** One's own rooms, and the public ones that one may see. */
export async function listRooms(
  {
    store,
    clock,
  }: { readonly store: Pick<RoomStore, "roomsFor">; readonly clock: Pick<Clock, "now"> },
  actor: Actor,
): Promise<Result<Room[]>> {
  const rooms: Room[] = [];
  for (const room of await store.roomsFor(actor.user.id, "visible")) {
    const asker = { admin: actor.admin, can: canIn(actor, room.id) };
    if (!isOver(room, clock) && authorize(asker, "read", room) === "allowed")
      rooms.push(toRoom(room));
  }
  return succeed(rooms);
}
