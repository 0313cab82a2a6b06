import { ID_PATTERN } from "./plain-text.ts";

/** A place in a log: the event there, by number and id. `{seq: 0, id: "-"}` is before the first. */
export interface Position {
  readonly seq: number;
  readonly id: string;
}

export interface Cursor extends Position {
  readonly epoch: string;
}

export const BEGINNING: Position = { seq: 0, id: "-" };

/**
 * `epoch.seq.id`. Opaque to clients. Number and id both, because a store that
 * lost its tail gives the same numbers again to other events: only the id tells.
 */
export function formatCursor(epoch: string, place: Position): string {
  return `${epoch}.${place.seq}.${place.id}`;
}

/** `null` for anything that `formatCursor` did not make. */
export function parseCursor(text: string): Cursor | null {
  const [epoch, digits, id, ...rest] = text.split(".");
  if (epoch === undefined || digits === undefined || id === undefined || rest.length > 0)
    return null;
  const seq = parseSeq(digits);
  if (seq === null || !ID_PATTERN.test(epoch) || !ID_PATTERN.test(id)) return null;
  if (seq === 0 && id !== "-") return null;
  return { epoch, seq, id };
}

/** A number of a log as text: decimal digits without leading zeros. `null` for anything else. */
export function parseSeq(text: string): number | null {
  const seq = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(seq) ? seq : null;
}
