import type { Role } from "@snug/protocol";
import type { Effect } from "./ports.ts";

/**
 * Whether somebody would be left in a room that nobody runs. Asked in the step
 * that stores the change: two owners may go at the same moment.
 */
export function orphans(
  effect: Extract<Effect, { kind: "leave" | "role" }>,
  role: Role | null,
  { owners, members }: { owners: number; members: number },
): boolean {
  if (role !== "owner" || owners > 1) return false;
  switch (effect.kind) {
    case "role":
      return effect.role !== "owner";
    case "leave":
      return members > 1;
  }
}
