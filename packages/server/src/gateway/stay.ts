import type { RoomId, UserId } from "@snug/protocol";
import type { Signal, Viewer } from "./signal.ts";

/** What a stay tells of itself. */
export interface StayWorld {
  entered(room: RoomId, stay: Stay): void;
  /** `atOnce`: nobody waits whether they come back. */
  exited(room: RoomId, stay: Stay, atOnce: boolean): void;
  awayChanged(stay: Stay): void;
  watches(stay: Stay): void;
  over(stay: Stay, atOnce: boolean): void;
}

/**
 * One connection of somebody's, or all of theirs on another node, as far as
 * others see it: that it is there, and which rooms it has open.
 */
export class Stay {
  readonly user: UserId;
  /** Who is told of others; `null`: another node does that. */
  readonly viewer: Viewer | null;
  readonly #world: StayWorld;
  readonly #rooms = new Set<RoomId>();
  #isAway = false;
  #isOver = false;

  /** @param signal hands on what is said to this connection; false if it was shed */
  constructor(world: StayWorld, user: UserId, signal: ((signal: Signal) => boolean) | null) {
    this.#world = world;
    this.user = user;
    this.viewer = signal && { user, signal };
  }

  /** Also what is open already: then who is there is told anew. */
  open(room: RoomId): void {
    if (this.#isOver) return;
    this.#rooms.add(room);
    this.#world.entered(room, this);
  }

  close(room: RoomId): void {
    this.#exit(room, false);
  }

  /** They may not be in this room any more. */
  lose(room: RoomId): void {
    this.#exit(room, true);
  }

  get rooms(): ReadonlySet<RoomId> {
    return this.#rooms;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  setAway(isAway: boolean): void {
    if (isAway === this.#isAway || this.#isOver) return;
    this.#isAway = isAway;
    this.#world.awayChanged(this);
  }

  /** From now on they are told how those are whom they share a room with. */
  watch(): void {
    if (!this.#isOver) this.#world.watches(this);
  }

  /** The connection is closed; they may be back in a moment. Safe to call twice. */
  leave(): void {
    this.#end(false);
  }

  /** The same, and they will not be back. */
  end(): void {
    this.#end(true);
  }

  #exit(room: RoomId, atOnce: boolean): void {
    if (this.#rooms.delete(room)) this.#world.exited(room, this, atOnce);
  }

  #end(atOnce: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const room of this.#rooms) this.#world.exited(room, this, atOnce);
    this.#rooms.clear();
    this.#world.over(this, atOnce);
  }
}
