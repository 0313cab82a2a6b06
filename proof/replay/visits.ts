import type { Run } from "./run.ts";

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 400;

/**
 * Keeps somebody connected: visits again and again, a short random pause apart, until the run ends.
 * A visit lasts as long as its connection; it answers whether it got in, and never rejects.
 */
export class Visits {
  readonly #run: Run;
  readonly #visit: (cut: AbortSignal) => Promise<boolean>;
  #current: AbortController | undefined;
  #absence: PromiseWithResolvers<void> | undefined;
  /** Resolves when the run has ended and the last visit is over. */
  readonly over: Promise<void>;

  constructor(run: Run, visit: (cut: AbortSignal) => Promise<boolean>) {
    this.#run = run;
    this.#visit = visit;
    run.ended.addEventListener("abort", () => {
      this.back();
      this.#current?.abort();
    });
    this.over = this.#keepVisiting();
  }

  /** Cuts the connection, in the middle of whatever it does, and stays away until `back`. */
  cut(): void {
    this.#absence ??= Promise.withResolvers<void>();
    this.#current?.abort();
  }

  back(): void {
    this.#absence?.resolve();
    this.#absence = undefined;
  }

  async #keepVisiting(): Promise<void> {
    let misses = 0;
    while (!this.#run.ended.aborted) {
      if (this.#absence) {
        await this.#absence.promise;
        continue;
      }
      this.#current = new AbortController();
      const gotIn = await this.#visit(this.#current.signal);
      this.#current = undefined;
      misses = gotIn ? 0 : misses + 1;
      if (this.#run.ended.aborted) return;
      const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** misses);
      await Bun.sleep(longest * (0.5 + this.#run.chance.next() / 2));
    }
  }
}
