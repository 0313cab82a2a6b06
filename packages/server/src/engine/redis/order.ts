import { StoreError } from "../../core/ports.ts";

/** The names of things. */
export const aRoom = (id: string) => `room ${id}`;
export const aUser = (id: string) => `user ${id}`;

/** What may wait, of all things together; whoever comes then is told to come again. */
const WAITING_MAX = 10_000;

/**
 * What is asked is done in the order of the asking, thing by thing: whoever names a
 * room or a user waits for all who named it before.
 */
export class Order {
  readonly #last = new Map<string, Promise<unknown>>();

  #waiting = 0;

  async run<Value>(things: readonly string[], work: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= WAITING_MAX) throw new StoreError("store_unavailable");
    this.#waiting++;
    const before = things.flatMap((thing) => this.#last.get(thing) ?? []);
    const done = (async () => {
      if (before.length > 0) await Promise.allSettled(before);
      return work();
    })();
    for (const thing of things) this.#last.set(thing, done);
    try {
      return await done;
    } finally {
      this.#waiting--;
      for (const thing of things) if (this.#last.get(thing) === done) this.#last.delete(thing);
    }
  }

  /** Once all that was asked so far is done. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
