import {
  fail,
  limits,
  succeed,
  type Can,
  type Result,
  type RoomId,
  type SessionId,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
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
  const { store, clock, ids } = world;
  let place: RoomId | null = null;
  if (room !== undefined) {
    const entered = await enter(world, actor, can, room);
    if (!entered.ok) return entered;
    place = entered.value.room.id;
  }
  if ((await store.sessions(actor.user.id, "token")).length >= limits.tokensMax)
    return fail("forbidden", `You have ${limits.tokensMax} tokens. Revoke one first.`);
  const token = ids.token();
  const id = ids.id() as SessionId;
  const createdAt = clock.now();
  const added = await store.addSession(actor.user.id, {
    id,
    kind: "token",
    tokenHash: ids.hash(token),
    device: "token",
    createdAt,
    scope: { room: place, can },
    expiresAt: ttl === undefined ? null : createdAt + ttl * 1_000,
  });
  return added ? succeed({ id, token }) : fail("unauthorized", "Your account was erased.");
}
