import { succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";

export async function listBans(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "banned"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<User[]>> {
  const entered = await enter(world, actor, "moderate", room);
  return entered.ok ? succeed(await world.store.banned(entered.value.room.id)) : entered;
}
