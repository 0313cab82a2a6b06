import type { Position, RoomId } from "@snug/protocol";
import { isReadable, unreadableText } from "../../core/event-text.ts";
import { RoomGone, type RoomRecord, type StoredEvent } from "../../core/ports.ts";
import type { Connection, Reply } from "./connection.ts";
import { CHUNK, roomKeys } from "./keys.ts";
import { chunkOf, indexIn, toLine, type Base, type Kept, type Line } from "./room.ts";

/** Messages were changed while they were looked at. */
class Moved extends Error {}

const FIELDS = ["kept", "m", "base", "seq", "id", "at", "order", "n"] as const;

/**
 * Looks at a room without changing it. All that is asked belongs together: it begins
 * anew where messages were changed meanwhile. What is only posted is newer than `head`.
 */
export async function look<Value>(
  connection: Connection,
  id: string,
  work: (room: RoomLook) => Promise<Value>,
): Promise<Value> {
  for (;;) {
    const room = await lookUp(connection, id);
    if (room === null) throw new RoomGone();
    try {
      return await work(room);
    } catch (fault) {
      if (!(fault instanceof Moved)) throw fault;
    }
  }
}

export async function lookUp(connection: Connection, id: string): Promise<RoomLook | null> {
  const fields = await connection.call<(string | null)[]>("HMGET", roomKeys(id).room, ...FIELDS);
  return toLook(connection, fields);
}

/** Of many rooms; those that are not there are left out. */
export async function lookAll(connection: Connection, ids: readonly string[]): Promise<RoomLook[]> {
  const rows = await connection.all(ids.map((id) => ["HMGET", roomKeys(id).room, ...FIELDS]));
  return rows.flatMap((row) => toLook(connection, row as (string | null)[]) ?? []);
}

/** Records of rooms, oldest first. */
export async function recordsOf(
  connection: Connection,
  ids: readonly string[],
): Promise<RoomRecord[]> {
  const rows = await connection.all(
    ids.flatMap((id) => [
      ["HMGET", roomKeys(id).room, ...FIELDS],
      ["HLEN", roomKeys(id).members],
    ]),
  );
  return ids
    .flatMap((_, index) => {
      const room = toLook(connection, rows[index * 2] as (string | null)[]);
      const memberCount = Number(rows[index * 2 + 1]);
      if (room === null) return [];
      const { kept, head, number } = room;
      return [{ number, record: { ...kept, head, memberCount } }];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ record }) => record);
}

export class RoomLook {
  readonly connection: Connection;
  readonly #m: string;
  readonly keys: ReturnType<typeof roomKeys>;
  readonly kept: Kept;
  readonly base: Base;
  readonly head: Position;
  /** When its newest event happened. */
  readonly at: number;
  /** The place of its newest event among those of all rooms. */
  readonly order: number;
  /** The how manieth room it is. */
  readonly number: number;

  constructor(
    connection: Connection,
    found: Pick<RoomLook, "kept" | "base" | "head" | "at" | "order" | "number"> & { m: string },
  ) {
    this.connection = connection;
    this.#m = found.m;
    this.keys = roomKeys(found.kept.id);
    this.kept = found.kept;
    this.base = found.base;
    this.head = found.head;
    this.at = found.at;
    this.order = found.order;
    this.number = found.number;
  }

  get id(): RoomId {
    return this.kept.id;
  }

