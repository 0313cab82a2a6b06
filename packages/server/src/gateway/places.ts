/** So many places for each key: for connections, by user and by address. */
export class Places {
  readonly #most: number;
  readonly #taken = new Map<string, number>();
  readonly #elsewhere: (key: string) => number;

  /** @param elsewhere those that are taken on other nodes */
  constructor(most: number, elsewhere: (key: string) => number = () => 0) {
    this.#most = most;
    this.#elsewhere = elsewhere;
  }

  isFull(key: string): boolean {
    return (this.#taken.get(key) ?? 0) + this.#elsewhere(key) >= this.#most;
  }

  /** Takes one; what comes back gives it back, and may be called twice. `null`: there is none. */
  take(key: string): (() => void) | null {
    if (this.isFull(key)) return null;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.#taken.get(key) ?? 0) - 1;
      if (left > 0) this.#taken.set(key, left);
      else this.#taken.delete(key);
    };
  }

  /** Keys with a connection. */
  get size(): number {
    return this.#taken.size;
  }
}
