import type { Position, RoomId } from "@snug/protocol";
import {
  StoreError,
  type BackplaneListener,
  type Clock,
  type Committed,
  type Effect,
  type StoredEvent,
} from "../../core/ports.ts";
import type { Connection } from "./connection.ts";
import { effectOf } from "./effects.ts";
import { identityOf } from "./identity.ts";
import { CHANNEL, house, roomKeys } from "./keys.ts";
import { readAfter } from "./log.ts";
import { idIn, lookUp } from "./look.ts";
import type { Kept } from "./room.ts";
import { tell, type News } from "./news.ts";

/** The beginning of what is published; the events follow, each on a line of its own. */
type Head = (LogHead | News) & Partial<Pick<Expected, "token" | "on">>;

interface LogHead extends Position {
  readonly kind: "log";
  readonly room: RoomId;
  readonly epoch: string;
  readonly effects: readonly Effect[];
}

/** Something that is about to be published. */
export interface Expected {
  readonly token: string;
  /** The run of the primary that is to do it. */
  readonly on: string;
  /** Once it was told to listeners. */
  readonly heard: Promise<void>;
  readonly forget: () => void;
}

/** A log as far as listeners were told of it. */
interface Told extends Position {
  readonly epoch: string;
}

/** Of a stream: its number, and a field with its value. */
type Entry = [id: string, [field: string, value: string]];
const NO_NEWS = "0";

/** Who waits to hear of their own commit is answered after this long all the same: it is stored. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 200;
/** How often it is looked whether history is what it was. */
const LOOK_MS = 500;
/** What waits, at most, while something is read that was missed. */
const QUEUE_MAX = 10_000;
const PAGE = { events: 500, bytes: 4 * 1024 * 1024 };

/**
 * Hears what any node committed, this one too, and tells this node's listeners: each
 * log in its order, without a hole and without a repeat. A commit is published in the
 * step that stores it, and one channel carries all, so what is heard is in order as
 * long as nothing is lost. When a connection was broken, the logs tell what was missed.
 * Where they tell that history is another, or may be, as `identityOf` says, all listeners
 * look anew at whatever they knew before they are told more.
 *
 * A primary that was replaced and does not know it yet still publishes, and nothing of
 * it will stay: what was done elsewhere than where this node reads is taken from the logs.
 */
export class Backplane {
  readonly #listeners = new Set<BackplaneListener>();
  readonly #connection: Connection;
  readonly #ears: Connection;
  readonly #clock: Pick<Clock, "after">;
  readonly #onFault: (fault: unknown) => void;
  readonly #told = new Map<string, Told>();
  /** Where a log ended for somebody who read it and heard nothing of it since. */
  readonly #readers = new Map<string, Told>();
  readonly #awaited = new Map<string, () => void>();
  /** What comes while something is read that was missed waits for its turn. */
  #queue: string[] | null = null;
  #missedAll = false;
  /** A log is another than listeners were told of. */
  #isReplaced = false;
  #lastNews = NO_NEWS;
  /** Of the Redis whose history listeners know; another one's is to be told as such. */
  #identity = "";
  /** Ends the wait for the next look at it. */
  #cancelLook = () => {};
  #closed = false;

