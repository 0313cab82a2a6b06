import { fail, succeed, type Can, type Result, type SessionId, type User } from "@snug/protocol";
import type { Scope } from "./ports.ts";

/** Somebody signed in, through one session or token. */
export interface Actor {
  readonly user: User;
  readonly session: SessionId;
  readonly admin: boolean;
  /** What the token is good for; `null`: for all that its user may do. */
  readonly scope: Scope | RoomsScope | null;
  readonly expiresAt: number | null;
}

/** These rooms alone, each with what may be done there: what the host's token says. */
export interface RoomsScope {
  readonly rooms: ReadonlyMap<string, Can>;
}

/** What this actor's token is good for in a room. */
export function canIn({ scope }: Actor, room: string): Can | "all" | null {
  if (scope === null) return "all";
  if ("rooms" in scope) return scope.rooms.get(room) ?? null;
  return scope.room === null || scope.room === room ? scope.can : null;
}

/** The only rooms that this actor's token opens; `null`: it is not bound to any. */
export function boundTo({ scope }: Actor): readonly string[] | null {
  if (scope === null) return null;
  if ("rooms" in scope) return [...scope.rooms.keys()];
  return scope.room === null ? null : [scope.room];
}

/** A token of an administrator's, for programs, is no administrator. */
export function asAdmin(actor: Actor): Result<Actor> {
  return actor.admin && actor.scope === null
    ? succeed(actor)
    : fail("forbidden", "Only an administrator who signed in may do this.");
}
