import type { Database } from "bun:sqlite";
import { limits } from "@snug/protocol";
import type { Clock } from "../../core/ports.ts";

interface Change {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (fault: unknown) => void;
}

export interface GroupCommitOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** The last work of each group. */
  readonly beforeCommit: () => void;
  /** The group is on disk; called before anyone is answered. */
  readonly onCommit: (changes: number, seconds: number) => void;
  /** Nothing of the group happened. */
  readonly onRollback: () => void;
  /** All were answered, and what they were told was sent: the time for what nobody waits for. */
  readonly afterwards: () => void;
}

/** A group this large gains nothing from waiting for more. */
const FULL_GROUP = 512;
/** Milliseconds. A fan-out this long is worth sharing. */
const LONG_FAN_OUT = 2;

/**
 * Gathers changes into one transaction, because the sync that makes it durable
 * costs the same for one change as for five hundred. It commits
 *
 * - at once, when nobody else is expected. Whoever was answered within the last
 *   window and has not sent again is expected, so senders who wait for their
 *   answers form one group, and a lone one never waits;
 * - a window after the last flush's end, when senders come and go without waiting, or
 *   when that flush's fan-out took long: all that arrive meanwhile share both.
 *
 * No change waits longer than `limits.commitWindowMs` for its commit to begin.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #begin;
  readonly #commit;

  #pending: Change[] = [];
  #senders = new Set<string>();
  /** Who was answered lately, and until when they are expected; oldest first. */
  readonly #expected = new Map<string, number>();
  #lastEnd = Number.NEGATIVE_INFINITY;
  #lastFanOut = 0;
  #scheduled: "no" | "window" | "soon" = "no";
  #cancelWindow = () => {};

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#begin = options.db.query("BEGIN IMMEDIATE");
    this.#commit = options.db.query("COMMIT");
  }

  /**
   * Runs `work` inside the next transaction, in the order of the calls, and
   * answers with its result after the commit. What `work` throws undoes that
   * change alone.
   */
  run<Value>(sender: string | null, work: () => Value): Promise<Value> {
    if (sender !== null) {
      this.#senders.add(sender);
      this.#expected.delete(sender);
    }
    return new Promise<Value>((resolve, reject) => {
      this.#pending.push({ work, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    this.#cancelWindow();
    this.#scheduled = "no";
    const changes = this.#pending;
    if (changes.length === 0) return;
    const senders = this.#senders;
    this.#pending = [];
    this.#senders = new Set();

    // What is told now is sent at the end of this turn, between these two calls.
    const { clock } = this.#options;
    let fanOutStart = 0;
    clock.soon(() => (fanOutStart = clock.elapsed()));
    if (!this.#commitAll(changes)) for (const change of changes) this.#commitAll([change]);
    clock.soon(() => {
      this.#lastEnd = clock.elapsed();
      this.#lastFanOut = this.#lastEnd - fanOutStart;
      this.#options.afterwards();
    });

    this.#lastEnd = clock.elapsed();
    const expectedUntil = this.#lastEnd + limits.commitWindowMs;
    for (const sender of senders) this.#expected.set(sender, expectedUntil);
  }

  #schedule(): void {
    if (this.#scheduled === "soon") return;
    const wait = this.#wait();
    if (wait <= 0) {
      this.#cancelWindow();
      this.#scheduled = "soon";
      this.#options.clock.soon(() => this.flush());
    } else if (this.#scheduled === "no") {
      this.#scheduled = "window";
      this.#cancelWindow = this.#options.clock.after(wait, () => this.flush());
    }
  }

  #wait(): number {
    if (this.#pending.length >= FULL_GROUP) return 0;
    const now = this.#options.clock.elapsed();
    for (const [sender, until] of this.#expected) {
      if (until > now) break;
      this.#expected.delete(sender);
    }
    if (this.#expected.size === 0 && this.#lastFanOut < LONG_FAN_OUT) return 0;
    return this.#lastEnd + limits.commitWindowMs - now;
  }

  /** False if nothing was done and each change should be tried alone. */
  #commitAll(changes: readonly Change[]): boolean {
    const { db, clock, beforeCommit, onCommit, onRollback } = this.#options;
    const start = clock.elapsed();
    const results: unknown[] = [];
    try {
      this.#begin.run();
      for (const change of changes) results.push(change.work());
      beforeCommit();
      this.#commit.run();
    } catch (fault) {
      onRollback();
      if (db.inTransaction) db.run("ROLLBACK");
      if (changes.length > 1) return false;
      for (const change of changes) change.reject(fault);
      return true;
    }
    onCommit(changes.length, (clock.elapsed() - start) / 1_000);
    for (const [index, change] of changes.entries()) change.resolve(results[index] as never);
    return true;
  }
}
