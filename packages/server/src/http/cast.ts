import {
  limits,
  type Can,
  type Role,
  type RoomId,
  type RoomKind,
  type SessionId,
  type UserId,
} from "@snug/protocol";
import { changeDraft, joinDraft, leaveDraft } from "../core/draft.ts";
import { postedBody } from "../core/event-text.ts";
import type { SessionRecord } from "../core/ports.ts";
import { randomIds as ids } from "../ids.ts";
import type { TestGuest, TestServer } from "../testing.ts";

// People and rooms straight in the store, many in one commit: a matrix asks for
// thousands of rooms, and how they come about is the subject of other tests.

const idOf = ({ user }: TestGuest) => user.id as UserId;
const personOf = ({ user }: TestGuest) => ({ id: user.id as UserId, name: user.name });

export interface RoomWish {
  readonly kind: RoomKind;
  readonly in: readonly (readonly [TestGuest, Role])[];
  readonly archived?: boolean;
  readonly destroyed?: boolean;
  readonly removed?: readonly TestGuest[];
  readonly banned?: readonly TestGuest[];
}

export interface CastRoom {
  readonly id: RoomId;
  /** The number of a message in it. */
  readonly seq: number;
  /** An invite of whoever is named first. */
  readonly inviteId: string;
}

/** A room with a message and an invite by whoever is named first in it. */
export async function castRoom(
  { engine: { store } }: TestServer,
  { kind, in: members, archived, destroyed, removed = [], banned = [] }: RoomWish,
): Promise<CastRoom> {
  const [first] = members;
  if (!first) throw new Error("a room needs somebody");
  const keeper = idOf(first[0]);
  const id = ids.id() as RoomId;
  const now = Date.now();
  const was = removed.map((one) => [one, "member"] as const);
  const changes = [
    store.addRoom(
      {
        id,
        kind,
        name: `Room ${id}`,
        topic: "of a test",
        createdAt: now,
        createdBy: keeper,
        epoch: ids.id().slice(0, 12),
        expiresAt: kind === "ephemeral" ? now + limits.ttlDefault * 1_000 : null,
        capacity: null,
        directKey: kind === "direct" ? id : null,
      },
      [...members, ...was].map(([one, role]) => joinDraft(ids, id, personOf(one), { role })),
    ),
    ...removed.map((one) => store.append(leaveDraft(ids, id, personOf(one), { by: keeper }))),
    ...banned.map((one) =>
      store.append(leaveDraft(ids, id, personOf(one), { by: keeper, ban: true })),
    ),
  ];
  const posted = store.append({
    room: id,
    id: ids.id(),
    type: "message.posted",
    by: keeper,
    needs: "post",
    clientId: "first",
    body: postedBody(keeper, "first", "a secret of this room"),
    effect: null,
  });
  const invite = { id: ids.id(), hash: ids.hash(ids.token()), can: "post" as const };
  const rest = { uses: null, expiresAt: null, createdAt: now, createdBy: keeper };
  changes.push(store.addInvite(id, { ...invite, ...rest }) as never);
  if (archived) changes.push(store.append(changeDraft(ids, id, { archived }, keeper)) as never);
  await Promise.all([...changes, posted]);
  const stored = await posted;
  if (stored.kind !== "stored") throw new Error("the message was not stored");
  if (destroyed) await store.destroyRoom(id);
  return { id, seq: stored.event.seq, inviteId: invite.id };
}

/** The same person by a token that is good for less. */
export async function withToken(
  server: TestServer,
  person: TestGuest,
  scope: { room: RoomId | null; can: Can },
): Promise<TestGuest> {
  const token = ids.token();
  await server.engine.store.addSession(idOf(person), {
    id: ids.id() as SessionId,
    kind: "token",
    tokenHash: ids.hash(token),
    device: "token",
    createdAt: Date.now(),
    scope,
    expiresAt: null,
  });
  return server.with(person.user, token);
}

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
