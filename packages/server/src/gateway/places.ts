/** So many places for each key: for connections, by user and by address. */
export class Places {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  isFull(key: string): boolean {
    return (this.#taken.get(key) ?? 0) >= this.#most;
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
