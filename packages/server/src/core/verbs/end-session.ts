import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { Store } from "../ports.ts";

/** Signs a session out. Its sockets and streams close on every node. */
export async function endSession(
  { store }: { readonly store: Store },
  actor: Actor,
  { session }: { session: string },
): Promise<Result<void>> {
  if (actor.scope !== null && session !== "current")
    return fail("forbidden", "Sign in yourself to end other sessions.");
  const ended = await store.endSession(
    actor.user.id,
    session === "current" ? actor.session : session,
  );
  return ended
    ? succeed(undefined)
    : fail("session_not_found", "You have no such session; GET /v1/sessions lists them.");
}
