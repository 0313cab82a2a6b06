import { isReadable, unreadableText } from "../../core/event-text.ts";
import type { StoredEvent } from "../../core/ports.ts";

export interface EventRow {
  readonly seq: number;
  readonly id: string;
  readonly json: string;
  readonly sum: number | null;
}

/**
 * Whether the row holds what was stored. SQLite has sums in its write-ahead log
 * alone: of a bit that flips in the database later, only this tells.
 */
export function isSound({ seq, id, json, sum }: EventRow): boolean {
  return isReadable(json, { seq, id }) && (sum === null || sum === Bun.hash.crc32(json));
}

export const stored = ({ seq, id, json }: EventRow): StoredEvent => ({ seq, id, json });

export function readable(row: EventRow): StoredEvent {
  const { seq, id } = row;
  return isSound(row) ? stored(row) : { seq, id, json: unreadableText(seq, id) };
}
