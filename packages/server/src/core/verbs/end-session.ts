import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";

/** Signs a device out. Its sockets and streams close on every node. */
export async function endSession(
  { store }: { readonly store: Pick<CredentialStore, "endSession"> },
  actor: Actor,
  { session }: { session: string },
): Promise<Result<void>> {
  const isOwn = session === "current";
  if (actor.scope !== null && !isOwn)
    return fail("forbidden", "Sign in yourself to end other sessions.");
  const ended = isOwn
    ? await store.endSession(
        actor.user.id,
        actor.session,
        actor.scope === null ? "device" : "token",
      )
    : await store.endSession(actor.user.id, session, "device");
  return ended
    ? succeed(undefined)
    : fail("session_not_found", "You have no such session; GET /v1/sessions lists them.");
}
