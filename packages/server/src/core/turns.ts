/** Work of which only so much is done at once, while so much may wait. */
export class Turns {
  readonly #most: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number, waiting: number) {
    this.#free = atOnce;
    this.#most = waiting;
  }

  /** `null` when too much waits already: then nothing is done. */
  async take<Value>(work: () => Promise<Value>): Promise<Value | null> {
    if (this.#free > 0) this.#free--;
    else if (this.#waiting.length >= this.#most) return null;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
