import { limits } from "@snug/protocol";

/** What became of a read place that was to move. */
export interface Marked {
  readonly moved: boolean;
  /** Where it is now, as others may be told. */
  readonly seq: number;
}

/**
 * Where a read place comes to lie that is at `place` now. It moves forward, or back
 * if it may, so far as one may go at once, and never before one came in.
 */
export function moveRead(
  place: number,
  { seq, back }: { readonly seq: number; readonly back: boolean },
  { joined, head }: { readonly joined: number; readonly head: number },
): number {
  const least = back ? Math.max(place - limits.readBackMax, joined) : place;
  return Math.max(Math.min(seq, head), least);
}

/**
 * What others are told of a read place: 0, for nothing, while it is where one came in.
 * It is there by itself, and whoever was brought in may never have looked.
 */
export function toldPlace(place: number, joined: number): number {
  return place > joined ? place : 0;
}
