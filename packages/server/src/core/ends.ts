import type { RoomId } from "@snug/protocol";
import type { Clock, RoomStore } from "./ports.ts";

/** Milliseconds; timers reach no further than some weeks. */
const FAR = 24 * 60 * 60 * 1_000;
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

  /** Resolves when all that was overdue is gone. Call it again when a room with an end was made. */
  async look(): Promise<void> {
    this.#cancel();
    let wait: number | null = null;
    try {
      for (const { id, expiresAt } of await this.#store.expiring()) {
        if (this.#closed) return;
        wait = expiresAt - this.#clock.now();
        if (wait > 0) break;
        await this.#store.destroyRoom(id satisfies RoomId);
        wait = null;
      }
    } catch (fault) {
      this.#onFault(fault);
      wait = RETRY;
    }
    if (wait === null || this.#closed) return;
    this.#cancel();
    this.#cancel = this.#clock.after(Math.min(wait, FAR), () => void this.look());
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }
}
