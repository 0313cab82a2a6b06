import type { Event, Message, User } from "@snug/protocol";
import type { ClientProblem, Outcome } from "./api.ts";
import type { Clock } from "./clock.ts";
import { newClientId } from "./client-id.ts";
import type { Connection, LinkUser } from "./connection.ts";
import type { Link } from "./link.ts";
import { wholeEntry, type Entry, type OutboxStorage } from "./outbox-storage.ts";
import {
  discarded,
  fail,
  FAULTS,
  isPassing,
  otherSender,
  RETRY,
  succeed,
  waitFor,
} from "./problem.ts";
import { whileNeeded } from "./store.ts";
import type { Tabs, TabNews } from "./tabs.ts";

export interface OutboxWorld {
  readonly connection: Pick<Connection, "state" | "use" | "hold">;
  readonly clock: Clock;
  readonly storage: OutboxStorage | null;
  readonly joinTabs: (on: { news: (news: TabNews) => void; lead: () => void }) => Tabs;
  /** Looks in the room's log after a cursor for a message of one's own. */
  readonly find: (
    entry: Entry,
    by: string,
    signal: AbortSignal,
  ) => Promise<Outcome<Message | null>>;
}

/** Told of what happens to a room's entries. */
export interface OutboxListener {
  /** Something in `entries` changed. */
  changed(): void;
  /** It is stored, and leaves the outbox now. */
  sent(message: Message): void;
  /** Whether its entries may go out yet; see `ready`. */
  isReady(): boolean;
}

/** Milliseconds after which the server may have forgotten a `clientId`: look before sending again. */
const LOOK_AFTER = 20 * 60 * 60 * 1_000;
/** So many messages are held after they were stored, the newest, as long as the page lives. */
const HELD = 200;

/**
 * What was written and is not known to be stored: shown at once, kept over a
 * reload, sent in order, room by room, each until it is acknowledged or fails
 * for a reason that waiting does not mend.
 *
 *     waiting ⇄ sending ──▶ (stored: gone from here)
 *        ▲         └──────▶ failed ──(discard)──▶ gone
 *        └───────(retry)──────┘
 *
 * What is stored is remembered for a while: a server whose store lost it gets it again.
 */
export class Outbox implements LinkUser {
  readonly #world: OutboxWorld;
  readonly #listeners = new Map<string, Set<OutboxListener>>();
  readonly #settle = new Map<string, (outcome: Outcome<Message>) => void>();
  /** Entries that the storage did not take. */
  readonly #unkept = new Set<string>();
  /** Entries on their way to the storage. */
  readonly #storing = new Set<string>();
  readonly #pumping = new Set<string>();
  readonly #faults = new Map<string, number>();
  /** What was stored lately, and where. */
  #stored: readonly Stored[] = [];
  #entries: readonly Entry[] = [];
  /** The highest that was given: what is sent again keeps its own. */
  #order = 0;
  #byRoom = new Map<string, readonly Entry[]>();
  #loaded = false;
  #tabs: Tabs | null = null;
  #link: Link | null = null;
  #user: User | null = null;
  readonly #work: (isNeeded: boolean) => void;
  /** Undoes what waits to be tried again, by room. */
  readonly #retries = new Map<string, () => void>();
  /** Aborted when the chat stops to work. */
  #life = new AbortController();

  constructor(world: OutboxWorld) {
    this.#world = world;
    this.#work = whileNeeded(world.connection.hold);
  }

  /** A room's entries in the order of sending; the same array until they change. */
  entries(room: string): readonly Entry[] {
    let entries = this.#byRoom.get(room);
    if (entries === undefined) {
      entries = this.#entries.filter((entry) => entry.room === room);
      this.#byRoom.set(room, entries);
    }
    return entries;
  }

  /** Whether all that waits in this room would survive the end of the page. */
  isKept(room: string): boolean {
    if (this.#world.storage === null) return false;
    return !this.entries(room).some(
      ({ clientId, ephemeral }) =>
        ephemeral || this.#unkept.has(clientId) || this.#storing.has(clientId),
    );
  }

  listen(room: string, listener: OutboxListener): () => void {
    const listeners = this.#listeners.get(room) ?? new Set();
    this.#listeners.set(room, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      this.ready(room);
    };
  }

  /** The room is known to be ephemeral now: what was written before is taken off the device. */
  unkeep(room: string): void {
    for (const entry of this.entries(room)) {
      if (entry.ephemeral) continue;
      this.#put({ ...entry, ephemeral: true });
      this.#forget(entry.clientId);
    }
  }

  /** What a listener held back may go out now. */
  ready(room: string): void {
    void this.#pump(room);
  }

