import { formatCursor, type Cursor, type RoomId } from "@snug/protocol";
import type { Clock, Slice, Store } from "../core/ports.ts";

interface Asked {
  readonly slice: Promise<Slice>;
  readonly read: () => void;
}

/** Reads in one turn of the loop, so that thousands who come back at once leave turns to everybody else. */
const PER_TURN = 16;

/**
 * The reads of the log for those who are behind. At once while there are few;
 * who has to wait for a turn shares the read with all who wait for the same
 * place: after a restart that is everybody in a room. It is read when its turn
 * comes, so it is as new for each of them as a read of their own.
 */
export class Histories implements Pick<Store, "read"> {
  readonly #store: Pick<Store, "read">;
  readonly #clock: Pick<Clock, "soon">;
  readonly #waiting = new Map<string, Asked>();
  #left = PER_TURN;

  constructor(store: Pick<Store, "read">, clock: Pick<Clock, "soon">) {
    this.#store = store;
    this.#clock = clock;
  }

  read(
    room: RoomId,
    after: Cursor | null,
    most: { events: number; bytes: number },
  ): Promise<Slice> {
    if (this.#left > 0) {
      if (this.#left-- === PER_TURN) this.#clock.soon(() => this.#turn());
      return this.#store.read(room, after, most);
    }
    const place = after === null ? "" : formatCursor(after.epoch, after);
    const key = JSON.stringify([room, place, most.events, most.bytes]);
    const same = this.#waiting.get(key);
    if (same) return same.slice;
    const { promise: slice, resolve } = Promise.withResolvers<Slice>();
    const read = () => resolve(this.#store.read(room, after, most));
    this.#waiting.set(key, { slice, read });
    return slice;
  }

  #turn(): void {
    this.#left = PER_TURN;
    for (const [key, { read }] of this.#waiting) {
      if (this.#left === 0) break;
      this.#waiting.delete(key);
      this.#left--;
      read();
    }
    if (this.#left < PER_TURN) this.#clock.soon(() => this.#turn());
  }
}
