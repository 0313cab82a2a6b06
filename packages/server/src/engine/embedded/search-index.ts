import type { Database } from "bun:sqlite";
import type { Message, RoomId } from "@snug/protocol";
import type { Found, Sought, Spot, StoredEvent } from "../../core/ports.ts";
import { fold } from "../../core/search/fold.ts";
import { matches } from "../../core/search/match.ts";
import { wordsOf } from "../../core/search/words-of.ts";
import { isSound, stored, type EventRow } from "./event-row.ts";
import { gramOfAuthor, gramsOf, gramsOfTerm } from "./grams.ts";
import { BLOCK, bucketOf, BUCKETS, patch, placeOf, postingOf, raise, unpack } from "./postings.ts";

/** Rows that are read together. */
const PAGE = 256;
/** Messages that one step of a search reads at most. */
const LOOKS = 2_000;
/** Grams that one step of a search asks for at most, in all blocks together. */
const FINDS = 4_000;
/** Grams that are asked for in a block; the rest is told by reading what they find. */
const MOST_GRAMS = 24;

interface MessageRow extends EventRow {
  readonly num: number;
  readonly room: number;
  readonly at: number;
  readonly type: string;
}

/** What of an indexed message can be looked for. */
interface Entry {
  readonly num: number;
  readonly room: number;
  readonly at: number;
  readonly grams: Uint32Array;
}

/** When the messages of a block were said. */
interface Span {
  readonly first_at: number;
  readonly last_at: number;
}

/**
 * Finds messages by the grams of their texts, in all rooms together; why it is not
 * FTS5 is told in docs/decisions. Events up to a mark are indexed, in blocks of their
 * numbers; those after it are few, and are read. Whatever the index finds is read
 * too, so that it may find too much, and never shows what is not there any more.
 */
export class SearchIndex {
  readonly #db: Database;
  readonly #sql;
  /** Rows of events were deleted: their numbers may be given again. */
  #hasForgotten = false;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  /** What there is to do: events that are not indexed, and entries of messages that are gone. */
  get work(): { pending: number; hasStale: boolean } {
    const { pending, stale } = this.#sql.work.get() as { pending: number; stale: number };
    return { pending, hasStale: stale === 1 };
  }

  /** Lets something happen to what a message says, in the transaction of its caller. */
  through(room: number, seq: number, change: () => void): void {
    const row = this.#sql.at.get(room, seq) as MessageRow | null;
    const before = row !== null && row.num <= this.#upTo ? entryOf(row) : null;
    change();
    if (before === null) return;
    const after = entryOf(this.#sql.at.get(room, seq) as MessageRow);
    this.#write(blockOf(before.num), after ? [after] : [], [before]);
  }

  /** Marks what is said between these numbers as gone. Before its rows are deleted. */
  forget(room: number, after: number, upTo: number): void {
    this.#sql.forget.run(room, after, upTo);
    this.#hasForgotten = true;
  }

  /** To be called at the end of each transaction. */
  settle(): void {
    if (this.#hasForgotten) this.#sql.lower.run();
    this.#hasForgotten = false;
  }

  /**
   * Drops what is gone of one block; where there is none, indexes so many events at most.
   * In this order, for numbers may have been given again since.
   */
  step(most: number): void {
    this.#db.transaction(() => {
      const { pending, hasStale } = this.work;
      if (hasStale) this.#dropStale();
      else if (pending > 0) this.#indexNext(most);
    })();
  }

  /** In the rooms that `idOf` knows by their numbers, and before this message of one of them. */
  search(
    sought: Sought,
    idOf: (room: number) => RoomId | null,
    before: { readonly room: number; readonly seq: number } | null,
  ): Found {
    // In one transaction: to begin and end one for each read costs more than the read.
    return this.#db.transaction(() => this.#find(sought, idOf, before))();
  }