  /** Begins with what an earlier page left. Called when the chat begins to work. */
  start(): () => void {
    this.#loaded = false;
    const life = new AbortController();
    this.#life = life;
    const { connection } = this.#world;
    this.#tabs = this.#world.joinTabs({ news: this.#hear, lead: () => this.#pumpAll() });
    const undo = [connection.use(this), connection.state.subscribe(() => this.#look())];
    void this.#load();
    return () => {
      for (const each of undo) each();
      life.abort();
      for (const cancel of this.#retries.values()) cancel();
      this.#tabs?.close();
      this.#tabs = null;
      this.#world.storage?.close();
      this.unlinked();
    };
  }

  linked(link: Link, user: User): void {
    this.#link = link;
    this.#user = user;
    this.#tabs?.as(user.id);
    for (const entry of this.#entries) this.#adopt(entry, user);
    this.#pumpAll();
  }

  unlinked(): void {
    this.#link = null;
  }

  add(
    entry: Pick<Entry, "room" | "ephemeral" | "text" | "replyTo" | "thread" | "files" | "after">,
  ): {
    clientId: string;
    sent: Promise<Outcome<Message>>;
  } {
    const begun = this.#begun();
    const { clientId } = begun;
    const sent = new Promise<Outcome<Message>>((resolve) => this.#settle.set(clientId, resolve));
    this.#append({ ...entry, ...begun });
    return { clientId, sent };
  }

  retry(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry?.state !== "failed") return;
    const code = entry.problem?.code;
    if (code !== "other_sender" && code !== "client_id_conflict")
      return this.#append({ ...entry, state: "waiting", problem: null });
    // Under another name, or with its id used for something else, it is another message.
    const begun = this.#begun();
    const settle = this.#settle.get(clientId);
    if (settle) this.#settle.set(begun.clientId, settle);
    this.#settle.delete(clientId);
    this.#takeBack(entry);
    this.#append({ ...entry, ...begun });
  }

  discard(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry === undefined || entry.state === "sending") return;
    this.#takeBack(entry);
    this.#settled(clientId, fail(discarded));
    this.#changed(entry.room);
  }

  /** What the log says of one's own. */
  take(room: string, event: Event): void {
    if (event.type === "message.posted") this.arrived(event);
    if (event.type === "message.deleted") this.remove(room, (seq) => seq === event.target);
    if ("upTo" in event) this.remove(room, (seq) => seq <= event.upTo);
  }

  /** Whatever becomes of the log, these are not sent again. */
  remove(room: string, isGone: (seq: number) => boolean): void {
    this.#stored = this.#stored.filter((entry) => entry.room !== room || !isGone(entry.seq));
  }

  /**
   * The server's log of this room is another after this number. What was stored there is
   * sent again as it was, but for what it answered: that number is another message's now.
   */
  lost(room: string, upTo: number): void {
    const isLost = (seq: number | null) => (seq ?? 0) > upTo;
    const kept = (seq: number | null) => (isLost(seq) ? null : seq);
    const lost = this.#stored.filter((entry) => entry.room === room && isLost(entry.seq));
    this.remove(room, isLost);
    for (const entry of [...lost, ...this.entries(room)])
      if (entry.by === this.#user?.id)
        this.#put({ ...entry, replyTo: kept(entry.replyTo), thread: kept(entry.thread) });
  }

  /** It was seen in the log. */
  arrived(message: Message): void {
    const entry = this.#find(message.clientId);
    if (entry && (entry.by === null || entry.by === message.by)) this.#sent(entry, message);
  }

  /** Without a way back by itself, what waits is for a person to decide. */
  #look(): void {
    const state = this.#world.connection.state.get();
    if (state.status !== "refused") return;
    this.#user = null;
    this.#tabs?.as(null);
    for (const entry of this.#entries)
      if (entry.state !== "failed") this.#failHere(entry, state.problem);
  }

  async #load(): Promise<void> {
    // Without a store, or one that fails, there is only what was written since.
    const stored = (await this.#world.storage?.all().catch(() => [])) ?? [];
    const known = new Set(this.#entries.map(({ clientId }) => clientId));
    const older = stored.filter(({ clientId }) => !known.has(clientId)).map(wholeEntry);
    const last = older.reduce(latest, 0);
    const newer = this.#entries;
    this.#replace([...older, ...newer]);
    // What was written before these were known comes after them.
    if (last > 0) for (const entry of newer) this.#put({ ...entry, order: last + entry.order });
    this.#loaded = true;
    if (this.#user) for (const entry of older) this.#adopt(entry, this.#user);
    for (const room of new Set(older.map((entry) => entry.room))) this.#changed(room);
    this.#pumpAll();
  }

  /** An entry meets whoever is signed in now. */
  #adopt(entry: Entry, user: User): void {
    const { by, problem } = entry;
    if (by === null || by === user.id) {
      const again = problem && mended.has(problem.code);
      if (again) this.#put({ ...entry, by: user.id, state: "waiting", problem: null });
      else if (by === null) this.#put({ ...entry, by: user.id });
    } else if (problem !== otherSender) {
      this.#failHere(entry, otherSender);
      this.#tabs?.tell({ kind: "whose", clientId: entry.clientId });
    }
  }

  /** What is new of a message that is written now. */
  #begun() {
    return {
      clientId: newClientId(this.#world.clock),
      by: this.#user?.id ?? null,
      writtenAt: this.#world.clock.now(),
      state: "waiting",
      problem: null,
    } as const;
  }

  #takeBack(entry: Entry): void {
    this.#drop(entry);
    this.#tabs?.tell({ kind: "discarded", clientId: entry.clientId });
  }

  #append(entry: Omit<Entry, "order">): void {
    const order = 1 + this.#entries.reduce(latest, this.#order);
    this.#order = order;
    this.#put({ ...entry, order });
    this.#tabs?.lead();
  }

  /** Shows the entry at once, keeps it, and then lets it go out. */
  #put(entry: Entry): void {
    if (this.#world.storage !== null && !entry.ephemeral) this.#storing.add(entry.clientId);
    this.#show(entry);
    this.#tabs?.tell({ kind: "put", entry });
    void this.#store(entry).then(() => this.#pump(entry.room));
  }

  /** Changes what is seen of an entry, and not what is kept of it. */
  #show(entry: Entry): void {
    this.#replace([...this.#entries.filter(({ clientId }) => clientId !== entry.clientId), entry]);
    this.#changed(entry.room);
  }

  async #store(entry: Entry): Promise<void> {
    const { storage } = this.#world;
    if (storage === null || entry.ephemeral) return;
    try {
      await storage.put(entry);
      this.#unkept.delete(entry.clientId);
    } catch {
      // Full, blocked or private: it is sent all the same, and `kept` says so meanwhile.
      this.#unkept.add(entry.clientId);
    }
    this.#storing.delete(entry.clientId);
    this.#changed(entry.room);
    // It may have been sent or taken back meanwhile, or must not be kept.
    if (this.#find(entry.clientId)?.ephemeral ?? true) this.#forget(entry.clientId);
  }

  #pumpAll(): void {
    for (const room of new Set(this.#entries.map((entry) => entry.room))) void this.#pump(room);
  }

  /** Sends a room's entries, one after the answer to the other. */
  async #pump(room: string): Promise<void> {
    this.#look();
    if (this.#pumping.has(room)) return;
    this.#pumping.add(room);
    while (this.#loaded && this.#tabs?.leads && this.#link && this.#user && this.#isReady(room)) {
      const entry = this.entries(room).find(({ state }) => state === "waiting");
      if (entry === undefined || entry.by !== this.#user.id || this.#storing.has(entry.clientId))
        break;
      const link = this.#link;
      this.#show({ ...entry, state: "sending" });
      const outcome = await this.#deliver(link, entry, this.#user);
      const goesOn = this.#took(entry, outcome);
      if (!goesOn) break;
    }
    this.#pumping.delete(room);
  }

  #isReady(room: string): boolean {
    return [...(this.#listeners.get(room) ?? [])].every((listener) => listener.isReady());
  }

  async #deliver(link: Link, entry: Entry, user: User): Promise<Outcome<Message>> {
    const age = this.#world.clock.now() - entry.writtenAt;
    // A clock that ran backwards tells nothing, and looking does no harm.
    if (age > LOOK_AFTER || age < 0) {
      const found = await this.#world.find(entry, user.id, this.#life.signal);
      if (!found.ok) return found;
      if (found.value) return succeed(found.value);
    }
    const { clientId, text, replyTo, thread, files } = entry;
    // What was left out is left out again: a repeat has the same body.
    return link.post(entry.room, {
      clientId,
      text,
      ...(replyTo !== null && { replyTo }),
      ...(thread !== null && { thread }),
      ...(files.length > 0 && { files: files.map(({ id }) => id) }),
    });
  }

  /** False when the next one has to wait. */
  #took(sentEntry: Entry, outcome: Outcome<Message>): boolean {
    // Another tab, or the log itself, may have told before.
    const entry = this.#find(sentEntry.clientId);
    if (entry === undefined) {
      this.#settled(sentEntry.clientId, outcome.ok ? outcome : fail(discarded));
      return true;
    }
    if (outcome.ok) {
      this.#sent(entry, outcome.value);
      return true;
    }
    // It was decided about meanwhile: the server refused, or somebody else is here now.
    if (entry.state === "failed") return true;
    const { error } = outcome;
    if (error.code === "unauthorized") {
      this.#show({ ...entry, state: "waiting" });
      return false;
    }
    const faults =
      (this.#faults.get(entry.clientId) ?? 0) + Number(error.code === "internal_error");
    this.#faults.set(entry.clientId, faults);
    if (!isPassing(error) || faults >= FAULTS) {
      this.#fail(entry, error);
      return true;
    }
    const lost = error.code === "no_connection";
    this.#show({ ...entry, state: "waiting", problem: lost ? null : error });
    this.#pumpLater(entry.room, waitFor(error, RETRY));
    return false;
  }

  #pumpLater(room: string, wait: number): void {
    if (this.#life.signal.aborted) return;
    this.#retries.get(room)?.();
    this.#retries.set(
      room,
      this.#world.clock.after(wait, () => void this.#pump(room)),
    );
  }

  #sent(entry: Entry, message: Message): void {
    const stored: Stored = { ...entry, state: "waiting", problem: null, seq: message.seq };
    this.#stored = [...this.#stored, stored].slice(-HELD);
    this.#tellSent(entry.room, message);
    this.#drop(entry);
    this.#tabs?.tell({ kind: "sent", clientId: entry.clientId, message });
    this.#settled(entry.clientId, succeed(message));
    this.#changed(entry.room);
  }

  #fail(entry: Entry, problem: ClientProblem): void {
    this.#settled(entry.clientId, fail(problem));
    this.#put({ ...entry, state: "failed", problem });
  }

  /** Seen here, and not kept: for its writer, in another tab or later, it still waits. */
  #failHere(entry: Entry, problem: ClientProblem): void {
    this.#settled(entry.clientId, fail(problem));
    this.#show({ ...entry, state: "failed", problem });
  }

