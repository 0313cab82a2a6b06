import { frames, type InboxEntry, type Role, type RoomId, type UserId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import type { Chat } from "../core/chat.ts";
import type { Clock, Reading } from "../core/ports.ts";
import type { Inboxes, Listed } from "./inboxes.ts";
import { Pace } from "./pace.ts";

export interface InboxWorld {
  readonly chat: Pick<Chat, "execute">;
  readonly clock: Clock;
  readonly gateway: { readonly inboxes: Pick<Inboxes, "add" | "delete" | "noteMoves"> };
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two tellings. */
const PACE = 1_000;
/** Milliseconds until what failed is tried again. */
const RETRY = 2_000;

/** One connection's view of its user's rooms: whole at first and after `tellAnew`, then what changes, once a second at most. */
export class Inbox implements Listed {
  readonly user: UserId;
  readonly #world: InboxWorld;
  readonly #actor: Actor;
  readonly #send: (frame: string) => void;
  readonly #onWhole: () => void;
  /** The rooms that were told of, and as what one is in each; `null` before the whole was told. */
  #roles: Map<RoomId, Role> | null = null;
  /** Rooms to be told of anew. */
  #stale: Set<RoomId> | null = null;
  /** Rooms that are being read. */
  #reading: ReadonlySet<RoomId> | null = null;
  /** Entries of rooms that moved on, to be told. */
  #news: Map<RoomId, string> | null = null;
  readonly #pace: Pace;
  #isWhole = true;
  #isClosed = false;

  /** @param onWhole called when the whole was told */
  constructor(world: InboxWorld, actor: Actor, send: (frame: string) => void, onWhole: () => void) {
    this.#world = world;
    this.#actor = actor;
    this.user = actor.user.id;
    this.#send = send;
    this.#onWhole = onWhole;
    this.#pace = new Pace(world, PACE, () => this.#tell());
    // In this turn: where it is read at once, it leaves together with the welcome.
    this.#pace.begin();
  }

  /** What was told may be no more: the whole is told once again. */
  tellAnew(): void {
    this.#isWhole = false;
    this.#pace.due();
  }

  /** Something about one's own place in this room is another now: it is told as soon as may be. */
  changed(room: RoomId): void {
    // What is being read for the first time may be of before: it is told again.
    (this.#stale ??= new Set()).add(room);
    this.#news?.delete(room);
    this.#pace.due();
  }

  moved(room: RoomId, json: string, reading: Reading): void {
    if (this.#isClosed || this.#stale?.has(room)) return;
    // Which of the two is newer, nobody knows.
    if (this.#reading?.has(room)) return this.changed(room);
    const role = this.#roles?.get(room);
    if (role) (this.#news ??= new Map()).set(room, frames.inboxEntry(json, { role, ...reading }));
  }

  tell(): void {
    if (this.#news === null) return;
    if (this.#stale === null && this.#pace.take()) this.#say([], []);
    else this.#pace.due();
  }

  close(): void {
    this.#isClosed = true;
    this.#pace.close();
    this.#forget();
  }

  #forget(): void {
    for (const room of this.#roles?.keys() ?? []) this.#inboxes.delete(room, this);
    this.#roles = null;
    this.#stale = null;
    this.#news = null;
  }

  async #tell(): Promise<void> {
    if (!this.#isWhole) this.#forget();
    this.#isWhole = true;
    const isFirst = this.#roles === null;
    if (!isFirst && this.#stale === null) return this.#say([], []);
    const stale = this.#stale ?? NONE;
    this.#stale = null;
    this.#reading = stale;
    const asked = isFirst ? {} : { rooms: [...stale] };
    const moved = this.#inboxes.noteMoves();
    const inbox = await this.#world.chat.execute("read-inbox", this.#actor, asked);
    const movedMeanwhile = moved();
    this.#reading = null;
    if (this.#isClosed) return;
    if (!inbox.ok) {
      for (const room of stale) (this.#stale ??= new Set()).add(room);
      this.#pace.rest(RETRY);
      return this.#pace.due();
    }
    const entries = inbox.value;
    const gone = isFirst ? [] : this.#drop(stale, entries);
    this.#roles ??= new Map();
    for (const { room, role } of entries) {
      this.#roles.set(room.id, role);
      this.#inboxes.add(room.id, this);
      // What was read may be of before.
      if (movedMeanwhile.has(room.id)) this.changed(room.id);
    }
    if (!isFirst) return this.#say(entries, gone);
    this.#send(frames.inbox(entries));
    this.#onWhole();
  }

  /** And what moved on beside. */
  #say(entries: readonly InboxEntry[], gone: readonly RoomId[]): void {
    const news = this.#news?.values() ?? [];
    const changed = [...entries.map((entry) => JSON.stringify(entry)), ...news];
    this.#news = null;
    if (changed.length + gone.length > 0) this.#send(frames.inboxChanged(changed, gone));
  }

  /** Of the rooms that were asked about, those one was in, and is not in any more. */
  #drop(asked: ReadonlySet<RoomId>, entries: readonly InboxEntry[]): RoomId[] {
    const found = new Set(entries.map(({ room }) => room.id));
    const gone = [...asked].filter((room) => !found.has(room) && this.#roles?.delete(room));
    for (const room of gone) this.#inboxes.delete(room, this);
    return gone;
  }
  get #inboxes() {
    return this.#world.gateway.inboxes;
  }
}

const NONE: ReadonlySet<RoomId> = new Set();
