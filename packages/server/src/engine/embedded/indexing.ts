import type { Clock } from "../../core/ports.ts";
import type { SearchIndex } from "./search-index.ts";

/** Events of one step, which are worth one: each rewrites much of a block, however few they are. */
const STEP = 512;
/** Milliseconds between two steps. */
const PACE = 100;
/** While nothing is said, a step is followed by so many times as long without one. */
const REST = 2;
/** With so many more since the last step, they are stored first and indexed later. */
const FLOOD = 500;
/** Milliseconds until a step that failed is tried again. */
const RETRY = 1_000;
/** Events that a search can read after the mark; with more, a server that starts indexes them first. */
const BACKLOG = 4_000;

export interface IndexingOptions {
  /** After each step. */
  readonly onStep: () => void;
  /** What is gone is out of the index, and may be wiped from the disk. */
  readonly onDropped: () => void;
  readonly onFault: (fault: unknown) => void;
}

/** Keeps the search index not far behind the log, and takes out of it at once what is gone. */
export class Indexing {
  readonly #index: Pick<SearchIndex, "work" | "step">;
  readonly #clock: Clock;
  readonly #options: IndexingOptions;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(index: Pick<SearchIndex, "work" | "step">, clock: Clock, options: IndexingOptions) {
    this.#index = index;
    this.#clock = clock;
    this.#options = options;
  }

  /** A data folder that never had an index is ready when it has one. */
  start(): void {
    try {
      while (this.#index.work.pending > BACKLOG) this.#step(BACKLOG);
      this.look();
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  /** To be called after commits. */
  look(): void {
    this.#look(PACE);
  }

  #look(pace: number): void {
    if (this.#cancel || this.#closed) return;
    const { pending, hasStale } = this.#index.work;
    if (!hasStale && pending < STEP) return;
    this.#stepIn(hasStale ? 0 : pace, () => {
      const more = this.#index.work.pending - pending;
      const begun = this.#clock.elapsed();
      if (hasStale || more <= FLOOD) this.#step(STEP);
      const rest = REST * (this.#clock.elapsed() - begun);
      return more === 0 && !hasStale ? Math.min(PACE, rest) : PACE;
    });
  }

  /** Drops what is gone; where that fails, the next start does it. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    try {
      while (this.#index.work.hasStale) this.#index.step(0);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  /** @param step answers with the pause after it */
  #stepIn(ms: number, step: () => number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = null;
      try {
        this.#look(step());
      } catch (fault) {
        this.#stepIn(RETRY, () => PACE);
        this.#options.onFault(fault);
      }
    });
  }

  #step(most: number): void {
    const { hasStale } = this.#index.work;
    this.#index.step(most);
    this.#options.onStep();
    if (hasStale && !this.#index.work.hasStale) this.#options.onDropped();
  }
}
