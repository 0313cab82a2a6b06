import type { Clock } from "./clock.ts";

const FIRST = 1_000;
/** What waits to be sent is sent within 15 s of the server being well again. */
const LONGEST = 8_000;

/**
 * Milliseconds until the next attempt after so many failed ones in a row:
 * 1, 2, 4, 8, 8 … s, each times a chance of 0.5 to 1.5, so that those who lost
 * a server together do not come back together.
 */
export function backOff(failures: number, { random }: Pick<Clock, "random">): number {
  const base = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 16));
  return Math.round(base * (0.5 + random()));
}
