import type { Clock } from "../core/ports.ts";

export interface PaceWorld {
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
}

/** Work that begins once in so many milliseconds at most: at once after a pause, and never twice at a time. */
export class Pace {
  readonly #world: PaceWorld;
  readonly #ms: number;
  readonly #work: () => Promise<void>;
  #readyAt = Number.NEGATIVE_INFINITY;
  #timer: { at: number; cancel: () => void } | null = null;
  /** When it is wanted again that is under way. */
  #again = Number.POSITIVE_INFINITY;
  #isBusy = false;
  #isClosed = false;

  constructor(world: PaceWorld, ms: number, work: () => Promise<void>) {
    this.#world = world;
    this.#ms = ms;
    this.#work = work;
  }

  /** It is to be done as soon as may be. */
  due(): void {
    this.at(Number.NEGATIVE_INFINITY);
  }

  /** It is to be done then, or as soon after it as may be. */
  at(time: number): void {
    if (this.#isBusy) this.#again = Math.min(this.#again, time);
    if (this.#isBusy || this.#isClosed || time === Number.POSITIVE_INFINITY) return;
    const at = Math.max(time, this.#readyAt);
    if (this.#timer !== null && this.#timer.at <= at) return;
    this.#timer?.cancel();
    this.#timer = { at, cancel: this.#wait(at - this.#world.clock.elapsed()) };
  }

  /** It begins in this turn. For the first time only: nothing is under way, and nothing planned. */
  begin(): void {
    void this.#begin();
  }

  /** It is begun by hand, if it may be just now: then it counts as begun. */
  take(): boolean {
    const now = this.#world.clock.elapsed();
    if (this.#isBusy || this.#isClosed || this.#timer !== null || now < this.#readyAt) return false;
    this.#readyAt = now + this.#ms;
    return true;
  }

  /** Until it begins again at least so long passes. */
  rest(ms: number): void {
    this.#readyAt = Math.max(this.#readyAt, this.#world.clock.elapsed() + ms);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #wait(ms: number): () => void {
    if (ms > 0) return this.#world.clock.after(Math.ceil(ms), () => void this.#begin());
    let isWanted = true;
    this.#world.clock.soon(() => {
      if (isWanted) void this.#begin();
    });
    return () => (isWanted = false);
  }

  async #begin(): Promise<void> {
    this.#timer = null;
    this.#readyAt = this.#world.clock.elapsed() + this.#ms;
    this.#again = Number.POSITIVE_INFINITY;
    this.#isBusy = true;
    await this.#work().catch(this.#world.onFault);
    this.#isBusy = false;
    this.at(this.#again);
  }
}
