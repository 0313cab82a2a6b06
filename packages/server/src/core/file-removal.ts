import { limits } from "@snug/protocol";
import type { Blobs, Clock, FileStore } from "./ports.ts";

/** Milliseconds between two looks for what nobody posted. */
const ROUND = 60 * 60 * 1_000;
/** Milliseconds until what failed is tried again. */
const RETRY = 1_000;

/** The smaller picture's place among the bytes. */
export const previewOf = (id: string) => `${id}.preview`;

/**
 * Takes away the bytes of files whose records are gone: right after the step in
 * which they went, and at the start what an earlier process left.
 */
export class FileRemoval {
  readonly #store: FileStore;
  readonly #blobs: Blobs;
  readonly #clock: Clock;
  readonly #onFault: (fault: unknown) => void;
  /** Those whose bytes are coming: what is taken away now might be there again in a moment. */
  readonly #coming = new Set<string>();
  #cancelRound = () => {};
  #cancelRetry = () => {};
  #run: Promise<void> = Promise.resolve();
  #isRunning = false;
  #again = false;
  #closed = false;

  constructor(
    { store, blobs }: { store: FileStore; blobs: Blobs },
    clock: Clock,
    onFault: (fault: unknown) => void,
  ) {
    this.#store = store;
    this.#blobs = blobs;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** @param isAlone no upload is under way anywhere: whatever was begun was left */
  start(isAlone: boolean): void {
    void this.#round(isAlone ? this.#clock.now() : this.#longAgo());
  }

  /** The bytes of this one are coming until the undo is called. */
  hold(id: string): () => void {
    this.#coming.add(id);
    return () => void this.#coming.delete(id);
  }

  soon(): void {
    this.#again = true;
    if (!this.#isRunning) this.#run = this.#removeAll();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRound();
    this.#cancelRetry();
    await this.#run;
  }

  async #round(begun: number): Promise<void> {
    const now = this.#clock.now();
    try {
      await this.#store.expireFiles({ begun, unposted: now - limits.unpostedFileMs });
    } catch (fault) {
      this.#onFault(fault);
    }
    this.soon();
    if (this.#closed) return;
    this.#cancelRound = this.#clock.after(ROUND, () => void this.#round(this.#longAgo()));
  }

  /** Twice the time that an upload may take: none that is under way was begun so early. */
  #longAgo(): number {
    return this.#clock.now() - 2 * limits.uploadMs;
  }

  async #removeAll(): Promise<void> {
    this.#isRunning = true;
    this.#cancelRetry();
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#remove();
      }
    } catch (fault) {
      this.#onFault(fault);
      if (!this.#closed) this.#cancelRetry = this.#clock.after(RETRY, () => this.soon());
    }
    this.#isRunning = false;
  }

  async #remove(): Promise<void> {
    const ids = (await this.#store.lostFiles()).filter((id) => !this.#coming.has(id));
    if (ids.length === 0) return;
    for (const id of ids) {
      await this.#blobs.remove(id);
      await this.#blobs.remove(previewOf(id));
    }
    await this.#store.forgetLost(ids);
  }
}
