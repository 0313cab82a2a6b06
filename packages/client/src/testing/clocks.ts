import type { Clock } from "../clock.ts";

/** Stands still until it is moved; timers fire in the order of their times. */
export class ManualClock implements Clock {
  chance = 0.5;
  #now = 1_700_000_000_000;
  #timers: { at: number; callback: () => void }[] = [];

  now = () => this.#now;
  random = () => this.chance;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  };

  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer. */
  get next(): number | undefined {
    return this.#timers.map(({ at }) => at - this.#now).toSorted((one, other) => one - other)[0];
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [due] = this.#timers
        .filter(({ at }) => at <= end)
        .toSorted((one, other) => one.at - other.at);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }
}

/** Real time, only faster, so that no test waits for a back-off; it knows what is still set. */
export class FastClock implements Clock {
  /** How much faster. */
  readonly speed: number;
  /** Added to what the device takes for the time. */
  skew = 0;
  readonly #pending = new Set<object>();
  readonly #start = Date.now();

  constructor(speed = 10) {
    this.speed = speed;
  }

  now = () => this.#start + (Date.now() - this.#start) * this.speed + this.skew;
  /** No spread: the shortest waits there are. */
  random = () => 0;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      callback();
    }, ms / this.speed);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  };

  get pending(): number {
    return this.#pending.size;
  }
}
