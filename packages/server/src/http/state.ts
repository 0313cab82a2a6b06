import type { UserId } from "@snug/protocol";
import type { SessionRecord } from "../core/ports.ts";
import type { TestServer } from "../testing.ts";

/** All that a server knows of people and rooms, to see that a call changed nothing. */
export async function stateOf({ engine: { store } }: TestServer) {
  const users = await store.allUsers();
  const rooms = await store.roomsFor("nobody" as UserId, "all");
  return {
    users,
    credentials: await Promise.all(
      users.map(async ({ id }) => ({
        id,
        hash: await store.passwordHash(id),
        devices: (await store.sessions(id, "device")).map(withoutUse),
        tokens: (await store.sessions(id, "token")).map(withoutUse),
      })),
    ),
    rooms: await Promise.all(
      rooms.map(async (room) => ({
        room,
        members: await store.members(room.id),
        banned: await store.banned(room.id),
        invites: await store.invites(room.id),
        log: await store.read(room.id, null, { events: 1_000, bytes: 10_000_000 }),
      })),
    ),
  };
}

/** To look is to use. */
const withoutUse = (session: SessionRecord) => ({ ...session, usedAt: 0 });
