import { fail, succeed, type Can, type Result, type SessionId, type User } from "@snug/protocol";
import type { Scope } from "./ports.ts";

/** Somebody signed in, through one session or token. */
export interface Actor {
  readonly user: User;
  readonly session: SessionId;
  readonly admin: boolean;
  /** What the token is good for; `null`: for all that its user may do. */
  readonly scope: Scope | null;
  readonly expiresAt: number | null;
}

/** What this actor's token is good for in a room. */
export function canIn({ scope }: Actor, room: string): Can | "all" | null {
  if (scope === null) return "all";
  return scope.room === null || scope.room === room ? scope.can : null;
}

/** A token of an administrator's, for programs, is no administrator. */
export function asAdmin(actor: Actor): Result<Actor> {
  return actor.admin && actor.scope === null
    ? succeed(actor)
    : fail("forbidden", "Only an administrator who signed in may do this.");
}
