import { succeed, type Result, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { authorize } from "../authorize.ts";
import { toRoom } from "../place.ts";
import type { RoomStore } from "../ports.ts";

/** One's own rooms, and the public ones that one may see. */
export async function listRooms(
  { store }: { readonly store: Pick<RoomStore, "roomsFor"> },
  actor: Actor,
): Promise<Result<Room[]>> {
  const rooms: Room[] = [];
  for (const room of await store.roomsFor(actor.user.id, "visible")) {
    const asker = { admin: actor.admin, can: canIn(actor, room.id) };
    if (authorize(asker, "read", room) === "allowed") rooms.push(toRoom(room));
  }
  return succeed(rooms);
}
