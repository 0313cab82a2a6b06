import type { Cursor, Position } from "@snug/protocol";
import type { Slice } from "./ports.ts";

/** What is known of a log: it still holds the events after `base`, up to `head`. */
export interface LogBounds {
  readonly epoch: string;
  readonly base: Position;
  readonly head: Position;
}

/**
 * Where a reader with this cursor goes on. A cursor is good only if epoch, number
 * and id are all as stored: a store that lost its tail hands the same numbers
 * out again, so that epoch and number alone would pass over lost events in
 * silence (the log-matching rule of Raft, section 5.3).
 *
 * @param idAt the id stored at a number within the bounds, if there is one
 */
export function locate(
  log: LogBounds,
  after: Cursor | null,
  idAt: (seq: number) => string | null,
): Pick<Slice, "from" | "gap"> {
  if (after === null) return { from: log.base, gap: null };
  if (after.epoch !== log.epoch) return { from: log.base, gap: "new_log" };
  if (after.seq < log.base.seq) return { from: log.base, gap: "trimmed" };
  if (after.seq > log.head.seq) return { from: log.base, gap: "rewritten" };
  const id = after.seq === log.base.seq ? log.base.id : idAt(after.seq);
  if (id !== after.id) return { from: log.base, gap: "rewritten" };
  return { from: { seq: after.seq, id }, gap: null };
}
