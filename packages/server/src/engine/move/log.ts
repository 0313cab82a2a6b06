import type { Database, Statement } from "bun:sqlite";
import type { Event, Message } from "@snug/protocol";
import { isSound, type EventRow } from "../embedded/event-row.ts";
import { aboutEntry, editEntry, entriesOf, pinEntry } from "../redis/entries.ts";
import { roomKeys, userKeys } from "../redis/keys.ts";
import { chunkOf, fromLine, NO_ROLE } from "../redis/room.ts";
import { many, ROWS, type Part } from "./part.ts";

/** Bytes of events that are written at once, as far as there is more than one. */
const BYTES = 1024 * 1024;

interface Row extends EventRow {
  readonly num: number;
  readonly type: string;
  readonly at: number;
  readonly by: string;
  readonly thread: number | null;
  /** The message as it is now, where something happened to it. */
  readonly now: string | null;
  readonly nowSum: number | null;
  readonly deleted: number | null;
  readonly pinned: number | null;
}

interface Room {
  readonly num: number;
  readonly id: string;
  readonly base: number;
}

/** An event of a log is in no table any more. */
export class LostEvent extends Error {}

/** The logs, each from its beginning, and all that is told of their messages from them. */
export function logs(db: Database): Part {
  const { room, events, eventsInAll, ...more } = prepare(db);
  return function* (after) {
    let [num, seq] = after === null ? [0, 0] : (JSON.parse(after) as [number, number]);
    for (;;) {
      const found = room.get(num) as Room | null;
      if (found === null) return;
      num = found.num;
      const from = Math.max(seq, found.base);
      const rows = whole(found, from, events.all(num, from) as Row[], () =>
        eventsInAll.all(num, from),
      );
      const last = rows.at(-1);
      if (last === undefined) {
        [num, seq] = [num + 1, 0];
        continue;
      }
      seq = last.seq;
      const commands = commandsOf(found, rows, more);
      yield { commands, events: rows.length, upTo: JSON.stringify([num, seq]) };
    }
  };
}

/** Stands where nobody can read what was there, and is told as such. */
export function unreadable({ seq, at, id }: { seq: number; at: number; id: string }): string {
  return JSON.stringify({ seq, at, id, type: "event.unreadable" });
}

/** As many as go at once. Where the index that leads to one is damaged, all events are gone through. */
function whole(
  { id }: Room,
  from: number,
  rows: readonly Row[],
  inAll: () => unknown[],
): readonly Row[] {
  const isWhole = (some: readonly Row[]) =>
    some.every(({ seq }, index) => seq === from + index + 1);
  const found = isWhole(rows) ? rows : (inAll() as Row[]);
  if (!isWhole(found))
    throw new LostEvent(`An event of the room ${id} behind number ${from} is missing.`);
  let bytes = 0;
  const end = found.findIndex(
    ({ json, now }) => (bytes += json.length + (now?.length ?? 0)) > BYTES,
  );
  return end < 0 ? found : found.slice(0, Math.max(1, end));
}

function commandsOf(room: Room, rows: readonly Row[], sql: Aside): string[][] {
  const keys = roomKeys(room.id);
  const lines = new Map<string, string[]>();
  const [main, counted, now, entries]: [string[], string[], string[], string[]] = [[], [], [], []];
  const own = new Map<string, string[]>();
  const commands: string[][] = [];
  for (const row of rows) {
    const { num: order, seq, by, type, thread } = row;
    const json = isSound(row) ? row.json : unreadable(row);
    push(lines, keys.chunk(chunkOf(seq)), fromLine({ order, json }));
    if (type !== "message.posted") {
      if (isSound(row)) commands.push(...aboutCommands(room, JSON.parse(json) as Event));
      continue;
    }
    if (row.now !== null) now.push(String(seq), nowOf(row) ?? unreadable(row));
    entries.push(...entriesOf(messageOf(room, row, sql)));
    if (row.pinned !== null) entries.push(pinEntry(row.pinned, seq));
    if (row.now !== null)
      for (const edit of sql.edits.all(room.num, seq) as { seq: number }[])
        entries.push(editEntry(seq, edit.seq));
    if (thread !== null) continue;
    main.push("SET", "u1", String(seq), "1");
    if (row.deleted === 1) continue;
    counted.push("SET", "u1", String(seq), "1");
    // What they said before they came in is not theirs to count.
    const member = sql.joined.get(room.num, by) as { joined: number } | null;
    if (member !== null && seq > member.joined) push(own, by, String(seq));
  }
  for (const [key, some] of lines) commands.push(["RPUSH", key, ...some]);
  if (main.length > 0) commands.push(["BITFIELD", keys.main, ...main]);
  if (counted.length > 0) commands.push(["BITFIELD", keys.counted, ...counted]);
  for (const [user, seqs] of own)
    commands.push(["ZADD", keys.own(user), ...seqs.flatMap((seq) => [seq, seq])]);
  commands.push(...many("HSET", keys.now, now, 2));
  const scored = entries.flatMap((entry) => ["0", entry]);
  commands.push(...many("ZADD", keys.entries, scored, 2));
  return commands;
}

/** Of somebody: that the log tells of them. */
function aboutCommands({ id }: Room, event: Event): string[][] {
  if (!("user" in event)) return [];
  const { seq, user } = event;
  const keys = roomKeys(id);
  return [
    ["ZADD", keys.entries, "0", aboutEntry(user.id, seq)],
    ["SADD", userKeys(user.id).told, id],
    ["HSETNX", keys.about, user.id, NO_ROLE],
  ];
}

/** The message as it is now; of one that cannot be read what stands beside it. */
function messageOf(room: Room, row: Row, sql: Aside): Message {
  const json = row.now === null ? (isSound(row) ? row.json : null) : nowOf(row);
  if (json !== null) return JSON.parse(json) as Message;
  const { seq, by, thread, deleted } = row;
  const mentions = (sql.mentions.all(room.num, seq) as { user: string }[]).map(({ user }) => user);
  return { seq, by, thread, deletedAt: deleted === 1 ? 0 : null, mentions } as unknown as Message;
}

function nowOf({ seq, id, now, nowSum }: Row): string | null {
  return now !== null && isSound({ seq, id, json: now, sum: nowSum }) ? now : null;
}

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

type Aside = Record<"joined" | "edits" | "mentions", Statement>;

function prepare(db: Database) {
  const events = (index: string) =>
    db.query(
      `SELECT event.num, event.seq, event.id, event.type, event.at, event.by, event.json, event.sum,
         event.thread, folded.json AS now, folded.sum AS nowSum, folded.deleted, folded.pinned
       FROM event ${index} LEFT JOIN folded ON folded.num = event.num
       WHERE event.room = +? AND event.seq > +? ORDER BY event.seq LIMIT ${ROWS}`,
    );
  return {
    room: db.query(
      "SELECT num, id, base_seq AS base FROM room WHERE num >= ? ORDER BY num LIMIT 1",
    ),
    events: events(""),
    eventsInAll: events("NOT INDEXED"),
    joined: db.query("SELECT joined FROM member WHERE room = ? AND user = ?"),
    edits: db.query("SELECT seq FROM edit WHERE room = ? AND target = ? ORDER BY seq"),
    mentions: db.query("SELECT user FROM mention INDEXED BY mentioned WHERE room = ? AND seq = ?"),
  };
}
