import { formatCursor, frames, limits, type Cursor, type Position } from "@snug/protocol";
import type { Committed, StoredEvent } from "../core/ports.ts";
import { sseEvents } from "./sse-text.ts";

/** Consecutive events of one room, encoded once for each kind of wire, however many look on. */
export class Batch {
  readonly room: string;
  readonly events: readonly StoredEvent[];
  /** The place after which they stand. */
  readonly from: Position;
  /** The place of the last event. One object for all who follow. */
  readonly end: Cursor;
  #frame: string | null = null;
  #sse: Uint8Array | null = null;

  constructor(room: string, epoch: string, from: Position, events: readonly StoredEvent[]) {
    const last = events.at(-1);
    if (last === undefined) throw new Error("a batch is never empty");
    this.room = room;
    this.events = events;
    this.from = from;
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
export function toBatches({ room, epoch, from, events }: Committed): Batch[] {
  const batches: Batch[] = [];
  let start = 0;
  const push = (end: number) => {
    const before = events[start - 1] ?? from;
    const some = end - start === events.length ? events : events.slice(start, end);
    batches.push(new Batch(room, epoch, before, some));
    start = end;
  };
  let size = 0;
  for (const [index, event] of events.entries()) {
    size += event.json.length;
    if (size > limits.resumeBytes && index > start) {
      push(index);
      size = event.json.length;
    }
  }
  push(events.length);
  return batches;
}