  #find(
    sought: Sought,
    idOf: (room: number) => RoomId | null,
    before: { readonly room: number; readonly seq: number } | null,
  ): Found {
    const { by, most } = sought;
    const hits: { room: RoomId; message: StoredEvent }[] = [];
    let looks = 0;
    /** Where to go on from, when so much was found or read that it is enough for one step. */
    const read = (rows: Iterable<MessageRow>): Spot | null => {
      for (const row of rows) {
        if (row.type !== "message.posted") continue;
        const room = idOf(row.room);
        if (room === null) continue;
        if (isSound(row) && matches(JSON.parse(row.json) as Message, sought))
          hits.push({ room, message: stored(row) });
        if (hits.length === most || ++looks === LOOKS) return { room, seq: row.seq };
      }
      return null;
    };
    const below = before === null ? Number.MAX_SAFE_INTEGER : this.#numOf(before, idOf);
    const upTo = this.#upTo;
    let next = read(this.#tail(upTo, below));
    if (next) return { hits, next };
    const grams = gramsOfAll(sought.terms);
    // So many take longer to ask for than messages to read.
    const authors = by === null || by.size > FINDS ? null : [...by].map(gramOfAuthor);
    const asked = { times: 0 };
    for (let block = blockOf(Math.min(below - 1, upTo)); block >= 0; block--) {
      if (!this.#isWithin(block, sought)) continue;
      const places = this.#placesIn(block, grams, authors, idOf, asked);
      next = read(this.#rowsAt(block, places, below));
      if (next) return { hits, next };
      if (asked.times > FINDS && block > 0) next = this.#firstIn(block, idOf);
      if (next) return { hits, next };
    }
    return { hits, next: null };
  }

  /** What is not indexed yet, the newest first. */
  *#tail(upTo: number, below: number): Iterable<MessageRow> {
    let rows: MessageRow[];
    let next = below;
    do {
      rows = this.#sql.tail.all(upTo, next, PAGE) as MessageRow[];
      yield* rows;
      next = rows.at(-1)?.num ?? 0;
    } while (rows.length === PAGE);
  }

  *#rowsAt(block: number, places: readonly number[], below: number): Iterable<MessageRow> {
    for (const place of places) {
      const num = block * BLOCK + place;
      const row = num < below ? this.#sql.one.get(num) : null;
      if (row) yield row as MessageRow;
    }
  }

  /** The oldest message in a block that is of one of these rooms. */
  #firstIn(block: number, idOf: (room: number) => RoomId | null): Spot | null {
    for (const [place, num] of this.#roomsOf(block).entries()) {
      const room = idOf(num);
      const row = room && (this.#sql.one.get(block * BLOCK + place) as MessageRow | null);
      if (room && row && row.room === num) return { room, seq: row.seq };
    }
    return null;
  }

  #isWithin(block: number, { since, until }: Sought): boolean {
    if (since === null && until === null) return true;
    const span = this.#sql.span.get(block) as Span | null;
    if (span === null) return false;
    return (since === null || span.last_at >= since) && (until === null || span.first_at < until);
  }

  /** Places of the block whose events have all these grams and one of the authors, last first. */
  #placesIn(
    block: number,
    grams: number[],
    authors: readonly number[] | null,
    idOf: (room: number) => RoomId | null,
    asked: { times: number },
  ): number[] {
    const had = new Uint8Array(BLOCK);
    const raiseBy = (gram: number, before: number) => {
      asked.times++;
      return raise(this.#bucket(block * BUCKETS + bucketOf(gram)), gram, had, before);
    };
    const last = grams.findIndex((gram, before) => !raiseBy(gram, before));
    if (last >= 0) {
      // What left no place in one block is likely to leave none in the next: it is asked first.
      grams.unshift(...grams.splice(last, 1));
      return [];
    }
    for (const author of authors ?? []) raiseBy(author, grams.length);
    const all = grams.length + (authors === null ? 0 : 1);
    const roomOf = this.#roomsOf(block);
    const places: number[] = [];
    for (let place = roomOf.length - 1; place >= 0; place--)
      if (had[place] === all && idOf(roomOf[place] ?? 0) !== null) places.push(place);
    return places;
  }

  #indexNext(most: number): void {
    const upTo = this.#upTo;
    const end = (blockOf(upTo + 1) + 1) * BLOCK;
    const rows = this.#sql.next.all(upTo, end, most) as MessageRow[];
    const last = rows.at(-1)?.num;
    // Where no events are, the next block begins.
    if (last === undefined) return void this.#sql.mark.run(end - 1);
    const entries = rows.flatMap((row) => entryOf(row) ?? []);
    this.#write(blockOf(last), entries, []);
    this.#sql.mark.run(last);
  }

  #dropStale(): void {
    const block = blockOf((this.#sql.firstStale.get() as { num: number }).num);
    const range = [block * BLOCK, (block + 1) * BLOCK] as const;
    const nums = (this.#sql.stale.all(...range) as { num: number }[]).map(({ num }) => num);
    const isStale = new Uint8Array(BLOCK);
    for (const num of nums) isStale[num % BLOCK] = 1;
    for (let row = block * BUCKETS; row < (block + 1) * BUCKETS; row++) {
      const old = unpack(this.#bucket(row));
      const left = old.filter((one) => isStale[placeOf(one)] === 0);
      if (left.length < old.length) this.#put(row, patch(none, left, nothing));
    }
    this.#writeRooms(block, [], nums);
    this.#sql.dropped.run(...range);
  }

  #write(block: number, added: readonly Entry[], dropped: readonly Entry[]): void {
    const [more, less] = [byBucket(added), byBucket(dropped)];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const [add, drop] = [more(bucket), less(bucket)];
      if (add.length + drop.length === 0) continue;
      const row = block * BUCKETS + bucket;
      this.#put(row, patch(this.#bucket(row), add, drop));
    }
    this.#writeRooms(
      block,
      added,
      dropped.map(({ num }) => num),
    );
  }

  #bucket(row: number): Uint8Array {
    return (this.#sql.bucket.get(row) as { postings: Uint8Array } | null)?.postings ?? none;
  }

  #put(row: number, postings: Uint8Array): void {
    if (postings.length === 0) this.#sql.empty.run(row);
    else this.#sql.put.run(row, postings);
  }

  #writeRooms(block: number, entries: readonly Entry[], drop: readonly number[]): void {
    const span = this.#sql.span.get(block) as Span | null;
    const old = this.#roomsOf(block);
    const length = entries.reduce((most, { num }) => Math.max(most, (num % BLOCK) + 1), old.length);
    const rooms = new Uint32Array(length);
    rooms.set(old);
    for (const num of drop) rooms[num % BLOCK] = 0;
    for (const { num, room } of entries) rooms[num % BLOCK] = room;
    const times = entries.map(({ at }) => at);
    this.#sql.putBlock.run(
      block,
      Math.min(span?.first_at ?? Number.MAX_SAFE_INTEGER, ...times),
      Math.max(span?.last_at ?? 0, ...times),
      new Uint8Array(rooms.buffer),
    );
  }

  #roomsOf(block: number): Uint32Array {
    const row = this.#sql.rooms.get(block) as { rooms: Uint8Array } | null;
    if (row === null) return nothing;
    return new Uint32Array(row.rooms.slice().buffer, 0, row.rooms.length >>> 2);
  }

  #numOf(
    { room, seq }: { readonly room: number; readonly seq: number },
    idOf: (room: number) => RoomId | null,
  ): number {
    const row = idOf(room) && (this.#sql.at.get(room, seq) as MessageRow | null);
    return row ? row.num : 0;
  }

  get #upTo(): number {
    return (this.#sql.upTo.get() as { upto: number }).upto;
  }
}

