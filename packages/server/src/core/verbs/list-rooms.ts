import { succeed, type Result, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { authorize } from "../authorize.ts";
import { toRoom } from "../place.ts";
import type { RoomStore } from "../ports.ts";

/** One's own rooms, and the public ones that one may see. */
export async function listRooms(
  { store }: { readonly store: Pick<RoomStore, "roomsFor" | "standing"> },
  actor: Actor,
): Promise<Result<Room[]>> {
  const rooms: Room[] = [];
  for (const record of await store.roomsFor(actor.user.id, "visible")) {
    const { id, kind, archived } = record;
    const standing = await store.standing(id, actor.user.id);
    const asker = { admin: actor.admin, can: canIn(actor, id) };
    if (authorize(asker, "read", { kind, archived, ...standing }) === "allowed")
      rooms.push(toRoom(record));
  }
  return succeed(rooms);
}
