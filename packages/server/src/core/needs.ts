import type { Action } from "./authorize.ts";
import type { Draft } from "./ports.ts";

/**
 * What it takes to store this. To bring in somebody who came in meanwhile changes
 * nothing, and so lifts no mute: that takes no more than to bring in anybody.
 */
export function needsOf(
  { needs, effect }: Draft,
  isMember: (user: string) => boolean,
): Action | null {
  const lifts = needs === "moderate" && effect?.kind === "join";
  return lifts && isMember(effect.user) ? "add" : needs;
}
