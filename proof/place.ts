import type { Said } from "./history.ts";
import { readCursor, type WireEvent, type WireGap } from "./replay/wire.ts";

/** Writes down what one client does and sees in one room. */
export interface Recorder {
  write(entry: Said): void;
  observe(event: WireEvent): void;
}

/** How far somebody has read the room; what they read goes into the history. */
export class Place {
  readonly #recorder: Recorder;
  /** Undefined for one that has never opened the room. */
  cursor: string | undefined;

  constructor(recorder: Recorder, cursor?: string) {
    this.#recorder = recorder;
    this.cursor = cursor;
  }

  get seq(): number {
    return this.cursor === undefined ? 0 : readCursor(this.cursor).seq;
  }

  opened(at: string): void {
    this.cursor ??= at;
    const { epoch, seq } = readCursor(this.cursor);
    this.#recorder.write({ kind: "open", after: seq, epoch });
  }

  read(events: readonly WireEvent[], cursor: string): void {
    for (const event of events) this.#recorder.observe(event);
    this.cursor = cursor;
  }

  met(gap: WireGap): void {
    this.#recorder.write({
      kind: "gap",
      reason: gap.reason,
      after: readCursor(gap.after).seq,
      next: readCursor(gap.next).seq,
      epoch: readCursor(gap.next).epoch,
    });
    if (gap.reason !== "too_far") this.cursor = gap.next;
  }
}
