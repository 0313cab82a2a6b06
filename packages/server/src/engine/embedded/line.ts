import type { Position } from "@snug/protocol";

/** What of a room's log it takes to find its messages. */
export interface Line {
  readonly num: number;
  readonly base: Position;
}
