/** Keys of one age; with more, the older half is forgotten before its time. */
const MOST = 100_000;

/**
 * A map that forgets what was not set for `ms` (at twice that at the latest),
 * and keeps no more than it has room for. There is no timer: what is over is
 * let go of in two halves, by those who come later.
 */
export class Fading<Value> {
  readonly #ms: number;
  readonly #most: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(ms: number, most = MOST) {
    this.#ms = ms;
    this.#most = most;
  }

  /** @param now milliseconds that never go backwards, here and in `set` */
  get(key: string, now: number): Value | undefined {
    this.#turn(now);
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: Value, now: number): void {
    this.#turn(now);
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #turn(now: number): void {
    const age = now - this.#since;
    if (age < this.#ms && this.#young.size < this.#most) return;
    this.#old = age < 2 * this.#ms ? this.#young : new Map();
    this.#young = new Map();
    this.#since = now;
  }
}
