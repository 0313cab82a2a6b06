import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";

/** Signs all devices out: also this one, or all others. */
export async function endSessions(
  { store }: { readonly store: Pick<CredentialStore, "endSessions"> },
  actor: Actor,
  { others }: { others: boolean },
): Promise<Result<null>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to end sessions.");
  await store.endSessions(actor.user.id, others ? actor.session : null);
  return succeed(null);
}
