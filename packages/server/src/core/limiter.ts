import { Fading } from "./fading.ts";
import type { Clock } from "./ports.ts";

/** So many at once after a pause, and so many a second on and on. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Milliseconds that sums of fractions may be off. */
const ROUNDING = 0.001;
/** Bursts that a bucket may be short of by what was taken on other nodes in the same moment. */
const SHORT = 3;

/**
 * Token buckets, one for each key. A bucket is one number, the time when it
 * will be full again, so taking from one allocates nothing; one that is full
 * is the same as none, and is forgotten.
 */
export class Limiter {
  readonly #clock: Pick<Clock, "elapsed">;
  /** Milliseconds for one more token, and for all. */
  readonly #each: number;
  readonly #all: number;
  readonly #fullAt: Fading<number>;

  constructor(clock: Pick<Clock, "elapsed">, { perSecond, burst }: Rate) {
    this.#clock = clock;
    this.#each = 1_000 / perSecond;
    this.#all = this.#each * burst;
    this.#fullAt = new Fading(this.#all * (1 + SHORT));
  }

  /** Takes one token; where there is none, the milliseconds until there is, and nothing is taken. */
  take(key: string): number {
    const now = this.#clock.elapsed();
    const fullAt = this.#when(key, now) + this.#each;
    const wait = fullAt - now - this.#all;
    if (wait > ROUNDING) return wait;
    this.#fullAt.set(key, fullAt, now);
    return 0;
  }

  /** So many were taken on another node. */
  takeElsewhere(key: string, count: number): void {
    const now = this.#clock.elapsed();
    const fullAt = this.#when(key, now) + this.#each * count;
    this.#fullAt.set(key, Math.min(fullAt, now + this.#all * (1 + SHORT)), now);
  }

  /** Which part of the burst is missing just now. */
  lack(key: string): number {
    const now = this.#clock.elapsed();
    return (this.#when(key, now) - now) / this.#all;
  }

  /** Buckets that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  #when(key: string, now: number): number {
    return Math.max(this.#fullAt.get(key, now) ?? now, now);
  }
}
