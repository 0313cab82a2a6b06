import { succeed, type InboxEntry, type Result, type RoomId } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { isOver, roomFor, toRoom } from "../place.ts";
import type { Clock, ReadStore, RoomStore } from "../ports.ts";

export interface InboxWorld {
  readonly store: Pick<RoomStore, "room" | "roomsFor" | "standing"> & Pick<ReadStore, "readings">;
  readonly clock: Pick<Clock, "now">;
}

/** The rooms one is in, all or those named, and how one stands to each. */
export async function readInbox(
  { store, clock }: InboxWorld,
  actor: Actor,
  { rooms }: { rooms?: readonly RoomId[] } = {},
): Promise<Result<InboxEntry[]>> {
  const user = actor.user.id;
  const readings = await store.readings(user, rooms);
  const records = rooms
    ? await Promise.all(rooms.map((room) => roomFor(store, user, room)))
    : await store.roomsFor(user, "mine");
  const entries: InboxEntry[] = [];
  for (const record of records) {
    const reading = record && readings.get(record.id);
    if (!record || !reading || canIn(actor, record.id) === null || isOver(record, clock)) continue;
    if (record.role !== null) entries.push({ room: toRoom(record), role: record.role, ...reading });
  }
  return succeed(entries);
}
