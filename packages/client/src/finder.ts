import type { Event } from "@snug/protocol";
import type { FoundMessage, Outcome, SentMessage } from "./api.ts";
import { rest, type Clock } from "./clock.ts";
import { Lease } from "./lease.ts";
import type { ApplyPage } from "./pages.ts";
import { isPassing, RETRY, waitFor } from "./problem.ts";
import { Cell, working, type Readable } from "./store.ts";
import { foldAll, fromPage, withAuthors, type Timeline, type View } from "./timeline.ts";

export interface FinderWorld {
  readonly clock: Clock;
  readonly view: View;
  /** Follows the room meanwhile. */
  hold(): () => void;
  /** The message, if a list holds it. */
  at(seq: number): SentMessage | undefined;
  show(item: SentMessage): SentMessage;
  read(path: string, signal: AbortSignal, apply: ApplyPage): Promise<Outcome<null>>;
  arrived(item: SentMessage): void;
  changed(): void;
}

const LOADING: FoundMessage = { status: "loading", message: null };
const MISSING: FoundMessage = { status: "missing", message: null };

/** Messages by their numbers: from what the room's lists hold, else asked for one by one. */
export class Finder {
  readonly #world: FinderWorld;
  readonly #stores = new Map<number, Readable<FoundMessage>>();
  readonly #cells = new Set<Cell<FoundMessage>>();
  /** Those that somebody looks at. */
  readonly #sought = new Map<number, Cell<FoundMessage>>();
  /** What no list holds; `null`: there is no such message. */
  readonly #strays = new Map<number, SentMessage | null>();
  readonly #asked = new Set<number>();
  #way: AbortController | null = null;

  constructor(world: FinderWorld) {
    this.#world = world;
  }

  find = (seq: number): Readable<FoundMessage> => {
    const known = this.#stores.get(seq);
    if (known) return known;
    const cell = new Cell<FoundMessage>(LOADING);
    const lease = new Lease(this.#world.clock, () => {
      const release = this.#world.hold();
      this.#sought.set(seq, cell);
      this.look();
      return () => {
        this.#sought.delete(seq);
        this.#forget(seq);
        release();
      };
    });
    const store = working(cell, lease.hold);
    this.#stores.set(seq, store);
    this.#cells.add(cell);
    return store;
  };

  at(seq: number): SentMessage | undefined {
    return this.#strays.get(seq) ?? undefined;
  }

  /** What is held may be another. */
  look(): void {
    for (const [seq, cell] of this.#sought) {
      const held = this.#world.at(seq) ?? this.#strays.get(seq);
      if (held === undefined) void this.#ask(seq);
      cell.set(held === undefined ? LOADING : held === null ? MISSING : this.#found(held, cell));
    }
  }

  take(events: readonly Event[]): void {
    this.#change((items) => foldAll(items, events));
  }

  rename(ids: ReadonlySet<string>): void {
    this.#change((items) => withAuthors(items, ids, this.#world.view));
  }

  linked(): void {
    this.#way = new AbortController();
  }

  unlinked(): void {
    this.#way?.abort();
    this.#way = null;
    this.#asked.clear();
  }

  /** The room is open: what was not to be seen may be. */
  again(): void {
    for (const [seq, item] of this.#strays) if (item === null) this.#forget(seq);
  }

  reset(): void {
    const isLinked = this.#way !== null;
    this.unlinked();
    this.#strays.clear();
    for (const cell of this.#cells) cell.set(LOADING);
    if (isLinked) this.linked();
  }

  #forget(seq: number): void {
    this.#strays.delete(seq);
    this.#asked.delete(seq);
  }

  #found(held: SentMessage, cell: Cell<FoundMessage>): FoundMessage {
    const message = this.#world.show(held);
    const before = cell.get();
    return before.message === message ? before : { status: "found", message };
  }

  async #ask(seq: number): Promise<void> {
    if (this.#asked.has(seq) || this.#way === null) return;
    this.#asked.add(seq);
    const { signal } = this.#way;
    const apply: ApplyPage = (page, events) => {
      const items = fromPage(page, this.#world.view);
      const [item] = foldAll(items, events).filter((one) => one.seq === seq);
      if (item?.state === "sent") this.#keep(seq, item);
    };
    while (!signal.aborted && this.#sought.has(seq)) {
      // A page says as of when it is. What is in a thread is on none of them.
      await this.#world.read(`/messages?limit=1&around=${seq}`, signal, apply);
      if (signal.aborted || this.#strays.has(seq)) return;
      const one = await this.#world.read(`/messages/${seq}`, signal, apply);
      if (signal.aborted || one.ok) return;
      if (!isPassing(one.error)) return this.#keep(seq, null);
      await rest(signal, this.#world.clock, waitFor(one.error, RETRY));
    }
  }

  #keep(seq: number, item: SentMessage | null): void {
    this.#strays.set(seq, item);
    if (item) this.#world.arrived(item);
    this.#world.changed();
  }

  #change(change: (items: Timeline) => Timeline): void {
    for (const [seq, item] of this.#strays) {
      const [changed] = item ? change([item]) : [];
      this.#strays.set(seq, changed?.state === "sent" ? changed : null);
    }
  }
}
