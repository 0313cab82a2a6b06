import { Fading } from "./fading.ts";
import type { Clock } from "./ports.ts";

/** So many at once after a pause, and so many a second on and on. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Milliseconds that sums of fractions may be off. */
const ROUNDING = 0.001;

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
    this.#fullAt = new Fading(this.#all);
  }

  /** Takes one token; where there is none, the milliseconds until there is, and nothing is taken. */
  take(key: string): number {
    const now = this.#clock.elapsed();
    const fullAt = Math.max(this.#fullAt.get(key, now) ?? now, now) + this.#each;
    const wait = fullAt - now - this.#all;
    if (wait > ROUNDING) return wait;
    this.#fullAt.set(key, fullAt, now);
    return 0;
  }

  /** Buckets that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }
}
