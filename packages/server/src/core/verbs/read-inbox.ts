import { succeed, type InboxEntry, type Result, type RoomId } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { toRoom } from "../place.ts";
import type { ReadStore, RoomRecord, RoomStore } from "../ports.ts";

export interface InboxWorld {
  readonly store: Pick<RoomStore, "room" | "roomsFor" | "standing"> & Pick<ReadStore, "readings">;
}

/** The rooms one is in, all or those named, and how one stands to each. */
export async function readInbox(
  { store }: InboxWorld,
  actor: Actor,
  { rooms }: { rooms?: readonly RoomId[] } = {},
): Promise<Result<InboxEntry[]>> {
  const user = actor.user.id;
  const readings = await store.readings(user, rooms);
  const records = rooms
    ? await Promise.all(rooms.map((room) => store.room(room)))
    : await store.roomsFor(user, "mine");
  const entry = async (record: RoomRecord | null): Promise<InboxEntry[]> => {
    const reading = record && readings.get(record.id);
    if (!record || !reading || canIn(actor, record.id) === null) return [];
    const { role } = await store.standing(record.id, user);
    return role === null ? [] : [{ room: toRoom(record), role, ...reading }];
  };
  return succeed((await Promise.all(records.map(entry))).flat());
}
