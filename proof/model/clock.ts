import type { Clock } from "../../packages/server/src/core/ports.ts";

const MOST_SKIPS = 1_000;

/** Time stands still until nothing else is left to do; then it goes on to the next timer. */
export class ModelClock implements Clock {
  #wall = 1_700_000_000_000;
  #elapsed = 0;
  #timers: { at: number; callback: () => void }[] = [];
  #soon: (() => void)[] = [];

  now = () => this.#wall + this.#elapsed;
  elapsed = () => this.#elapsed;

  /** The wall clock is set to something else. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** Lets all that can go on go on, until `isDone` and nothing is put off any more. */
  async settle(isDone: () => boolean): Promise<void> {
    for (let skips = 0; skips < MOST_SKIPS;) {
      await turnOfTheLoop();
      if (this.#soon.length > 0) {
        this.turn();
      } else {
        if (isDone()) return;
        this.#skip();
        skips++;
      }
    }
    throw new Error("something never ends, however many timers go off");
  }

  /** One turn: what was put off until now is done. */
  turn(): void {
    for (const callback of this.#soon.splice(0)) callback();
  }

  #skip(): void {
    const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) return;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#elapsed = Math.max(this.#elapsed, next.at);
    next.callback();
  }
}

/** All promises that can be kept by now are. */
export const turnOfTheLoop = () => new Promise<void>((resume) => setImmediate(resume));