const none = new Uint8Array();
const nothing = new Uint32Array();
const blockOf = (num: number) => Math.floor(num / BLOCK);

/** The postings of each bucket, ascending. */
function byBucket(entries: readonly Entry[]): (bucket: number) => Uint32Array {
  if (entries.length === 0) return () => nothing;
  /** Where each bucket begins, once all are counted, and while it is filled where it goes on. */
  const at = new Uint32Array(BUCKETS + 1);
  for (const { grams } of entries)
    for (let index = 0; index < grams.length; index++) at[bucketOf(grams[index]!) + 1]!++;
  for (let bucket = 1; bucket <= BUCKETS; bucket++) at[bucket]! += at[bucket - 1]!;
  const begins = at.slice();
  const all = new Uint32Array(at[BUCKETS]!);
  for (const { num, grams } of entries)
    for (let index = 0; index < grams.length; index++)
      all[at[bucketOf(grams[index]!)]!++] = postingOf(grams[index]!, num % BLOCK);
  return (bucket) => all.subarray(begins[bucket], begins[bucket + 1]).sort();
}

/** Of the longest terms most: those are the rarest. */
function gramsOfAll(terms: readonly string[]): number[] {
  const grams = new Set<number>();
  for (const term of terms.toSorted((a, b) => b.length - a.length))
    for (const gram of gramsOfTerm(term, MOST_GRAMS)) grams.add(gram);
  return [...grams].slice(0, MOST_GRAMS);
}

