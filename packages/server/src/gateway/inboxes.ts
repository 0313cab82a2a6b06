import type { RoomId, UserId } from "@snug/protocol";
import { toRoom } from "../core/place.ts";
import type { Clock, Reading, ReadStore, RoomStore } from "../core/ports.ts";
import { Pace } from "./pace.ts";

/** One connection's list of rooms, as whoever tells all of them sees it. */
export interface Listed {
  readonly user: UserId;
  /** A room moved on: it as JSON, encoded once for all, and what is unread in it. Told with `tell`. */
  moved(room: RoomId, json: string, reading: Reading): void;
  tell(): void;
}

export interface InboxesWorld {
  readonly clock: Clock;
  readonly store: Pick<RoomStore, "room"> & Pick<ReadStore, "readingsIn">;
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two beats; more than an inbox rests, so that none is found resting. */
const PACE = 1_050;
/** Milliseconds of reading in one turn: what is sent meanwhile to others must not wait. */
const TURN = 2;
/** Milliseconds in which what moved is gathered: of all cheap rooms an inbox is told in one frame. */
const GATHER = 100;
/** Inboxes that are read for at once at most, however quick that is. */
const READ = 100;
/** Inboxes that are told in one turn. */
const TOLD = 50;
/** A turn of reading is followed by so many times as long without any. */
const PAUSE = 3;
/** And all reading for one room by so many times as long without that room. */
const REST = 15;
/** Milliseconds until what failed is tried again. */
const RETRY = 2_000;

/** A room that is in somebody's list. */
interface ListedRoom {
  readonly id: RoomId;
  readonly inboxes: Set<Listed>;
  /** Those that are to be told of it still. */
  left: Listed[];
  /** So many of them can be read for in one turn, by how long the last ones held others up. */
  some: number;
  /** Milliseconds that it took so far. */
  took: number;
  /** When it may be told of again; never while it is. */
  readyAt: number;
}

/**
 * Which rooms are in whose inbox. What moves a room is noted, and told at the
 * next beat to all who list it: a few for one room, then a few for the next, so
 * that no room waits until a dear one is done with.
 */
export class Inboxes {
  readonly #world: InboxesWorld;
  readonly #rooms = new Map<RoomId, ListedRoom>();
  readonly #moved = new Set<ListedRoom>();
  readonly #notes = new Set<Set<RoomId>>();
  readonly #beat: Pace;
  /** Rooms that are being told of; whose turn it is first. */
  readonly #telling: ListedRoom[] = [];
  readonly #gathered = new Set<Listed>();
  #isBusy = false;
  #isClosed = false;

  constructor(world: InboxesWorld) {
    this.#world = world;
    this.#beat = new Pace(world, PACE, async () => this.#begin());
  }

  add(room: RoomId, inbox: Listed): void {
    const listed = this.#rooms.get(room) ?? newlyListed(room);
    this.#rooms.set(room, listed);
    listed.inboxes.add(inbox);
  }

  delete(room: RoomId, inbox: Listed): void {
    const listed = this.#rooms.get(room);
    if (!listed?.inboxes.delete(inbox) || listed.inboxes.size > 0) return;
    this.#rooms.delete(room);
    this.#moved.delete(listed);
  }

  /** Something happened in this room. */
  moved(room: RoomId): void {
    for (const note of this.#notes) note.add(room);
    const listed = this.#rooms.get(room);
    if (listed === undefined) return;
    this.#moved.add(listed);
    this.#beat.at(listed.readyAt);
  }

  /** Notes all rooms that move from now on, until it is asked which. */
  noteMoves(): () => ReadonlySet<RoomId> {
    const note = new Set<RoomId>();
    this.#notes.add(note);
    return () => {
      this.#notes.delete(note);
      return note;
    };
  }

  /** Whether anybody has this room in a list that is being watched. */
  has(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** Who has this room in a list that is being watched. */
  usersIn(room: RoomId): ReadonlySet<UserId> {
    return new Set(Array.from(this.#rooms.get(room)?.inboxes ?? [], ({ user }) => user));
  }

  close(): void {
    this.#isClosed = true;
    this.#beat.close();
  }

  #begin(): void {
    const now = this.#world.clock.elapsed();
    for (const room of this.#moved) {
      if (room.readyAt > now) {
        this.#beat.at(room.readyAt);
        continue;
      }
      this.#moved.delete(room);
      Object.assign(room, { left: [...room.inboxes], took: 0, readyAt: Number.POSITIVE_INFINITY });
      this.#telling.push(room);
    }
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    const { clock } = this.#world;
    this.#isBusy = true;
    while (this.#goesOn) {
      const until = clock.elapsed() + GATHER;
      while (this.#goesOn && clock.elapsed() < until) await this.#readInOneTurn();
      await this.#tellGathered();
    }
    this.#isBusy = false;
  }

  get #goesOn(): boolean {
    return this.#telling.length > 0 && !this.#isClosed;
  }

  async #readInOneTurn(): Promise<void> {
    const { clock, onFault } = this.#world;
    const begun = clock.elapsed();
    do {
      const room = this.#telling.shift();
      if (room === undefined) break;
      try {
        await this.#readSome(room);
        if (room.left.length > 0) this.#telling.push(room);
        else room.readyAt = clock.elapsed() + room.took * REST;
      } catch (fault) {
        onFault(fault);
        this.#moved.add(room);
        room.readyAt = clock.elapsed() + RETRY;
      }
      if (this.#moved.has(room)) this.#beat.at(room.readyAt);
    } while (clock.elapsed() - begun < TURN);
    await this.#rest((clock.elapsed() - begun) * PAUSE);
  }

  async #readSome(room: ListedRoom): Promise<void> {
    const { clock, store } = this.#world;
    const begun = clock.elapsed();
    // A store that is elsewhere is waited for, and holds nobody up meanwhile.
    let held: number | null = null;
    clock.soon(() => (held = clock.elapsed() - begun));
    const inboxes = room.left.splice(0, room.some);
    const users = new Set(inboxes.map(({ user }) => user));
    const [record, readings] = await Promise.all([
      store.room(room.id),
      store.readingsIn(room.id, [...users]),
    ]);
    // It is gone, for all who have it.
    if (record === null) return void (room.left.length = 0);
    const json = JSON.stringify(toRoom(record));
    // At once: what was read must not be told after something newer.
    for (const inbox of inboxes) {
      const reading = readings.get(inbox.user);
      if (reading === undefined) continue;
      inbox.moved(room.id, json, reading);
      this.#gathered.add(inbox);
    }
    const took = clock.elapsed() - begun;
    room.took += took;
    const growth = Math.min(2, TURN / (held ?? took));
    room.some = Math.min(READ, Math.max(1, Math.ceil(inboxes.length * growth)));
  }

  async #tellGathered(): Promise<void> {
    const all = [...this.#gathered];
    this.#gathered.clear();
    for (let from = 0; from < all.length; from += TOLD) {
      for (const inbox of all.slice(from, from + TOLD)) inbox.tell();
      await this.#rest(0);
    }
  }

  #rest(ms: number): Promise<void> {
    const { clock } = this.#world;
    return new Promise((resume) => void (ms < 1 ? clock.soon(resume) : clock.after(ms, resume)));
  }
}

function newlyListed(id: RoomId): ListedRoom {
  return {
    id,
    inboxes: new Set(),
    left: [],
    some: 1,
    took: 0,
    readyAt: Number.NEGATIVE_INFINITY,
  };
}
