import { limits, succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { PeopleStore, Roster } from "../ports.ts";

/** Who has the room open: some by name, and how many in all. */
export async function showPresence(
  world: PlaceWorld & {
    readonly store: Pick<PeopleStore, "users">;
    readonly roster: Pick<Roster, "present">;
  },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<{ online: User[]; count: number }>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const present = await world.roster.present(entered.value.room.id);
  const online = await world.store.users(present.slice(0, limits.presenceMax));
  return succeed({ online, count: present.length });
}