  async all(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    const replies = await this.connection.all([...commands, ["HGET", this.keys.room, "m"]]);
    if (replies.pop() !== this.#m) throw new Moved();
    return replies;
  }

  /** Bytes of a bitmap; to be followed by something that is asked of `all`. */
  bits(key: string, from: number, to: number): Promise<Buffer> {
    return this.connection.bytes("GETRANGE", key, String(from), String(to));
  }

  /** The lines of these events, which the log holds; oldest first. */
  async lines(from: number, to: number): Promise<NumberedLine[]> {
    return toLines(from, (await this.all(this.#ranges(from, to))) as string[][]);
  }

  /** The same, messages as they are now. */
  async linesNow(from: number, to: number): Promise<NumberedLine[]> {
    const seqs = Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
    const [now, ...lists] = (await this.all([
      ["HMGET", this.keys.now, ...seqs],
      ...this.#ranges(from, to),
    ])) as [(string | null)[], ...string[][]];
    return toLines(from, lists).map((line, index) => ({ ...line, json: now[index] ?? line.json }));
  }

  /** These messages as they are now, or why not: `null` is none, a number stands for one that cannot be read. */
  async messages(seqs: readonly number[]): Promise<(StoredEvent | number | null)[]> {
    const { base, head } = this;
    const held = seqs.filter((seq) => seq > base.seq && seq <= head.seq);
    if (held.length === 0) return seqs.map(() => null);
    const [first, last] = [Math.min(...held), Math.max(...held)];
    const isDense = last - first < held.length * DENSE;
    const found = isDense ? await this.linesNow(first, last) : await this.#scattered(held);
    const bySeq = new Map(found.map((line) => [line.seq, line.json]));
    return seqs.map((seq) => {
      const json = bySeq.get(seq);
      return json === undefined ? null : toStoredMessage(json, seq);
    });
  }

  async #scattered(seqs: readonly number[]): Promise<{ seq: number; json: string }[]> {
    const [now, ...lines] = (await this.all([
      ["HMGET", this.keys.now, ...seqs.map(String)],
      ...seqs.map((seq) => ["LINDEX", this.keys.chunk(chunkOf(seq)), this.#place(seq)]),
    ])) as [(string | null)[], ...(string | null)[]];
    return seqs.flatMap((seq, index) => {
      const line = lines[index];
      return line ? [{ seq, json: now[index] ?? toLine(line).json }] : [];
    });
  }

  #ranges(from: number, to: number): string[][] {
    const commands: string[][] = [];
    for (let first = from; first <= to;) {
      const last = Math.min(to, (chunkOf(first) + 1) * CHUNK);
      const key = this.keys.chunk(chunkOf(first));
      commands.push(["LRANGE", key, this.#place(first), this.#place(last)]);
      first = last + 1;
    }
    return commands;
  }

  #place(seq: number): string {
    return String(indexIn(this.base, seq));
  }
}

/** So many lines for each that is wanted are read at once rather than one by one. */
const DENSE = 4;

interface NumberedLine extends Line {
  readonly seq: number;
}

function toLines(from: number, lists: readonly string[][]): NumberedLine[] {
  return lists.flat().map((text, index) => ({ seq: from + index, ...toLine(text) }));
}

/** An event as the log tells it. */
export function toStored({ seq, json }: { seq: number; json: string }): StoredEvent {
  const id = idIn(json);
  return { seq, id, json: isReadable(json, { seq, id }) ? json : unreadableText(seq, id) };
}

/** The id of an event, from its text: number, time and id stand first. */
export function idIn(json: string): string {
  return ID.exec(json)?.[1] ?? "-";
}

const ID = /^\{"seq":\d+,"at":\d+,"id":"([^"]*)"/;

export function isStored(message: StoredEvent | number | null): message is StoredEvent {
  return typeof message === "object" && message !== null;
}

function toStoredMessage(json: string, seq: number): StoredEvent | number | null {
  const id = idIn(json);
  if (!isReadable(json, { seq, id })) return seq;
  return isPost.test(json) ? { seq, id, json } : null;
}

/** Right behind what stands first: no text can look like it. */
const isPost = /^[^,]*,[^,]*,[^,]*,"type":"message\.posted"/;

function toLook(connection: Connection, fields: readonly (string | null)[]): RoomLook | null {
  const [kept, m, base, seq, id, at, order, number] = fields;
  if (!kept || !m || !base) return null;
  return new RoomLook(connection, {
    kept: JSON.parse(kept) as Kept,
    m,
    base: JSON.parse(base) as Base,
    head: { seq: Number(seq), id: id ?? "" },
    at: Number(at),
    order: Number(order),
    number: Number(number),
  });
}
