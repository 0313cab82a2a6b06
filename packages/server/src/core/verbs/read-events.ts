import { formatCursor, limits, succeed, type Gap, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
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
  return succeed({
    events: slice.events.map((event) => event.json),
    users: await authorsOf(
      store,
      slice.events.map((event) => event.json),
    ),
    cursor: formatCursor(slice.epoch, slice.events.at(-1) ?? slice.from),
    gap: gapOf(slice, after),
  });
}

export function gapOf(slice: Slice, after: string | undefined): Gap | null {
  if (slice.gap === null || after === undefined) return null;
  return { after, next: formatCursor(slice.epoch, slice.from), reason: slice.gap };
}

/** The people named by `by` in these events or messages. */
export async function authorsOf(
  store: Store,
  texts: readonly string[],
): Promise<Record<string, User>> {
  const ids = new Set<string>();
  for (const text of texts) {
    const { by } = JSON.parse(text) as { by?: string };
    if (by !== undefined) ids.add(by);
  }
  return Object.fromEntries((await store.users([...ids])).map((user) => [user.id, user]));
}