  constructor(
    connection: Connection,
    ears: Connection,
    clock: Pick<Clock, "after">,
    onFault: (fault: unknown) => void,
  ) {
    this.#connection = connection;
    this.#ears = ears;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  async open(): Promise<void> {
    this.#identity = await identityOf(this.#connection);
    this.#lastNews = await this.#newestNews();
    // Whichever of them was led to another primary: there all may be another.
    for (const one of [this.#connection, this.#ears]) one.onBack(() => this.#catchUp(null));
    await this.#ears.subscribe(CHANNEL, (text) => this.#hear(text));
    this.#lookLater();
  }

  listen(listener: BackplaneListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  expect(): Expected {
    const token = crypto.randomUUID();
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    const undo = this.#clock.after(PATIENCE_MS, resolve);
    this.#awaited.set(token, resolve);
    const forget = () => {
      undo();
      this.#awaited.delete(token);
    };
    return { token, on: this.#run, heard, forget };
  }

  /** A reader was told where this log ends: from there on it must hear everything. */
  knows(room: string, epoch: string, { seq, id }: Position): void {
    if (!this.#told.has(room) && !this.#readers.has(room))
      this.#readers.set(room, { epoch, seq, id });
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook();
    this.#listeners.clear();
    for (const resolve of this.#awaited.values()) resolve();
    this.#ears.close();
  }

  #lookLater(): void {
    if (!this.#closed) this.#cancelLook = this.#clock.after(LOOK_MS, () => void this.#look());
  }

  /** All keys may be taken away under connections that stay. */
  async #look(): Promise<void> {
    try {
      if ((await identityOf(this.#connection)) !== this.#identity) this.#catchUp(null);
    } catch (fault) {
      if (!(fault instanceof StoreError)) this.#onFault(fault);
    }
    this.#lookLater();
  }

  #hear(text: string): void {
    if (this.#queue === null) return this.#take(text);
    this.#queue.push(text);
    if (this.#queue.length <= QUEUE_MAX) return;
    // The logs tell it all once more.
    this.#queue.length = 0;
    this.#missedAll = true;
  }

  /** @param isRead the log was read after this came: if it does not follow on even so, the store has lost it */
  #take(text: string, isRead = false): void {
    const lines = text.split("\n");
    // News that last have their number before them; what was missed may come twice.
    const number = text.startsWith("{") ? null : (lines.shift() ?? "");
    const [first = "", ...events] = lines;
    const head = JSON.parse(first) as Head;
    if (head.on !== this.#run) {
      // Of news those that last are read after the move, as all that is missed by it.
      if (head.kind === "log" && !isRead) {
        this.knows(head.room, head.epoch, head);
        return this.#catchUp(text);
      }
    } else if (head.kind !== "log") {
      const isHeard = number !== null && !isAfter(number, this.#lastNews);
      if (number !== null && !isHeard) this.#lastNews = number;
      if (!isHeard) this.#tell((listener) => tell(listener, head));
      if (head.kind === "room") this.#forget(head.room);
    } else if (this.#follows(head)) {
      this.#commit(
        head,
        events.map((json, index) => ({ seq: head.seq + index + 1, id: idIn(json), json })),
      );
    } else if (!isRead && !this.#isKnown(head, events.length)) {
      return this.#catchUp(text);
    }
    if (head.token !== undefined) this.#awaited.get(head.token)?.();
  }

  /** Where this node reads and writes. */
  get #run(): string {
    return this.#connection.line?.run ?? "";
  }

  #follows({ room, epoch, seq, id }: LogHead): boolean {
    const told = this.#told.get(room);
    return told === undefined || (told.epoch === epoch && told.seq === seq && told.id === id);
  }

  #isKnown({ room, epoch, seq }: LogHead, events: number): boolean {
    const told = this.#told.get(room);
    return told?.epoch === epoch && told.seq >= seq + events;
  }

  #commit({ room, epoch, seq, id, effects }: LogHead, events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (last !== undefined) {
      this.#told.set(room, { epoch, seq: last.seq, id: last.id });
      this.#readers.delete(room);
    }
    const commit: Committed = { room, epoch, from: { seq, id }, events, effects };
    this.#tell((listener) => listener.committed(commit));
  }

  /** Reads what was missed, of one log or of all; what came meanwhile comes after it. */
  #catchUp(first: string | null): void {
    if (first === null) this.#missedAll = true;
    if (this.#queue !== null) return;
    this.#queue = first === null ? [] : [first];
    const room = first === null ? null : (JSON.parse(first.split("\n")[0] ?? "") as LogHead).room;
    void this.#readOn(room === null ? [] : [room]).then(() => this.#drain());
  }

  async #readOn(rooms: readonly string[]): Promise<void> {
    for (let isRead = false; !isRead || this.#missedAll;) {
      if (this.#closed) return;
      try {
        const isAll = this.#missedAll;
        this.#missedAll = false;
        await this.#readMissed(isAll ? null : rooms);
        isRead = true;
      } catch (fault) {
        if (!(fault instanceof StoreError)) this.#onFault(fault);
        this.#missedAll = true;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#clock.after(RETRY_MS, resolve);
        await promise;
      }
    }
  }

  #drain(): void {
    const queue = this.#queue ?? [];
    this.#queue = null;
    let isRead = true;
    for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
      this.#take(text, isRead);
      isRead = false;
      // It may be that more is missed: then the rest waits again.
      if (this.#queue !== null) return void (this.#queue as string[]).push(...queue);
    }
  }

  async #readMissed(only: readonly string[] | null): Promise<void> {
    const isTold = only === null && (await this.#readHouse());
    const rooms = only ?? [...new Set([...this.#told.keys(), ...this.#readers.keys()])];
    const HEADS = 1_000;
    for (let from = 0; from < rooms.length; from += HEADS) {
      const some = rooms.slice(from, from + HEADS);
      const heads = await this.#connection.all(
        some.map((room) => ["HMGET", roomKeys(room).room, "kept", "seq", "id"]),
      );
      for (const [index, room] of some.entries()) {
        const [kept, seq, id] = heads[index] as (string | null)[];
        const { epoch } = JSON.parse(kept ?? "{}") as Partial<Kept>;
        const told = this.#told.get(room) ?? this.#readers.get(room);
        if (told?.epoch === epoch && told?.seq === Number(seq) && told.id === id) continue;
        if (told && !(await this.#readLog(room, told)) && !isTold)
          return void (this.#isReplaced = this.#missedAll = true);
      }
    }
    if (only === null && !isTold) this.#tell((listener) => listener.wasDeaf());
  }

  /** False if it is another than was told of. */
  async #readLog(id: string, told: Told): Promise<boolean> {
    for (let after = told; ;) {
      const room = await lookUp(this.#connection, id);
      if (room === null) {
        this.#tell((listener) => listener.roomDestroyed(id as RoomId, "private"));
        this.#forget(id);
        return true;
      }
      const { epoch, from, head, events, gap } = await readAfter(room, after, PAGE);
      if (gap !== null && gap !== "trimmed") {
        this.#forget(id);
        this.#told.set(id, { epoch, ...head });
        return false;
      }
      const effects = events.flatMap(({ json }) => effectOf(json) ?? []);
      if (events.length > 0)
        this.#commit({ kind: "log", room: room.id, effects, epoch, ...from }, events);
      const last = events.at(-1) ?? from;
      if (last.seq >= head.seq) return true;
      after = { epoch, seq: last.seq, id: last.id };
    }
  }

  /** What is in no log; or that all may be another, and then all is looked at anew: true. */
  async #readHouse(): Promise<boolean> {
    const identity = await identityOf(this.#connection);
    const news = identity === this.#identity && !this.#isReplaced ? await this.#newsSince() : null;
    for (const [id, [, text = ""]] of news ?? []) {
      this.#lastNews = id;
      const head = JSON.parse(text) as News;
      this.#tell((listener) => tell(listener, head));
    }
    if (news !== null) return false;
    const newest = await this.#newestNews();
    for (const listener of this.#listeners) await listener.storeReplaced();
    this.#identity = identity;
    this.#isReplaced = false;
    this.#lastNews = newest;
    return true;
  }

  /** `null`: what was told last is not there any more, so nobody knows. */
  async #newsSince(): Promise<Entry[] | null> {
    const range = ["XRANGE", house.news, this.#lastNews, "+"];
    const news = await this.#connection.call<Entry[]>(...range);
    if (this.#lastNews === NO_NEWS) return news;
    const [last, ...missed] = news;
    return last?.[0] === this.#lastNews ? missed : null;
  }

  async #newestNews(): Promise<string> {
    const range = ["XREVRANGE", house.news, "+", "-", "COUNT", "1"];
    const [newest] = await this.#connection.call<Entry[]>(...range);
    return newest?.[0] ?? NO_NEWS;
  }

  #forget(room: string): void {
    this.#told.delete(room);
    this.#readers.delete(room);
  }

  /** What is committed stays committed: a listener's fault must not keep its sender waiting. */
  #tell(what: (listener: BackplaneListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch (fault) {
        this.#onFault(fault);
      }
    }
  }
}

/** Of two numbers of a stream, `milliseconds-count`. */
function isAfter(one: string, other: string): boolean {
  const [ms = 0, count = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherCount = 0] = other.split("-").map(Number);
  return ms > otherMs || (ms === otherMs && count > otherCount);
}
