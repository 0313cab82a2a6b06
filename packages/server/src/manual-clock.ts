import type { Clock } from "./core/ports.ts";

/** A clock that stands still until a test moves it. Timers fire in the order of their times. */
export class ManualClock implements Clock {
  #elapsed = 0;
  #timers: { at: number; callback: () => void }[] = [];
  #soon: (() => void)[] = [];

  now = () => 1_700_000_000_000 + this.#elapsed;
  elapsed = () => this.#elapsed;

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** How many timers are still set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Ends this turn of the loop: what was put off until now is done, in order. */
  turn(): void {
    for (let callback = this.#soon.shift(); callback; callback = this.#soon.shift()) callback();
  }

  /** Time passes while something else keeps the loop busy: no timer fires. */
  pass(ms: number): void {
    this.#elapsed += ms;
  }

  /** Time passes, and timers that are due fire on the way. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    this.turn();
    for (;;) {
      const [due] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#elapsed = Math.max(this.#elapsed, due.at);
      due.callback();
      this.turn();
    }
    this.#elapsed = Math.max(this.#elapsed, end);
  }
}
