/** A value that changes over time: a window for `useSyncExternalStore`, and for anyone else. */
export interface Readable<Value> {
  /** What it holds before anything is subscribed: what a server draws. */
  readonly initial: Value;
  /** The present value; the same reference until it changes. */
  readonly get: () => Value;
  /** Called after each change; returns its undo. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** A value, and those who want to know when it changes. */
export class Cell<Value> implements Readable<Value> {
  readonly initial: Value;
  readonly #listeners = new Set<() => void>();
  #value: Value;

  constructor(value: Value) {
    this.initial = value;
    this.#value = value;
  }

  get = (): Value => this.#value;

  set(value: Value): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of this.#listeners) report(listener);
  }

  subscribe = (listener: () => void): (() => void) => {
    // A function of its own, so that the same listener may subscribe twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };
}

/** The same value for outside: whoever subscribes keeps something at work meanwhile. */
export function working<Value>(cell: Readable<Value>, hold: () => () => void): Readable<Value> {
  return {
    initial: cell.initial,
    get: cell.get,
    subscribe(listener) {
      const undo = cell.subscribe(listener);
      const release = hold();
      return once(() => {
        undo();
        release();
      });
    },
  };
}

/** Starts work when it is needed, and ends it when it is not any more. */
export function whileNeeded(start: () => () => void): (isNeeded: boolean) => void {
  let stop = () => {};
  let works = false;
  return (isNeeded) => {
    if (isNeeded === works) return;
    // Said before it is done: whoever hears of it may need it, or need it no more, at once.
    works = isNeeded;
    const end = stop;
    stop = () => {};
    end();
    if (!isNeeded) return;
    const undo = start();
    if (works) stop = undo;
    else undo();
  };
}

export function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

/** An app's fault is the app's: it is reported where such faults are, and harms nobody else. */
export function report(listener: () => void): void {
  try {
    listener();
  } catch (fault) {
    queueMicrotask(() => {
      throw fault;
    });
  }
}

/** Whether each field, or item, is the same. */
export function isSame<Value extends object>(one: Value, other: Value): boolean {
  const keys = Object.keys(one) as (keyof Value)[];
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
