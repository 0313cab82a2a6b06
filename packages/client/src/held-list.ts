import { faultOfText, parseCursor } from "@snug/protocol";
import type { Event, Result } from "@snug/protocol";
import type {
  ChatMessage,
  Edge,
  MessageList,
  Outcome,
  PostOptions,
  Posting,
  SentMessage,
  UnsentMessage,
} from "./api.ts";
import type { Changes } from "./changes.ts";
import type { Entry } from "./outbox-storage.ts";
import type { ApplyPage } from "./pages.ts";
import { succeed } from "./problem.ts";
import { Cell, isSame } from "./store.ts";
import {
  append,
  foldAll,
  fromPage,
  itemAt,
  join,
  ownKey,
  PAGE,
  prepend,
  toSent,
  toUnreadable,
  withAuthors,
  type MessagePage,
  type Timeline,
  type View,
} from "./timeline.ts";
import { PendingUploads, type UploadsWorld } from "./uploads.ts";

/** What a list needs of the room it is in. */
export interface ListWorld {
  readonly view: View;
  /** All events up to here were told. */
  told(): number;
  /** Reads a page of the room; see `Pages`. */
  page(query: string, signal: AbortSignal, apply: ApplyPage): Promise<Outcome<null>>;
  /** What waits to be sent into the room. */
  unsent(): readonly UnsentMessage[];
  add(entry: Pick<Entry, "text" | "replyTo" | "thread" | "files">): Pick<Posting, "sent"> & {
    readonly clientId: string;
  };
  readonly uploading: UploadsWorld;
  readonly changes: Pick<Changes, "all" | "showAll">;
  /** It is held now, and was not before. */
  arrived(item: SentMessage): void;
  markRead(seq: number, thread: number | null): void;
  changed(): void;
}

/**
 * What is held of one list of a room: its main one, or a thread. It is a part of
 * the log without a hole, at the log's end or before it; all that is in it is as
 * it was right after the last event that was told.
 */
export class HeldList implements Omit<MessageList, "messages"> {
  readonly messages = new Cell<readonly ChatMessage[]>([]);
  readonly uploads: PendingUploads;
  readonly #thread: number | null;
  readonly #world: ListWorld;
  #timeline: Timeline = [];
  /** Sends that are stored, and whose event is not held. */
  #stored: readonly SentMessage[] = [];
  #older: Edge = "unknown";
  #newer: Edge = "unknown";
  /** Aborted when something else is held: what was asked for does not fit then. */
  #life = new AbortController();
  /** Aborted when the list is to go elsewhere. */
  #jump = new AbortController();
  /** What `messages` was joined of, to tell whether it would be the same. */
  #joined: readonly unknown[] = [];

  constructor(thread: number | null, world: ListWorld) {
    this.#thread = thread;
    this.#world = world;
    this.uploads = new PendingUploads(world.uploading);
  }

  get older(): Edge {
    return this.#older;
  }

  get newer(): Edge {
    return this.#newer;
  }

  /** The message as the log says it is. */
  at(seq: number): SentMessage | undefined {
    const item = itemAt(this.#timeline, seq) ?? itemAt(this.#stored, seq);
    return item?.state === "sent" ? item : undefined;
  }

  post = (text: string, { replyTo, files = [] }: PostOptions = {}): Result<Posting> => {
    const fault = text === "" && files.length > 0 ? null : faultOfText(text);
    if (fault)
      return { ok: false, error: { code: fault.code, detail: `The message ${fault.says}.` } };
    const { clientId, sent } = this.#world.add({
      text,
      replyTo: replyTo ?? null,
      thread: this.#thread,
      files,
    });
    this.#jump.abort();
    if (this.#newer !== "none" && this.#newer !== "unknown") void this.loadLatest();
    return { ok: true, value: { key: ownKey(clientId), sent } };
  };

