import {
  formatCursor,
  parseSeq,
  succeed,
  type Gap,
  type Result,
  type RoomId,
  type User,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { enter, readCursor, type PlaceWorld } from "../place.ts";
import type { Store, Window } from "../ports.ts";
import { authorsOf, gapOf } from "./read-events.ts";

export interface Page {
  /** Each message as JSON, oldest first. */
  readonly messages: readonly string[];
  readonly users: Record<string, User>;
  /** All that is newer than this page comes after this cursor. */
  readonly cursor: string;
  /** The newest event's number: the messages are as they were right after it. */
  readonly head: number;
  readonly gap: Gap | null;
  readonly unreadable: readonly number[];
}

export interface PageQuery {
  readonly room: string;
  readonly before?: number | undefined;
  /** A number or a cursor. */
  readonly after?: string | undefined;
  readonly around?: number | undefined;
  readonly limit: number;
}

/** A page of messages: the newest, or at a place. */
export async function readMessages(
  world: PlaceWorld & { readonly store: Store },
  actor: Actor,
  query: PageQuery,
): Promise<Result<Page>> {
  const { store } = world;
  const entered = await enter(world, actor, "read", query.room);
  if (!entered.ok) return entered;
  const placed = await placeOf(store, entered.value.room.id, query);
  if (!placed.ok) return placed;
  const { window, gap } = placed.value;
  const page = await store.messages(entered.value.room.id, window);
  const messages = page.messages.map((event) => messageText(event.json));
  return succeed({
    messages,
    users: await authorsOf(store, messages),
    cursor: formatCursor(page.epoch, page.until),
    head: page.head,
    gap,
    unreadable: page.unreadable,
  });
}

async function placeOf(
  store: Store,
  room: RoomId,
  { before, after, around, limit }: PageQuery,
): Promise<Result<{ window: Window; gap: Gap | null }>> {
  const found = (window: Window, gap: Gap | null = null) => succeed({ window, gap });
  if (before !== undefined) return found({ at: "before", seq: before, limit });
  if (around !== undefined) return found({ at: "around", seq: around, limit });
  if (after === undefined) return found({ at: "end", limit });
  const seq = parseSeq(after);
  if (seq !== null) return found({ at: "after", seq, limit });
  const cursor = readCursor(after, "after");
  if (!cursor.ok) return cursor;
  const slice = await store.read(room, cursor.value, { events: 0, bytes: 0 });
  return found({ at: "after", seq: slice.from.seq, limit }, gapOf(slice, after));
}
