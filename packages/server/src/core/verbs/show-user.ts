import { fail, succeed, type Result, type User, type UserId } from "@snug/protocol";
import { boundTo, type Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Store } from "../ports.ts";

type World = PlaceWorld & { readonly store: Pick<Store, "users" | "acquainted"> };

/** Somebody the actor shares a room with. */
export async function showUser(
  world: World,
  actor: Actor,
  { user }: { user: string },
): Promise<Result<User>> {
  const known = user === actor.user.id || (await isKnown(world, actor, user as UserId));
  const [found] = known ? await world.store.users([user]) : [];
  return found === undefined
    ? fail("user_not_found", "There is nobody of this id, or you share no room with them.")
    : succeed(found);
}

/** A token for some rooms tells of those alone who are in them. */
async function isKnown(world: World, actor: Actor, user: UserId): Promise<boolean> {
  const rooms = boundTo(actor);
  if (rooms === null) return world.store.acquainted(actor.user.id, user);
  for (const room of rooms) {
    const entered = await enter(world, actor, "read", room);
    if (!entered.ok) continue;
    if ((await world.store.standing(entered.value.room.id, user)).role !== null) return true;
  }
  return false;
}
