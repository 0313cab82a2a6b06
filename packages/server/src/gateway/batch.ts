import { formatCursor, frames, limits, type Cursor } from "@snug/protocol";
import type { Committed, StoredEvent } from "../core/ports.ts";
import { sseEvents } from "./sse-text.ts";

/** Consecutive events of one room, encoded once for each kind of wire, however many look on. */
export class Batch {
  readonly room: string;
  readonly events: readonly StoredEvent[];
  readonly firstSeq: number;
  /** The place of the last event. One object for all who follow. */
  readonly end: Cursor;
  #frame: string | null = null;
  #sse: Uint8Array | null = null;

  constructor(room: string, epoch: string, events: readonly StoredEvent[]) {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) throw new Error("a batch is never empty");
    this.room = room;
    this.events = events;
    this.firstSeq = first.seq;
    this.end = { epoch, seq: last.seq, id: last.id };
  }

  /** The WebSocket frame. The same for everyone in the room: nothing personal is in it. */
  get frame(): string {
    this.#frame ??= frames.events(
      this.room,
      this.events.map((event) => event.json),
      formatCursor(this.end.epoch, this.end),
    );
    return this.#frame;
  }

  get sse(): Uint8Array {
    this.#sse ??= sseEvents(this.end.epoch, this.events);
    return this.#sse;
  }
}

/** Batches small enough that one of them never fills a connection's queue. */
export function toBatches({ room, epoch, events }: Committed): Batch[] {
  const batches: Batch[] = [];
  let start = 0;
  let size = 0;
  for (const [index, event] of events.entries()) {
    size += event.json.length;
    if (size > limits.resumeBytes && index > start) {
      batches.push(new Batch(room, epoch, events.slice(start, index)));
      start = index;
      size = event.json.length;
    }
  }
  batches.push(new Batch(room, epoch, start === 0 ? events : events.slice(start)));
  return batches;
}
