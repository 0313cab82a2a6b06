import type { Message, RoomId } from "@snug/protocol";
import { RoomGone, type Found, type Sought, type Spot } from "../../core/ports.ts";
import { matches } from "../../core/search/match.ts";
import type { Connection } from "./connection.ts";
import { visibleTo } from "./finding.ts";
import { look, type RoomLook } from "./look.ts";
import { parse } from "./messages.ts";

/** Messages that one step looks at, at most, and how many of a room at once. */
const LOOKED_MAX = 4_000;
const BLOCK = 200;

interface Line {
  readonly seq: number;
  readonly order: number;
  readonly json: string;
}

/** One room, gone through from its end. */
interface Trail {
  readonly room: RoomLook;
  /** What was read and not looked at, the newest last. */
  lines: Line[];
  /** All before this number is still to be read. */
  end: number;
  /** The place of the newest that is left, or more. */
  order: number;
}

/**
 * There is no index: the messages of these rooms are gone through, the one that was
 * stored last first, whatever room it is in. One step looks at so many of them, and
 * says where the next goes on. Good for some ten thousand messages a second; whoever
 * has millions searches within one room, or by a time.
 */
export async function search(connection: Connection, sought: Sought): Promise<Found> {
  const { before, most } = sought;
  const rooms =
    "visibleTo" in sought.rooms
      ? await visibleTo(connection, sought.rooms.visibleTo)
      : sought.rooms;
  const end = before === null ? Number.POSITIVE_INFINITY : await orderOf(connection, before);
  const trails = (await Promise.all(rooms.map((id) => trailOf(connection, id, end)))).flatMap(
    (trail) => trail ?? [],
  );
  const hits: Found["hits"][number][] = [];
  for (let looked = 0; ; looked++) {
    const trail = newest(trails);
    if (trail === null) return { hits, next: null };
    const line = trail.lines.at(-1);
    if (line === undefined) {
      await readBlock(connection, trail);
      continue;
    }
    trail.lines.pop();
    trail.order = trail.lines.at(-1)?.order ?? line.order - 1;
    const { room } = trail;
    const message = parse<Message & { type: string }>(line.json);
    if (message?.type === "message.posted" && matches(message, sought))
      hits.push({ room: room.id, message: { seq: line.seq, id: message.id, json: line.json } });
    // Time never runs backwards within a room.
    if (message && sought.since !== null && message.at < sought.since)
      trail.end = trail.lines.length = 0;
    if (hits.length === most || looked === LOOKED_MAX)
      return { hits, next: { room: room.id, seq: line.seq } };
  }
}

/** The trail whose next event was stored last. Rooms of which nothing is left have no next. */
function newest(trails: readonly Trail[]): Trail | null {
  let found: Trail | null = null;
  for (const trail of trails) {
    const isOver = trail.lines.length === 0 && trail.end <= trail.room.base.seq + 1;
    if (!isOver && (found === null || trail.order > found.order)) found = trail;
  }
  return found;
}

async function readBlock(connection: Connection, trail: Trail): Promise<void> {
  const { room, end } = trail;
  const first = Math.max(room.base.seq + 1, end - BLOCK);
  // A room that was changed meanwhile is looked at as it is now.
  const lines = await lookIf(connection, room.id, async (now) => {
    const from = Math.max(first, now.base.seq + 1);
    if (from >= end) return [];
    return now.linesNow(from, end - 1);
  });
  trail.lines = lines ?? [];
  trail.end = first;
  trail.order = trail.lines.at(-1)?.order ?? 0;
}

/** From the newest event that was stored before this place among those of all rooms. */
function trailOf(connection: Connection, id: RoomId, before: number): Promise<Trail | null> {
  return lookIf(connection, id, async (room) => {
    const { base, head, order } = room;
    if (order < before) return { room, lines: [], end: head.seq + 1, order };
    let [low, high] = [base.seq, head.seq];
    // The log is in the order of the places.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [line] = await room.lines(middle, middle);
      if (line !== undefined && line.order < before) low = middle;
      else high = middle - 1;
    }
    return { room, lines: [], end: low + 1, order: before - 1 };
  });
}

/** Where this event stands among those of all rooms; where its log began since, if it was trimmed. */
async function orderOf(connection: Connection, { room: id, seq }: Spot): Promise<number> {
  const found = await lookIf(connection, id, async (room) => {
    const [line] = seq > room.base.seq ? await room.lines(seq, seq) : [];
    return line?.order ?? room.base.order;
  });
  return found ?? 0;
}

/** Of a room that is gone there is nothing to look at. */
async function lookIf<Value>(
  connection: Connection,
  id: RoomId,
  work: (room: RoomLook) => Promise<Value>,
): Promise<Value | null> {
  try {
    return await look(connection, id, work);
  } catch (fault) {
    if (fault instanceof RoomGone) return null;
    throw fault;
  }
}