  #drop({ clientId }: Entry): void {
    this.#replace(this.#entries.filter((other) => other.clientId !== clientId));
    this.#unkept.delete(clientId);
    this.#faults.delete(clientId);
    if (!this.#storing.has(clientId)) this.#forget(clientId);
  }

  #forget(clientId: string): void {
    // What stays by mistake is found in the log, or sent again under the same id.
    this.#world.storage?.remove(clientId).catch(() => {});
  }

  #settled(clientId: string, outcome: Outcome<Message>): void {
    this.#settle.get(clientId)?.(outcome);
    this.#settle.delete(clientId);
  }

  #hear = (news: TabNews): void => {
    if (news.kind === "put") {
      const entry = wholeEntry(news.entry);
      const { by, clientId, room } = entry;
      // Another tab may be another person's; whose it is, is told as soon as it is known.
      if (by === null || (this.#user && by !== this.#user.id)) return this.#leave(clientId);
      const isNew = !this.#find(clientId);
      this.#show(entry);
      // What is new goes out from where it was written.
      if (!isNew) this.ready(room);
      return;
    }
    const { kind, clientId } = news;
    const entry = this.#find(clientId);
    const isOwn = entry && entry.by === this.#user?.id;
    if (kind === "whose") {
      if (isOwn) this.#tabs?.tell({ kind: "mine", clientId });
    } else if (kind === "mine") {
      if (!isOwn) this.#leave(clientId);
    } else {
      if (kind === "sent") {
        if (entry) this.#tellSent(entry.room, news.message);
        this.#settled(clientId, succeed(news.message));
      } else if (entry && entry.state !== "sending") this.#settled(clientId, fail(discarded));
      this.#leave(clientId);
    }
  };

  /** It is for another tab to say what becomes of it. */
  #leave(clientId: string): void {
    const entry = this.#find(clientId);
    if (entry === undefined) return;
    this.#replace(this.#entries.filter((other) => other !== entry));
    this.#changed(entry.room);
  }

  #find(clientId: string): Entry | undefined {
    return this.#entries.find((entry) => entry.clientId === clientId);
  }

  #replace(entries: readonly Entry[]): void {
    this.#entries = entries.toSorted(inOrder);
    this.#byRoom = new Map();
    // What is to be sent keeps the connection at work, also when nobody looks.
    this.#work(entries.some(({ state }) => state !== "failed"));
  }

  #tellSent(room: string, message: Message): void {
    for (const listener of this.#listeners.get(room) ?? []) listener.sent(message);
  }

  #changed(room: string): void {
    for (const listener of this.#listeners.get(room) ?? []) listener.changed();
  }
}

/** As it was sent, with the number it got. */
type Stored = Entry & { readonly seq: number };

/** What failed for this goes out by itself once its writer is connected again. */
const mended: ReadonlySet<string> = new Set(["unauthorized", "outdated", "other_sender"]);

function latest(most: number, { order }: Entry): number {
  return Math.max(most, order);
}

function inOrder(one: Entry, other: Entry): number {
  return one.order - other.order || (one.clientId < other.clientId ? -1 : 1);
}
