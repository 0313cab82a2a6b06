import { limits, succeed, type Member, type Result, type UserId } from "@snug/protocol";
import { boundTo, type Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { RoomStore, Roster } from "../ports.ts";

/** Who is in a room; to those who are in it themselves, and where they are not too many, how each is. */
export async function listMembers(
  world: PlaceWorld & {
    readonly store: Pick<RoomStore, "members">;
    readonly roster: Pick<Roster, "statusOf">;
  },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<Member[]>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const members = await world.store.members(entered.value.room.id);
  // As by signal: to those who share the room, and to no token that is bound to rooms.
  const isTold = entered.value.role !== null && boundTo(actor) === null;
  if (!isTold || members.length > limits.presenceMax) return succeed(members);
  const all = await world.roster.statusOf(members.map(({ user }) => user.id as UserId));
  return succeed(
    members.map((member) => {
      const status = all.get(member.user.id as UserId);
      return status === undefined ? member : { ...member, status };
    }),
  );
}
