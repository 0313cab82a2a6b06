import type { Clock } from "./clock.ts";
import { once } from "./store.ts";

/** Milliseconds that work goes on after its last holder left: a view that is drawn anew, a change of page. */
const GRACE = 1_000;

/** Work that starts with its first holder and ends some time after its last. */
export class Lease {
  readonly #clock: Clock;
  readonly #start: () => () => void;
  #holders = 0;
  #stop: (() => void) | null = null;
  #cancelEnd = () => {};
  #closed = false;

  constructor(clock: Clock, start: () => () => void) {
    this.#clock = clock;
    this.#start = start;
  }

  hold = (): (() => void) => {
    this.#holders++;
    this.#cancelEnd();
    if (!this.#closed) this.#stop ??= this.#start();
    return once(() => {
      this.#holders--;
      if (this.#holders === 0 && this.#stop) {
        this.#cancelEnd = this.#clock.after(GRACE, () => this.#end());
      }
    });
  };

  get isHeld(): boolean {
    return this.#stop !== null;
  }

  /** Ends it now, for good. */
  close(): void {
    this.#closed = true;
    this.#cancelEnd();
    this.#end();
  }

  #end(): void {
    const stop = this.#stop;
    this.#stop = null;
    stop?.();
  }
}
