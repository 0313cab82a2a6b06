import type { RoomId } from "@snug/protocol";
import type { Clock, RoomStore } from "./ports.ts";

/** Milliseconds: a timer stands still while the machine sleeps, and knows nothing of a clock that is set. */
const GLANCE = 1_000;
/** Milliseconds until a destruction that failed is tried again. */
const RETRY = 1_000;

/** Ends ephemeral rooms when their time has come, also what came while the server was away. */
export class Ends {
  readonly #store: Pick<RoomStore, "expiring" | "destroyRoom">;
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #onFault: (fault: unknown) => void;
  #cancel = () => {};
  #closed = false;

  constructor(
    store: Pick<RoomStore, "expiring" | "destroyRoom">,
    clock: Pick<Clock, "now" | "after">,
    onFault: (fault: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Resolves when all that was overdue is gone. Call it again when a room with an end may have been made, on any node. */
  async look(): Promise<void> {
    this.#cancel();
    try {
      for (const { id, expiresAt } of await this.#store.expiring()) {
        if (this.#closed) return;
        if (expiresAt > this.#clock.now()) return this.#waitUntil(expiresAt);
        await this.#store.destroyRoom(id satisfies RoomId);
      }
    } catch (fault) {
      this.#onFault(fault);
      this.#again(RETRY, () => void this.look());
    }
  }

  #waitUntil(time: number): void {
    const left = time - this.#clock.now();
    if (left <= 0) void this.look();
    else this.#again(Math.min(left, GLANCE), () => this.#waitUntil(time));
  }

  #again(ms: number, work: () => void): void {
    this.#cancel();
    if (!this.#closed) this.#cancel = this.#clock.after(ms, work);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }
}
