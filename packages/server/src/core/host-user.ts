import { fail, succeed, type Can, type Result, type SessionId, type UserId } from "@snug/protocol";
import type { Actor } from "./actor.ts";
import { joinDraft, roleDraft } from "./draft.ts";
import type { Clock, HostClaims, Ids, Store } from "./ports.ts";
import { tellName } from "./tell-name.ts";

interface World {
  readonly store: Pick<
    Store,
    "hostUser" | "putHostUser" | "roomsFor" | "room" | "standing" | "append" | "lastRole"
  >;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
}

/**
 * Somebody whom the host vouches for: made on first sight, called as the token
 * says that ends latest, and a member of the rooms that it names. What they may
 * do is what their role allows and this token too.
 */
export async function admitHostUser(
  world: World,
  claims: HostClaims,
  token: string,
): Promise<Result<Actor>> {
  const { store, clock, ids } = world;
  const { name, avatar, rooms, expiresAt } = claims;
  // A hash in a form of its own: nobody chooses to be somebody else.
  const id = `host-${ids.hash(`host ${claims.subject}`)}` as UserId;
  const known = await store.hostUser(id);
  if (known?.user.name === "") return erased;
  // Each token is written down once at most, so that two that take turns are no flood.
  const put =
    known !== null && expiresAt <= known.namedUntil
      ? { user: known.user, renamed: false }
      : await store.putHostUser({ id, name, avatar, createdAt: clock.now(), expiresAt });
  if (put === null) return erased;
  const { user, renamed } = put;
  if (renamed) await tellName(world, user);
  for (const [room, can] of rooms) await letIn(world, user, room, can);
  const session = `host-${ids.hash(token)}` as SessionId;
  return succeed({ user, session, admin: false, scope: { rooms }, expiresAt });
}

/** Bans, ends and places count for them as for anybody. */
async function letIn(
  { store, clock, ids }: World,
  user: { id: UserId; name: string },
  name: string,
  can: Can,
): Promise<void> {
  const room = await store.room(name);
  if (room === null || room.kind === "direct" || room.archived) return;
  if (room.expiresAt !== null && room.expiresAt <= clock.now()) return;
  const { role, banned } = await store.standing(room.id, user.id);
  if (role === null && !banned) {
    const isMuted = (await store.lastRole(room.id, user.id))?.byOthers === "reader";
    const joined = { role: can === "read" || isMuted ? "reader" : "member" } as const;
    await store.append(joinDraft(ids, room.id, user, joined));
  } else if (role === "reader" && can === "post") {
    // The host gives more than it did; but whom somebody muted stays so, and
    // those of whom nothing is known.
    const last = await store.lastRole(room.id, user.id);
    if (last !== null && last.byOthers !== "reader")
      await store.append(roleDraft(ids, room.id, user, "member", user.id));
  }
}

const erased = fail("unauthorized", "This user's account was erased here.");
