import { fail, succeed, type Result, type Session } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { CredentialStore } from "../ports.ts";

/** One's signed-in devices. */
export async function listSessions(
  { store }: { readonly store: Pick<CredentialStore, "sessions"> },
  actor: Actor,
): Promise<Result<Session[]>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to see your sessions.");
  const sessions = await store.sessions(actor.user.id, "device");
  return succeed(
    sessions.map(({ id, device, createdAt, usedAt }) => ({
      id,
      device,
      createdAt,
      usedAt,
      current: id === actor.session,
    })),
  );
}
