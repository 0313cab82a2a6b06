/** Runs to the end all that is left to do without time: promises, and what the runtime does for its streams. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Timer {
  readonly at: number;
  readonly order: number;
  act: (() => void) | null;
}

/**
 * Virtual time, in milliseconds. It stands still while anything can go on by
 * itself, then jumps to the next timer: what runs on it alone runs the same
 * way each time.
 */
export class Time {
  now = 0;
  #count = 0;
  /** A heap; the first is the next. */
  readonly #timers: Timer[] = [];

  after(ms: number, act: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, ms), order: this.#count++, act };
    this.#add(timer);
    return () => void (timer.act = null);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Lets time pass until this is so; false if it is not so by then. */
  async until(isSo: () => boolean, end: number): Promise<boolean> {
    for (;;) {
      await settle();
      if (isSo()) return true;
      const next = this.#take();
      if (next === undefined || next.at > end) {
        if (next) this.#add(next);
        this.now = Math.max(this.now, end);
        return false;
      }
      this.now = next.at;
      next.act?.();
    }
  }

  #add(timer: Timer): void {
    const heap = this.#timers;
    let place = heap.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = timer;
  }

  /** The next timer that nobody took back. */
  #take(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0];
      if (first === undefined) return undefined;
      const last = this.#timers.pop() as Timer;
      if (first !== last) this.#sink(last);
      if (first.act !== null) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#timers;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      const one = heap[left];
      if (one === undefined) break;
      const other = heap[right];
      const child = other !== undefined && isBefore(other, one) ? right : left;
      const below = heap[child] as Timer;
      if (!isBefore(below, timer)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = timer;
  }
}

const isBefore = (one: Timer, other: Timer) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
