import { succeed, type InboxEntry, type Result } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { toRoom } from "../place.ts";
import type { RoomStore } from "../ports.ts";

/** The rooms one is in. */
export async function readInbox(
  { store }: { readonly store: Pick<RoomStore, "roomsFor" | "standing"> },
  actor: Actor,
): Promise<Result<InboxEntry[]>> {
  const entries: InboxEntry[] = [];
  for (const record of await store.roomsFor(actor.user.id, "mine")) {
    if (canIn(actor, record.id) === null) continue;
    const { role } = await store.standing(record.id, actor.user.id);
    if (role !== null) entries.push({ room: toRoom(record), role });
  }
  return succeed(entries);
}
