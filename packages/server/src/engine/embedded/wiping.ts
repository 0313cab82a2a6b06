import type { Clock } from "../../core/ports.ts";

/** Milliseconds between two wipes; those between share the next. */
const PACE = 250;
/** Milliseconds until one that failed is tried again. */
const RETRY = 1_000;

/** Has what was erased wiped from the disk: at once, or with others soon; again, until it is done. */
export class Wiping {
  readonly #wipe: () => void;
  readonly #clock: Clock;
  readonly #onFault: (fault: unknown) => void;
  #cancel: (() => void) | null = null;
  #closed = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(wipe: () => void, clock: Clock, onFault: (fault: unknown) => void) {
    this.#wipe = wipe;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  soon(): void {
    if (this.#cancel || this.#closed) return;
    const wait = this.#last + PACE - this.#clock.elapsed();
    if (wait > 0) this.#cancel = this.#clock.after(wait, () => this.#now());
    else this.#now();
  }

  /** Whoever closes the log empties it: what was asked for just before needs no wipe of its own. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #now(): void {
    this.#cancel = null;
    try {
      this.#wipe();
    } catch (fault) {
      this.#cancel = this.#clock.after(RETRY, () => this.#now());
      this.#onFault(fault);
    }
    this.#last = this.#clock.elapsed();
  }
}
