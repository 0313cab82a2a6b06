import { succeed, type Result, type Room } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { toRoom } from "../place.ts";
import type { Store } from "../ports.ts";

export async function listRooms(
  { store }: { readonly store: Store },
  actor: Actor,
  { which }: { which: "mine" | "visible" },
): Promise<Result<Room[]>> {
  return succeed((await store.roomsFor(actor.user.id, which)).map(toRoom));
}
