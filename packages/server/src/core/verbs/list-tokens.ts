import { fail, succeed, type Result, type Token } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";

export async function listTokens(
  { store }: { readonly store: Pick<CredentialStore, "sessions"> },
  actor: Actor,
): Promise<Result<Token[]>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to see your tokens.");
  const tokens = await store.sessions(actor.user.id, "token");
  return succeed(
    tokens.map(({ id, scope, expiresAt, createdAt, usedAt }) => ({
      id,
      room: scope?.room ?? null,
      can: scope?.can ?? "post",
      expiresAt,
      createdAt,
      usedAt,
    })),
  );
}
