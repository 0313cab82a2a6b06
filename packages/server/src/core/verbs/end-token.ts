import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";

export async function endToken(
  { store }: { readonly store: Pick<CredentialStore, "endSession"> },
  actor: Actor,
  { token }: { token: string },
): Promise<Result<null>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to revoke tokens.");
  return (await store.endSession(actor.user.id, token, "token"))
    ? succeed(null)
    : fail("token_not_found", "You have no such token.");
}
