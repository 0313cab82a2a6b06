import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";
import { listTokens } from "./list-tokens.ts";

export async function endToken(
  world: { readonly store: Pick<CredentialStore, "sessions" | "endSession"> },
  actor: Actor,
  { token }: { token: string },
): Promise<Result<null>> {
  const seen = await listTokens(world, actor);
  if (!seen.ok) return seen;
  const mine = seen.value.some(({ id }) => id === token);
  return mine && (await world.store.endSession(actor.user.id, token))
    ? succeed(null)
    : fail("token_not_found", "You have no such token.");
}