/** `null`: nothing of it can be looked for. */
function entryOf(row: MessageRow): Entry | null {
  if (row.type !== "message.posted" || !isSound(row)) return null;
  const message = JSON.parse(row.json) as Message;
  if (message.deletedAt !== null) return null;
  const { num, room, at } = row;
  return { num, room, at, grams: gramsOf(fold(wordsOf(message)), message.by) };
}

function prepare(db: Database) {
  // A message as it is now.
  const now = `event.num, event.room, event.seq, event.id, event.at, event.type,
    ifnull(folded.json, event.json) AS json,
    CASE WHEN folded.num IS NULL THEN event.sum ELSE folded.sum END AS sum
    FROM event LEFT JOIN folded ON folded.num = event.num`;
  return {
    work: db.query(
      `SELECT ifnull((SELECT max(num) FROM event), 0) - upto AS pending,
         EXISTS (SELECT 1 FROM stale) AS stale FROM indexed`,
    ),
    upTo: db.query("SELECT upto FROM indexed"),
    mark: db.query("UPDATE indexed SET upto = ?"),
    lower: db.query("UPDATE indexed SET upto = min(upto, ifnull((SELECT max(num) FROM event), 0))"),
    forget: db.query(
      `INSERT OR IGNORE INTO stale SELECT num FROM event
       WHERE room = ? AND seq > ? AND seq <= ? AND type = 'message.posted'
         AND num <= (SELECT upto FROM indexed)`,
    ),
    firstStale: db.query("SELECT num FROM stale ORDER BY num LIMIT 1"),
    stale: db.query("SELECT num FROM stale WHERE num >= ? AND num < ?"),
    dropped: db.query("DELETE FROM stale WHERE num >= ? AND num < ?"),
    at: db.query(`SELECT ${now} WHERE event.room = +? AND event.seq = +?`),
    one: db.query(`SELECT ${now} WHERE event.num = +?`),
    next: db.query(
      `SELECT ${now} WHERE event.num > +? AND event.num < +? ORDER BY event.num LIMIT +?`,
    ),
    tail: db.query(
      `SELECT ${now} WHERE event.num > +? AND event.num < +? ORDER BY event.num DESC LIMIT +?`,
    ),
    bucket: db.query("SELECT postings FROM gram WHERE num = ?"),
    put: db.query(
      `INSERT INTO gram (num, postings) VALUES (?, ?)
       ON CONFLICT (num) DO UPDATE SET postings = excluded.postings`,
    ),
    empty: db.query("DELETE FROM gram WHERE num = ?"),
    span: db.query("SELECT first_at, last_at FROM block WHERE num = ?"),
    rooms: db.query("SELECT rooms FROM block WHERE num = ?"),
    putBlock: db.query(
      `INSERT INTO block (num, first_at, last_at, rooms) VALUES (?, ?, ?, ?)
       ON CONFLICT (num) DO UPDATE SET first_at = excluded.first_at,
         last_at = excluded.last_at, rooms = excluded.rooms`,
    ),
  };
}
