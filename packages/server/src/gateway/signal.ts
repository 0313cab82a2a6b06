import type { UserId } from "@snug/protocol";
import { sseSignal } from "./sse-text.ts";

/** What is said to many and kept nowhere: encoded once for each kind of wire, however many look on. */
export class Signal {
  /** The WebSocket frame, and the `data` of a stream. */
  readonly frame: string;
  #sse: Uint8Array | null = null;

  constructor(frame: string) {
    this.frame = frame;
  }

  get sse(): Uint8Array {
    this.#sse ??= sseSignal(this.frame);
    return this.#sse;
  }
}

/** Somebody's connection, as those see it who have signals for it. */
export interface Viewer {
  readonly user: UserId;
  /** False if it was shed, because too much waits for this reader already. */
  signal(signal: Signal): boolean;
}
