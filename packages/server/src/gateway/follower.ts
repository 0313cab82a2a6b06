import {
  formatCursor,
  limits,
  type Cursor,
  type Gap,
  type Position,
  type RoomId,
} from "@snug/protocol";
import type { Clock } from "../core/ports.ts";
import type { Batch } from "./batch.ts";
import type { Histories } from "./histories.ts";
import type { Hub } from "./hub.ts";

/** Where a follower's events go. */
export interface Sink {
  /** Live events, encoded once for all. */
  batch(batch: Batch): void;
  /** Events from the log. */
  history(batch: Batch): void;
  gap(gap: Gap): void;
  /**
   * `once`: at most `limits.resumeEvents` come inline, more are left to be paged.
   * `paced`: all are sent, as fast as `ready` says.
   */
  readonly catchUp: "once" | "paced";
  ready(): Promise<void>;
}

export interface FollowerWorld {
  readonly histories: Pick<Histories, "read">;
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
 * What comes live follows on only from the very event that came last: a store that
 * lost some gives their numbers out anew. Then the log says what the gap is.
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
  /** The newest place heard of while catching up. */
  #newest: Cursor | null = null;
  /** The log is to be looked at once more, whatever was heard of. */
  #isStale = false;
  #cancelRetry: (() => void) | null = null;

  constructor(world: FollowerWorld, room: RoomId, after: Cursor, sink: Sink) {
    this.#world = world;
    this.#room = room;
    this.#sink = sink;
    this.#at = after;
    this.#leave = world.hub.join(room, this);
    this.begun = this.#catchUp();
  }

  committed(batch: Batch): void {
    const { end, from } = batch;
    if (this.#state === "catching up") {
      this.#newest = end;
    } else if (this.#isAt(end.epoch, from)) {
      this.#at = end;
      this.#sink.batch(batch);
    } else if (!this.#isPast(end)) {
      this.lookAgain();
      this.#newest = end;
    }
  }

  /** The log may not be the one that was followed, nor what was heard of come to be in it. */
  lookAgain(): void {
    if (this.#state === "catching up") this.#forgetNewest();
    if (this.#state !== "live") return;
    this.#state = "catching up";
    void this.#catchUp();
  }

  close(): void {
    this.#state = "closed";
    this.#cancelRetry?.();
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
      this.#isStale = false;
      const most = MOST[this.#sink.catchUp];
      const history = await this.#world.histories.read(this.#room, this.#at, most);
      if (this.#state === "closed") return;
      const { epoch, from, head, batch, gap } = history;
      if (gap !== null) this.#gap(formatCursor(epoch, from), gap);
      if (gap === "rewritten" || gap === "new_log") this.#forgetNewest();
      this.#moveTo(epoch, from);

      const reached = batch?.end ?? from;
      if (this.#sink.catchUp === "once" && reached.seq < head.seq) {
        this.#gap(formatCursor(epoch, head), "too_far");
        this.#moveTo(epoch, head);
      } else if (batch !== null) {
        this.#at = batch.end;
        this.#sink.history(batch);
      }
      if (this.#at.seq >= head.seq && this.#hasHeard()) break;
      await this.#sink.ready();
      if (this.#isClosed()) return;
    }
    this.#state = "live";
  }

  #moveTo(epoch: string, { seq, id }: Position): void {
    this.#at = { epoch, seq, id };
  }

  #isAt(epoch: string, { seq, id }: Position): boolean {
    return epoch === this.#at.epoch && seq === this.#at.seq && id === this.#at.id;
  }

  /** Whether that place was come by, or is where it is. */
  #isPast(place: Cursor): boolean {
    const { epoch, seq } = place;
    return this.#isAt(epoch, place) || (epoch === this.#at.epoch && seq < this.#at.seq);
  }

  // Methods, because the compiler does not see that an await lets these change.
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #hasHeard(): boolean {
    if (this.#newest !== null && this.#newest.epoch !== this.#at.epoch) this.#forgetNewest();
    return !this.#isStale && (this.#newest === null || this.#isPast(this.#newest));
  }

  /** It may be of a log that is no more, or of this one: one more look tells all that was told by now. */
  #forgetNewest(): void {
    this.#newest = null;
    this.#isStale = true;
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
