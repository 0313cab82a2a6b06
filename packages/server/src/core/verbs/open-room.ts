import { succeed, type Cursor, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, readCursor, type PlaceWorld } from "../place.ts";
import type { RoomRecord } from "../ports.ts";

export interface OpenedRoom {
  readonly room: RoomRecord;
  /** Where to follow it from: the place that was asked for, or the log's end. */
  readonly start: Cursor;
}

/** The room itself, for whoever may read it: to show it, and before it is followed live. */
export async function openRoom(
  world: PlaceWorld,
  actor: Actor,
  input: { room: string; after?: string | undefined; field?: string },
): Promise<Result<OpenedRoom>> {
  const entered = await enter(world, actor, "read", input.room);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  if (input.after === undefined)
    return succeed({ room, start: { epoch: room.epoch, ...room.head } });
  const start = readCursor(input.after, input.field ?? "after");
  return start.ok ? succeed({ room, start: start.value }) : start;
}
