import type { RoomId, UserId } from "@snug/protocol";
import { toRoom } from "../core/place.ts";
import type { Clock, Reading, ReadStore, RoomStore } from "../core/ports.ts";
import { Pace } from "./pace.ts";

/** One connection's list of rooms, as whoever sweeps through all of them sees it. */
export interface Listed {
  readonly user: UserId;
  /** These rooms moved on. */
  moved(rooms: Moved, readings: Readings): void;
}

/** Rooms as JSON, encoded once for all. */
export type Moved = ReadonlyMap<RoomId, string>;
/** How far those who are told have read. */
export type Readings = ReadonlyMap<RoomId, ReadonlyMap<UserId, Reading>>;

export interface InboxesWorld {
  readonly clock: Clock;
  readonly store: Pick<RoomStore, "room"> & Pick<ReadStore, "readingsIn">;
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two sweeps; more than an inbox rests, so that none is found resting. */
const PACE = 1_050;
/** Inboxes that are told in one turn: what is sent meanwhile to others must not wait. */
const IN_A_TURN = 50;
/** A sweep is followed by so many times as long without one. */
const REST = 15;

/** Which rooms are in whose inbox. What moves a room is noted, and told to all of them in one sweep. */
export class Inboxes {
  readonly #world: InboxesWorld;
  readonly #byRoom = new Map<RoomId, Set<Listed>>();
  readonly #moved = new Set<RoomId>();
  readonly #notes = new Set<Set<RoomId>>();
  readonly #pace: Pace;

  constructor(world: InboxesWorld) {
    this.#world = world;
    this.#pace = new Pace(world, PACE, () => this.#sweep());
  }

  add(room: RoomId, inbox: Listed): void {
    const all = this.#byRoom.get(room) ?? new Set();
    this.#byRoom.set(room, all.add(inbox));
  }

  delete(room: RoomId, inbox: Listed): void {
    const all = this.#byRoom.get(room);
    all?.delete(inbox);
    if (all?.size === 0) this.#byRoom.delete(room);
  }

  /** Something happened in this room. */
  moved(room: RoomId): void {
    for (const note of this.#notes) note.add(room);
    if (!this.#byRoom.has(room)) return;
    this.#moved.add(room);
    this.#pace.due();
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
    return this.#byRoom.has(room);
  }

  /** Who has this room in a list that is being watched. */
  usersIn(room: RoomId): ReadonlySet<UserId> {
    return new Set(Array.from(this.#byRoom.get(room) ?? [], ({ user }) => user));
  }

  close(): void {
    this.#pace.close();
  }

  async #sweep(): Promise<void> {
    const { clock } = this.#world;
    const begun = clock.elapsed();
    const moved = [...(await this.#takeMoved())];
    for (let from = 0; from < moved.length; from += IN_A_TURN) {
      const some = moved.slice(from, from + IN_A_TURN);
      const readings = await this.#readings(some);
      // At once: what was read must not be told after something newer.
      for (const [inbox, rooms] of some) inbox.moved(rooms, readings);
      await new Promise<void>((resume) => clock.soon(resume));
    }
    this.#pace.rest((clock.elapsed() - begun) * REST);
  }

  async #readings(some: readonly (readonly [Listed, Moved])[]): Promise<Readings> {
    const users = new Map<RoomId, Set<UserId>>();
    for (const [{ user }, rooms] of some)
      for (const room of rooms.keys()) users.set(room, (users.get(room) ?? new Set()).add(user));
    const readings = new Map<RoomId, ReadonlyMap<UserId, Reading>>();
    for (const [room, all] of users)
      readings.set(room, await this.#world.store.readingsIn(room, [...all]));
    return readings;
  }

  /** By inbox, the rooms of it that moved. */
  async #takeMoved(): Promise<Map<Listed, Map<RoomId, string>>> {
    const moved = new Map<Listed, Map<RoomId, string>>();
    const rooms = [...this.#moved];
    this.#moved.clear();
    for (const id of rooms) {
      const room = await this.#world.store.room(id);
      if (room === null) continue;
      const json = JSON.stringify(toRoom(room));
      for (const inbox of this.#byRoom.get(id) ?? []) {
        const theirs = moved.get(inbox) ?? new Map<RoomId, string>();
        moved.set(inbox, theirs.set(id, json));
      }
    }
    return moved;
  }
}
