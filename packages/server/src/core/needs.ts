import type { Action } from "./authorize.ts";
import type { UserId } from "@snug/protocol";
import type { Draft } from "./ports.ts";

/**
 * What it takes to store this. Whom somebody made a reader comes back as more by
 * those alone who could lift that, and else as the reader of `instead`: asked in the
 * step that stores it, as the mute and the going may have come just before.
 */
export function needsOf(
  { needs, instead, effect }: Draft,
  wasReader: (user: UserId) => boolean,
): Action | null {
  const lifts = instead !== undefined && effect?.kind === "join" && wasReader(effect.user);
  return lifts ? "moderate" : needs;
}
