import { limits } from "@snug/protocol";

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
