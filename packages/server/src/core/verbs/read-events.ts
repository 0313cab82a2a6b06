import { formatCursor, limits, succeed, type Gap, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { peopleIn } from "../people-in.ts";
import { enter, readCursor, type PlaceWorld } from "../place.ts";
import type { Slice, Store } from "../ports.ts";

export interface EventPage {
  /** Each event as JSON. */
  readonly events: readonly string[];
  readonly users: Record<string, User>;
  readonly cursor: string;
  readonly gap: Gap | null;
}

/** The events after a cursor, or from the log's beginning. */
export async function readEvents(
  world: PlaceWorld & { readonly store: Store },
  actor: Actor,
  { room, after, limit }: { room: string; after: string | undefined; limit: number },
): Promise<Result<EventPage>> {
  const { store } = world;
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const cursor = after === undefined ? succeed(null) : readCursor(after, "after");
  if (!cursor.ok) return cursor;
  const slice = await store.read(entered.value.room.id, cursor.value, {
    events: limit,
    bytes: limits.queueBytes,
  });
  const events = slice.events.map((event) => event.json);
  return succeed({
    events,
    users: await peopleIn(store, events),
    cursor: formatCursor(slice.epoch, slice.events.at(-1) ?? slice.from),
    gap: gapOf(slice, after),
  });
}

export function gapOf(slice: Slice, after: string | undefined): Gap | null {
  if (slice.gap === null || after === undefined) return null;
  return { after, next: formatCursor(slice.epoch, slice.from), reason: slice.gap };
}
