import { fail, limits, succeed, type Can, type Result, type RoomId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { newToken } from "../new-session.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Clock, CredentialStore, Ids } from "../ports.ts";

/** A token for a program: as oneself, or for one room alone; to read, or to post too. */
export async function createToken(
  world: PlaceWorld & {
    readonly store: Pick<CredentialStore, "addSession" | "sessions">;
    readonly clock: Clock;
    readonly ids: Ids;
  },
  actor: Actor,
  { room, can, ttl }: { room?: string; can: Can; ttl?: number },
): Promise<Result<{ id: string; token: string }>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to make tokens.");
  const { store } = world;
  let place: RoomId | null = null;
  if (room !== undefined) {
    const entered = await enter(world, actor, can, room);
    if (!entered.ok) return entered;
    place = entered.value.room.id;
  }
  if ((await store.sessions(actor.user.id, "token")).length >= limits.tokensMax)
    return fail("forbidden", `You have ${limits.tokensMax} tokens. Revoke one first.`);
  const { session, token } = newToken(world, { room: place, can }, ttl ?? null);
  const added = await store.addSession(actor.user.id, session);
  return added
    ? succeed({ id: session.id, token })
    : fail("unauthorized", "Your account was erased.");
}
