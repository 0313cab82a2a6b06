import { renameDraft, type Person } from "./draft.ts";
import type { Draft, Ids, Store } from "./ports.ts";

/** Tells a new name in every room that its bearer is in. */
export async function tellName(
  world: { readonly store: Pick<Store, "append" | "roomsFor">; readonly ids: Ids },
  user: Person,
): Promise<void> {
  await Promise.all((await renames(world, user)).map((draft) => world.store.append(draft)));
}

/** What tells it, to be stored with something else. */
export async function renames(
  { store, ids }: { readonly store: Pick<Store, "roomsFor">; readonly ids: Ids },
  user: Person,
): Promise<Draft[]> {
  const rooms = await store.roomsFor(user.id, "mine");
  return rooms.map(({ id }) => renameDraft(ids, id, user));
}
