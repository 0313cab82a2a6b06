import { fail, succeed, type Result, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft } from "../draft.ts";
import type { Ids, Store } from "../ports.ts";

interface World {
  readonly store: Pick<Store, "roomsFor" | "eraseUser">;
  readonly ids: Ids;
}

export async function eraseMe(world: World, actor: Actor): Promise<Result<null>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to erase your account.");
  await eraseEverywhere(world, actor.user.id);
  return succeed(null);
}

/** They leave every room, and their name goes everywhere. What was said stays, by nobody. */
export async function eraseEverywhere({ store, ids }: World, user: UserId): Promise<void> {
  const rooms = await store.roomsFor(user, "mine");
  const nobody = { id: user, name: "" };
  await store.eraseUser(
    user,
    rooms.map(({ id }) => leaveDraft(ids, id, nobody)),
  );
}
