import type { Clock } from "./clock.ts";
import { once, whileNeeded } from "./store.ts";

/** Milliseconds that work goes on after its last holder left: a view that is drawn anew, a change of page. */
const GRACE = 1_000;

/** Work that starts with its first holder and ends some time after its last. */
export class Lease {
  readonly #clock: Clock;
  readonly #work: (isNeeded: boolean) => void;
  #holders = 0;
  #cancelEnd = () => {};
  #closed = false;

  constructor(clock: Clock, start: () => () => void) {
    this.#clock = clock;
    this.#work = whileNeeded(start);
  }

  hold = (): (() => void) => {
    this.#holders++;
    this.#cancelEnd();
    if (!this.#closed) this.#work(true);
    return once(() => {
      if (--this.#holders > 0 || this.#closed) return;
      this.#cancelEnd = this.#clock.after(GRACE, () => this.#work(false));
    });
  };

  /** Ends it now, for good. */
  close(): void {
    this.#closed = true;
    this.#cancelEnd();
    this.#work(false);
  }
}
