// bun bench/seed.ts PLACE GUESTS ROOMS EACH: fills a new data folder, or an empty Redis, through the engine and prints `Seeded` as JSON.
import { GENERAL, type RoomId, type UserId } from "../packages/protocol/src/index.ts";
import { joinDraft } from "../packages/server/src/core/draft.ts";
import { newDevice } from "../packages/server/src/core/new-session.ts";
import { randomIds as ids } from "../packages/server/src/ids.ts";
import { memoryBlobs } from "../packages/server/src/engine/memory/blobs.ts";
import { openEmbedded, systemClock as clock } from "../packages/server/src/index.ts";
import { openRedis } from "../packages/server/src/redis.ts";
import { roomsOf, type Seeded } from "./seeded.ts";

const [place, ...counts] = process.argv.slice(2);
const [guestCount = 0, roomCount = 0, each = 0] = counts.map(Number);
if (!place || counts.length !== 3) {
  console.error("usage: bun bench/seed.ts PLACE GUESTS ROOMS EACH");
  process.exit(2);
}

const engine = place.startsWith("redis:")
  ? await openRedis({ url: place, clock, blobs: memoryBlobs() })
  : await openEmbedded({ folder: place, clock });
const rooms = [GENERAL];
while (rooms.length <= roomCount) rooms.push(ids.id() as RoomId);
await Promise.all(rooms.map(addRoom));
const others = rooms.slice(1);
const guests: Promise<string>[] = [];
for (let index = 0; index < guestCount; index++)
  guests.push(addGuest(index, [GENERAL, ...(roomsOf(others, each, index) as RoomId[])]));
const seeded: Seeded = { tokens: await Promise.all(guests), rooms: others, each };
await engine.close();
console.log(JSON.stringify(seeded));

async function addRoom(id: RoomId): Promise<void> {
  const name = id === GENERAL ? "general" : `bench ${id}`;
  const epoch = ids.id().slice(0, 12);
  await engine.store.addRoom({
    id,
    kind: "public",
    name,
    topic: "",
    createdAt: clock.now(),
    createdBy: null,
    epoch,
    expiresAt: null,
    capacity: null,
    directKey: null,
  });
}

async function addGuest(index: number, joins: readonly RoomId[]): Promise<string> {
  const user = { id: ids.id() as UserId, name: `Guest ${index}` };
  const { session, token } = newDevice({ clock, ids }, "bench");
  await engine.store.addUser(
    { ...user, createdAt: clock.now(), account: null },
    session,
    joins.map((room) => joinDraft(ids, room, user)),
  );
  return token;
}
