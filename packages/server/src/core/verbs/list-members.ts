import { succeed, type Member, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";

export async function listMembers(
  world: PlaceWorld & { readonly store: Pick<RoomStore, "members"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<Member[]>> {
  const entered = await enter(world, actor, "read", room);
  return entered.ok ? succeed(await world.store.members(entered.value.room.id)) : entered;
}
