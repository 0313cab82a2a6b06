import type { SessionId, User } from "@snug/protocol";

/** Somebody signed in, through one session. */
export interface Actor {
  readonly user: User;
  readonly session: SessionId;
}
