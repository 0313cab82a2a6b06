import type { Position, RoomId } from "@snug/protocol";
import { isReadable, unreadableText } from "../../core/event-text.ts";
import { RoomGone, type RoomRecord, type StoredEvent } from "../../core/ports.ts";
import type { Connection, Reply } from "./connection.ts";
import { CHUNK, roomKeys } from "./keys.ts";
import { parse } from "./messages.ts";
import { chunkOf, indexIn, toLine, type Base, type Kept } from "./room.ts";

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
  const rooms = await lookAll(connection, ids);
  const counts = await connection.all(rooms.map(({ keys }) => ["HLEN", keys.members]));
  return rooms
    .map(({ kept, head, number }, index) => ({
      number,
      record: { ...kept, head, memberCount: Number(counts[index]) },
    }))
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
  async lines(from: number, to: number): Promise<{ seq: number; order: number; json: string }[]> {
    const commands: string[][] = [];
    for (let first = from; first <= to;) {
      const last = Math.min(to, (chunkOf(first) + 1) * CHUNK);
      const places = [first, last].map((seq) => String(indexIn(this.base, seq)));
      commands.push(["LRANGE", this.keys.chunk(chunkOf(first)), ...places]);
      first = last + 1;
    }
    const lists = (await this.all(commands)) as string[][];
    return lists.flat().map((text, index) => ({ seq: from + index, ...toLine(text) }));
  }

  /** These messages as they are now, or why not: `null` is none, a number stands for one that cannot be read. */
  async messages(seqs: readonly number[]): Promise<(StoredEvent | number | null)[]> {
    const held = seqs.filter((seq) => seq > this.base.seq && seq <= this.head.seq);
    if (held.length === 0) return seqs.map(() => null);
    const [now = [], ...lines] = (await this.all([
      ["HMGET", this.keys.now, ...held.map(String)],
      ...held.map((seq) => [
        "LINDEX",
        this.keys.chunk(chunkOf(seq)),
        String(indexIn(this.base, seq)),
      ]),
    ])) as [(string | null)[], ...(string | null)[]];
    return seqs.map((seq) => {
      const index = held.indexOf(seq);
      const line = lines[index];
      if (index < 0 || line === null || line === undefined) return null;
      return toStoredMessage((now as (string | null)[])[index] ?? toLine(line).json, seq);
    });
  }
}

/** An event as the log tells it. */
export function toStored({ seq, json }: { seq: number; json: string }): StoredEvent {
  const { id = "-" } = parse<{ id?: string }>(json) ?? {};
  return { seq, id, json: isReadable(json, { seq, id }) ? json : unreadableText(seq, id) };
}

export function isStored(message: StoredEvent | number | null): message is StoredEvent {
  return typeof message === "object" && message !== null;
}

function toStoredMessage(json: string, seq: number): StoredEvent | number | null {
  const { id = "", type } = parse<{ id?: string; type?: string }>(json) ?? {};
  if (!isReadable(json, { seq, id })) return seq;
  return type === "message.posted" ? { seq, id, json } : null;
}

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
