import { succeed, type Result, type Session } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { Store } from "../ports.ts";

export async function listSessions(
  { store }: { readonly store: Store },
  actor: Actor,
): Promise<Result<Session[]>> {
  const sessions = await store.sessions(actor.user.id);
  return succeed(
    sessions.map((session) => ({ ...session, current: session.id === actor.session })),
  );
}
