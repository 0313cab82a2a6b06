import { succeed, type InboxEntry, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import type { PeopleStore, Settings } from "../ports.ts";
import { readInbox, type InboxWorld } from "./read-inbox.ts";

/** One's own settings, and the rooms one is in. */
export async function showMe(
  world: InboxWorld & { readonly store: Pick<PeopleStore, "settings"> },
  actor: Actor,
): Promise<Result<Settings & { rooms: InboxEntry[] }>> {
  const inbox = await readInbox(world, actor);
  if (!inbox.ok) return inbox;
  return succeed({ ...(await world.store.settings(actor.user.id)), rooms: inbox.value });
}
