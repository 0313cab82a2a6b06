import type { Clock } from "./clock.ts";
import { once } from "./store.ts";

/** Milliseconds that work goes on after its last holder left: a view that is drawn anew, a change of page. */
const GRACE = 1_000;

/** Work that starts with its first holder and ends some time after its last. */
export class Lease {
  readonly #clock: Clock;
  readonly #start: () => () => void;
  #holders = 0;
  #works = false;
  #stop = () => {};
  #cancelEnd = () => {};
  #closed = false;

  constructor(clock: Clock, start: () => () => void) {
    this.#clock = clock;
    this.#start = start;
  }

  hold = (): (() => void) => {
    this.#holders++;
    this.#cancelEnd();
    if (!this.#works && !this.#closed) this.#begin();
    return once(() => {
      this.#holders--;
      if (this.#holders === 0 && this.#works) {
        this.#cancelEnd = this.#clock.after(GRACE, () => this.#end());
      }
    });
  };

  /** Ends it now, for good. */
  close(): void {
    this.#closed = true;
    this.#cancelEnd();
    this.#end();
  }

  #begin(): void {
    // Said before it is done: whoever hears of the start may hold, let go or close at once.
    this.#works = true;
    const stop = this.#start();
    if (this.#closed) stop();
    else this.#stop = stop;
  }

  #end(): void {
    const stop = this.#stop;
    this.#works = false;
    this.#stop = () => {};
    stop();
  }
}
