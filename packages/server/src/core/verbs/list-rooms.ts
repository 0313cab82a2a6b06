import { succeed, type Result, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { toRoom } from "../place.ts";
import type { RoomStore } from "../ports.ts";

export async function listRooms(
  { store }: { readonly store: Pick<RoomStore, "roomsFor"> },
  actor: Actor,
  { which }: { which: "mine" | "visible" },
): Promise<Result<Room[]>> {
  const rooms = await store.roomsFor(actor.user.id, which);
  return succeed(rooms.filter(({ id }) => canIn(actor, id) !== null).map(toRoom));
}
