import {
  formatCursor,
  limits,
  type Cursor,
  type Gap,
  type Position,
  type RoomId,
} from "@snug/protocol";
import type { Clock, Store, StoredEvent } from "../core/ports.ts";
import type { Batch } from "./batch.ts";
import type { Hub } from "./hub.ts";

/** Where a follower's events go. */
export interface Sink {
  /** Live events, encoded once for all. */
  batch(batch: Batch): void;
  /** Events from the log. */
  history(epoch: string, events: readonly StoredEvent[]): void;
  gap(gap: Gap): void;
  /**
   * `once`: at most `limits.resumeEvents` come inline, more are left to be paged.
   * `paced`: all are sent, as fast as `ready` says.
   */
  readonly catchUp: "once" | "paced";
  ready(): Promise<void>;
}

export interface FollowerWorld {
  readonly store: Pick<Store, "read">;
  readonly hub: Pick<Hub, "join">;
  readonly clock: Pick<Clock, "after">;
  readonly onGap: (reason: Gap["reason"]) => void;
  readonly onFault: (fault: unknown) => void;
}

/**
 * One connection's place in one room:
 *
 *     catching up ──(nothing newer than what was read)──▶ live
 *          ▲                                               │
 *          └───────(a batch that does not follow on)───────┘
 *
 * It joins the hub before it reads the log, and reads again while it hears of
 * newer events, so between log and live nothing is lost and nothing repeated.
 */
export class Follower {
  /** Resolves when what it missed was handed on for the first time, or could not be. */
  readonly begun: Promise<void>;
  readonly #world: FollowerWorld;
  readonly #room: RoomId;
  readonly #sink: Sink;
  readonly #leave: () => void;
  #state: "catching up" | "live" | "closed" = "catching up";
  /** What came so far came up to here. */
  #at: Cursor;
  /** The newest number heard of while catching up. */
  #newest = 0;
  #cancelRetry = () => {};

  constructor(world: FollowerWorld, room: RoomId, after: Cursor, sink: Sink) {
    this.#world = world;
    this.#room = room;
    this.#sink = sink;
    this.#at = after;
    this.#leave = world.hub.join(room, this);
    this.begun = this.#catchUp();
  }

  committed(batch: Batch): void {
    if (this.#state === "catching up") {
      this.#newest = batch.end.seq;
    } else if (batch.firstSeq === this.#at.seq + 1) {
      this.#at = batch.end;
      this.#sink.batch(batch);
    } else if (batch.end.seq > this.#at.seq) {
      this.#state = "catching up";
      this.#newest = batch.end.seq;
      void this.#catchUp();
    }
  }

  close(): void {
    this.#state = "closed";
    this.#cancelRetry();
    this.#leave();
  }

  #catchUp(): Promise<void> {
    return this.#readOn().catch((fault: unknown) => {
      this.#world.onFault(fault);
      if (this.#state === "closed") return;
      // The room stays open while the store is away; what is missed is read later.
      this.#cancelRetry = this.#world.clock.after(RETRY, () => void this.#catchUp());
    });
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const slice = await this.#world.store.read(this.#room, this.#at, MOST[this.#sink.catchUp]);
      if (this.#state === "closed") return;
      const { epoch, from, head, events } = slice;
      if (slice.gap !== null) this.#gap(formatCursor(epoch, from), slice.gap);
      this.#moveTo(epoch, from);

      const reached = events.at(-1) ?? from;
      if (this.#sink.catchUp === "once" && reached.seq < head.seq) {
        this.#gap(formatCursor(epoch, head), "too_far");
        this.#moveTo(epoch, head);
      } else if (events.length > 0) {
        this.#sink.history(epoch, events);
        this.#moveTo(epoch, reached);
      }
      if (this.#at.seq >= Math.max(head.seq, this.#newest)) break;
      await this.#sink.ready();
      if (this.#isClosed()) return;
    }
    this.#state = "live";
  }

  #moveTo(epoch: string, { seq, id }: Position): void {
    this.#at = { epoch, seq, id };
  }

  // A method, because the compiler does not see that an await lets the state change.
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #gap(next: string, reason: Gap["reason"]): void {
    this.#world.onGap(reason);
    this.#sink.gap({ after: formatCursor(this.#at.epoch, this.#at), next, reason });
  }
}

const RETRY = 1_000;
const MOST = {
  once: { events: limits.resumeEvents, bytes: limits.resumeBytes },
  paced: { events: limits.pageMax, bytes: limits.resumeBytes },
};