  loadOlder = async (): Promise<void> => {
    const first = this.#timeline[0]?.seq;
    if (this.#older === "failed" && first === undefined) return void (await this.loadLatest());
    if (first === undefined || (this.#older !== "some" && this.#older !== "failed")) return;
    this.#older = "loading";
    this.#world.changed();
    const { signal } = this.#life;
    const read = await this.#read(`&before=${first}`, signal, (page, items) => {
      this.#timeline = prepend(this.#timeline, items);
      this.#older = this.#olderThan(page);
    });
    if (read.ok || signal.aborted) return;
    this.#older = "failed";
    this.#world.changed();
  };

  loadNewer = async (): Promise<void> => {
    const last = this.#timeline.at(-1)?.seq;
    if (last === undefined || (this.#newer !== "some" && this.#newer !== "failed")) return;
    this.#newer = "loading";
    this.#world.changed();
    const { signal } = this.#life;
    const read = await this.#read(`&after=${last}`, signal, (page, items) => {
      this.#timeline = append(this.#timeline, items);
      this.#newer = hasEnd(page) ? "none" : "some";
      this.#tidy();
    });
    if (read.ok || signal.aborted) return;
    this.#newer = "failed";
    this.#world.changed();
  };

  loadAround = async (seq: number): Promise<Outcome<null>> => {
    this.#jump.abort();
    const first = this.#timeline[0]?.seq ?? Infinity;
    const last = this.#timeline.at(-1)?.seq ?? 0;
    if (seq >= first && (seq <= last || this.#newer === "none")) return succeed(null);
    return this.#go(`&around=${seq}`, "some");
  };

  loadLatest = async (): Promise<Outcome<null>> => {
    this.#jump.abort();
    return this.#newer === "none" ? succeed(null) : this.#go("", "none");
  };

  markRead = (seq?: number): void => {
    const last = this.#newer === "none" ? this.#world.told() : (this.#timeline.at(-1)?.seq ?? 0);
    this.#world.markRead(seq ?? last, this.#thread);
  };

  /** Holds this page, and nothing else. */
  begin(page: MessagePage, items = fromPage(page, this.#world.view), short: Edge = "none"): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#timeline = items;
    this.#older = this.#olderThan(page, short);
    this.#newer = hasEnd(page) ? "none" : "some";
    this.#tidy();
  }

  /** Holds nothing. */
  reset(): void {
    this.stop();
    this.#timeline = this.#stored = [];
    this.#older = this.#newer = "unknown";
  }

  /** What is loading now does not come any more. */
  stop(): void {
    this.#life.abort();
    this.#jump.abort();
    this.#life = new AbortController();
    if (this.#older === "loading") this.#older = "some";
    if (this.#newer === "loading") this.#newer = "some";
  }

  /** Its first page did not come. */
  fail(): void {
    this.#older = "failed";
  }

  take(events: readonly Event[]): void {
    const items = this.#newer === "none" ? this.#itemsOf(events) : [];
    this.#timeline = foldAll(append(this.#timeline, items), events);
    this.#stored = foldAll(this.#stored, events) as readonly SentMessage[];
    if (events.some(({ type }) => type === "room.cleared")) this.#cleared();
    this.#tidy();
    for (const item of items) if (item.state === "sent") this.#world.arrived(item);
  }

  /** It is stored: it keeps its place in the list until its event is held. */
  keep(item: SentMessage): void {
    if (item.thread !== this.#thread) return;
    this.#stored = [...this.#stored, item].sort((one, other) => one.seq - other.seq);
    this.#tidy();
  }

  rename(ids: ReadonlySet<string>): void {
    const { view } = this.#world;
    this.#timeline = withAuthors(this.#timeline, ids, view);
    this.#stored = withAuthors(this.#stored, ids, view) as readonly SentMessage[];
  }

  publish(): void {
    const { changes } = this.#world;
    const unsent = this.#world.unsent().filter(({ thread }) => thread === this.#thread);
    const parts = [this.#timeline, this.#stored, changes.all, ...unsent];
    if (isSame(parts, this.#joined)) return;
    this.#joined = parts;
    const stored = changes.showAll(this.#stored) as readonly SentMessage[];
    this.messages.set(join(changes.showAll(this.#timeline), stored, unsent));
  }

  /** @param short what is before a page that is not full */
  async #go(query: string, short: Edge): Promise<Outcome<null>> {
    this.#jump = new AbortController();
    return this.#read(query, this.#jump.signal, (page, items) => this.begin(page, items, short));
  }

  async #read(
    query: string,
    signal: AbortSignal,
    take: (page: MessagePage, items: Timeline) => void,
  ): Promise<Outcome<null>> {
    const thread = this.#thread === null ? "" : `&thread=${this.#thread}`;
    return this.#world.page(`limit=${PAGE}${thread}${query}`, signal, (page, events) => {
      const items = fromPage(page, this.#world.view).filter(({ seq }) => seq !== this.#thread);
      const later = hasEnd(page) ? this.#itemsOf(events) : [];
      const all = foldAll(append(items, later), events);
      take(page, all);
      for (const item of all) if (item.state === "sent") this.#world.arrived(item);
      this.#world.changed();
    });
  }

  #itemsOf(events: readonly Event[]): Timeline {
    const items: Timeline[number][] = [];
    for (const event of events) {
      if (event.type === "message.posted" && event.thread === this.#thread)
        items.push(toSent(event, this.#world.view));
      // Nobody knows where it belongs; the main list is where it is seen.
      else if (event.type === "event.unreadable" && this.#thread === null)
        items.push(toUnreadable(event.seq));
    }
    return items;
  }

  /** Before the message that began a thread there is nothing of it. */
  #olderThan(page: MessagePage, short: Edge = "none"): Edge {
    const first = page.messages[0]?.seq;
    if (first === undefined || first === this.#thread) return "none";
    return isFull(page) ? "some" : short;
  }

  #cleared(): void {
    if (this.#older !== "unknown") this.#older = "none";
    // What is held was before what is left: the end is what there is.
    if (this.#timeline.length === 0) void this.loadLatest();
  }

  /** What is held now, or stands before what is held, need not be kept beside it. */
  #tidy(): void {
    const isHere = ({ seq }: SentMessage) =>
      this.#newer === "none"
        ? seq <= this.#world.told()
        : itemAt(this.#timeline, seq) !== undefined;
    if (this.#stored.some(isHere)) this.#stored = this.#stored.filter((item) => !isHere(item));
  }
}

function isFull({ messages, unreadable = [] }: MessagePage): boolean {
  return messages.length + unreadable.length >= PAGE;
}

/** Whether there was nothing newer when it was read. */
function hasEnd({ cursor, head }: MessagePage): boolean {
  return (parseCursor(cursor)?.seq ?? 0) >= head;
}
