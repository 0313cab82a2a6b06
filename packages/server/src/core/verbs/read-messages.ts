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
import { peopleIn } from "../people-in.ts";
import { enter, notThere, readCursor, type PlaceWorld } from "../place.ts";
import type { Store, Window } from "../ports.ts";
import { gapOf } from "./read-events.ts";

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
  /** Of this message's thread; left out: of all that is in none. */
  readonly thread?: number | undefined;
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
  const { thread } = query;
  if (thread !== undefined && !(await isThere(store, entered.value.room.id, thread)))
    return notThere;
  const placed = await placeOf(store, entered.value.room.id, query);
  if (!placed.ok) return placed;
  const { window, gap } = placed.value;
  const page = await store.messages(entered.value.room.id, window);
  const messages = page.messages.map((event) => messageText(event.json));
  return succeed({
    messages,
    users: await peopleIn(store, messages),
    cursor: formatCursor(page.epoch, page.until),
    head: page.head,
    gap,
    unreadable: page.unreadable,
  });
}

/** One that cannot be read has its thread all the same. */
async function isThere(store: Store, room: RoomId, seq: number): Promise<boolean> {
  if ((await store.message(room, seq)) !== null) return true;
  const page = await store.messages(room, { at: "around", seq, thread: seq, limit: 1 });
  return page.unreadable.includes(seq);
}

async function placeOf(
  store: Store,
  room: RoomId,
  { before, after, around, thread: root, limit }: PageQuery,
): Promise<Result<{ window: Window; gap: Gap | null }>> {
  const thread = root ?? null;
  const found = (window: Window, gap: Gap | null = null) => succeed({ window, gap });
  if (before !== undefined) return found({ at: "before", seq: before, thread, limit });
  if (around !== undefined) return found({ at: "around", seq: around, thread, limit });
  if (after === undefined) return found({ at: "end", thread, limit });
  const seq = parseSeq(after);
  if (seq !== null) return found({ at: "after", seq, thread, limit });
  const cursor = readCursor(after, "after");
  if (!cursor.ok) return cursor;
  const slice = await store.read(room, cursor.value, { events: 0, bytes: 0 });
  return found({ at: "after", seq: slice.from.seq, thread, limit }, gapOf(slice, after));
}
