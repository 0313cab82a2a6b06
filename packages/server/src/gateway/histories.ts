import { formatCursor, type Cursor, type RoomId } from "@snug/protocol";
import type { Clock, Slice, Store } from "../core/ports.ts";
import { Batch } from "./batch.ts";

/** What was read for one or for many. */
export interface History extends Slice {
  /** Its events, encoded once for all of them; `null` where there are none. */
  readonly batch: Batch | null;
}

interface Asked {
  readonly history: Promise<History>;
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
export class Histories {
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
  ): Promise<History> {
    if (this.#left > 0) {
      if (this.#left-- === PER_TURN) this.#clock.soon(() => this.#turn());
      return this.#read(room, after, most);
    }
    const place = after === null ? "" : formatCursor(after.epoch, after);
    const key = JSON.stringify([room, place, most.events, most.bytes]);
    const same = this.#waiting.get(key);
    if (same) return same.history;
    const { promise: history, resolve } = Promise.withResolvers<History>();
    const read = () => resolve(this.#read(room, after, most));
    this.#waiting.set(key, { history, read });
    return history;
  }

  async #read(...[room, ...how]: Parameters<Store["read"]>): Promise<History> {
    return toHistory(room, await this.#store.read(room, ...how));
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

export function toHistory(room: RoomId, slice: Slice): History {
  const { epoch, from, events } = slice;
  return { ...slice, batch: events.length > 0 ? new Batch(room, epoch, from, events) : null };
}
