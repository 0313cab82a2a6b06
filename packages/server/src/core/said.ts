import {
  limits,
  type Cursor,
  type Message,
  type SharedFile,
  type User,
  type UserId,
} from "@snug/protocol";
import { messageText } from "./event-text.ts";
import { peopleIn } from "./people-in.ts";
import type { Clock, FileStore, LogStore, PeopleStore, RoomRecord } from "./ports.ts";

export interface SaidWorld {
  readonly store: Pick<LogStore, "read" | "message" | "messages"> &
    Pick<PeopleStore, "users"> &
    Pick<FileStore, "file">;
  readonly clock: Pick<Clock, "soon">;
}

/** A message, or what stands for a record that cannot be read, as in the log. */
export type SaidItem = Message | Unreadable;
export interface Unreadable {
  readonly type: "event.unreadable";
  readonly seq: number;
  readonly id: string;
}

export interface SaidPage {
  readonly items: readonly SaidItem[];
  /** Whom the items name. */
  readonly users: Readonly<Record<string, User>>;
}

/**
 * What was said in a room until one moment, each message as it is when it is told.
 * It is read page by page, however much it is, and may be gone through again.
 */
export class Said {
  readonly #world: SaidWorld;
  readonly #room: RoomRecord;
  readonly #by: UserId | null;
  readonly #signal: AbortSignal;

  /** @param by whose messages alone; `null`: all */
  constructor(world: SaidWorld, room: RoomRecord, by: UserId | null, signal: AbortSignal) {
    this.#world = world;
    this.#room = room;
    this.#by = by;
    this.#signal = signal;
  }

  /** All of it, oldest first, what is in threads too. */
  async *pages(): AsyncGenerator<SaidPage> {
    const { id, head } = this.#room;
    let after: Cursor | null = null;
    for (;;) {
      const most = { events: limits.pageMax, bytes: limits.queueBytes };
      const { events, epoch } = await this.#world.store.read(id, after, most);
      const items: SaidItem[] = [];
      for (const event of events) {
        if (event.seq > head.seq) break;
        const item = await this.#itemOf(JSON.parse(event.json) as LogEntry);
        if (item !== null) items.push(item);
      }
      if (items.length > 0) yield await this.#page(items);
      const last = events.at(-1);
      if (last === undefined || last.seq >= head.seq) return;
      after = { epoch, seq: last.seq, id: last.id };
      await this.#turn();
    }
  }

  /** What was answered in the thread of this message. */
  async *replies(thread: number): AsyncGenerator<SaidPage> {
    let seq = thread;
    for (;;) {
      const window = { at: "after", seq, thread, limit: limits.pageMax } as const;
      const { messages, unreadable, until } = await this.#world.store.messages(
        this.#room.id,
        window,
      );
      const items: SaidItem[] = [
        ...messages.map(({ json }) => JSON.parse(messageText(json)) as Message),
        ...unreadable.map(unreadableAt),
      ]
        .filter((item) => item.seq <= this.#room.head.seq)
        .toSorted((one, other) => one.seq - other.seq);
      if (items.length > 0) yield await this.#page(items);
      seq = Math.max(messages.at(-1)?.seq ?? 0, unreadable.at(-1) ?? 0);
      if (messages.length + unreadable.length < limits.pageMax || seq >= until.seq) return;
      await this.#turn();
    }
  }

  async message(seq: number): Promise<Message | null> {
    const event = await this.#world.store.message(this.#room.id, seq);
    return event && (JSON.parse(messageText(event.json)) as Message);
  }

  /** One message, if it is there, and whom it names. */
  async around(seq: number): Promise<SaidPage> {
    const message = await this.message(seq);
    return this.#page(message === null ? [] : [message]);
  }

  /** A file of a message, if that still holds it. */
  async file(seq: number, id: string): Promise<SharedFile | null> {
    const record = await this.#world.store.file(id);
    return record?.room === this.#room.id && record.seq === seq ? record.file : null;
  }

  async #itemOf(event: LogEntry): Promise<SaidItem | null> {
    if (event.type === "event.unreadable") return this.#by === null ? (event as Unreadable) : null;
    if (event.type !== "message.posted") return null;
    if (this.#by !== null && event.by !== this.#by) return null;
    return (await this.message(event.seq)) ?? unreadableAt(event.seq, event.id);
  }

  async #page(items: readonly SaidItem[]): Promise<SaidPage> {
    const texts = items.map((item) => JSON.stringify(item));
    return { items, users: await peopleIn(this.#world.store, texts) };
  }

  /** Everybody else has a turn between two pages. Nobody waits for more once the signal says so. */
  async #turn(): Promise<void> {
    await new Promise<void>((resume) => this.#world.clock.soon(resume));
    this.#signal.throwIfAborted();
  }
}

interface LogEntry {
  readonly type: string;
  readonly seq: number;
  readonly id: string;
  readonly by?: string;
}

export function isUnreadable(item: SaidItem): item is Unreadable {
  return "type" in item;
}

const unreadableAt = (seq: number, id: string | number): Unreadable => ({
  type: "event.unreadable",
  seq,
  id: typeof id === "string" ? id : "-",
});
