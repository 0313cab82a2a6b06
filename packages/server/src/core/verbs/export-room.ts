import { succeed, type Member, type Result, type Room } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, toRoom, type PlaceWorld } from "../place.ts";
import type { RoomStore } from "../ports.ts";
import { Said, type SaidWorld } from "../said.ts";

export interface Exporting {
  /** Who takes it, asked for again: it takes its time, and a session may end meanwhile. */
  readonly renew: () => Promise<Result<Actor>>;
  /** Says that nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Whether whoever takes it may still have what is told now. */
export type Still = () => Promise<boolean>;

export interface RoomExport {
  readonly room: Room;
  readonly members: readonly Member[];
  readonly said: Said;
  readonly still: Still;
}

/** All of a room, for whoever may read it, up to this moment. */
export async function exportRoom(
  world: PlaceWorld &
    SaidWorld & { readonly store: PlaceWorld["store"] & Pick<RoomStore, "members"> },
  actor: Actor,
  { room: id, renew, signal }: Exporting & { room: string },
): Promise<Result<RoomExport>> {
  const entered = await enter(world, actor, "read", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  return succeed({
    room: toRoom(room),
    members: await world.store.members(room.id),
    said: new Said(world, room, null, signal),
    async still() {
      const who = await renew();
      return who.ok && (await enter(world, who.value, "read", id)).ok;
    },
  });
}
