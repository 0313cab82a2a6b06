import type { Level, RoomId, UserId } from "@snug/protocol";
import type { Reading, ReadMark, Thread } from "../../core/ports.ts";
import { showsReading } from "../../core/presence.ts";
import { moveRead, toldPlace, type Marked } from "../../core/read-place.ts";
import type { Connection, Reply } from "./connection.ts";
import {
  above,
  callEntries,
  lastOf,
  namingEntries,
  newsEntries,
  ownEntries,
  ownRoomCallEntries,
  replyEntries,
  roomCallEntries,
  within,
} from "./entries.ts";
import { roomKeys, userKeys } from "./keys.ts";
import { isStored, lookAll, type RoomLook } from "./look.ts";
import { messageAt, threadField, threadOf, toFollowed, type Followed } from "./messages.ts";
import { toSettings } from "./people.ts";
import type { Membership, RoomStep } from "./room.ts";
import { toMap, type Step } from "./step.ts";

/** A member in a room, as they read. */
interface Reader {
  readonly room: RoomLook;
  readonly user: UserId;
  readonly level: Level;
  readonly read: number;
  readonly follows: readonly FollowedThread[];
}

interface FollowedThread {
  readonly root: number;
  /** Up to where it was read. */
  readonly read: number;
}

/** In two questions to Redis, or three where threads are followed, however many rooms they are. */
export async function readings(
  connection: Connection,
  user: UserId,
  rooms: readonly RoomId[],
): Promise<Map<RoomId, Reading>> {
  const [looks, rows] = await Promise.all([
    lookAll(connection, rooms),
    connection.all(rooms.flatMap((room) => rowsOf(room, user))),
  ]);
  const byRoom = new Map(rooms.map((room, index) => [room, rows.slice(index * 2, index * 2 + 2)]));
  const readers = await readersOf(
    connection,
    looks.map((room) => ({ room, user })),
    looks.flatMap((room) => byRoom.get(room.id) ?? []),
  );
  const counted = await countAll(connection, readers);
  return new Map(readers.map(({ room }, index) => [room.id, counted[index] as Reading]));
}

export async function readingsIn(
  connection: Connection,
  room: RoomId,
  users: readonly UserId[],
): Promise<Map<UserId, Reading>> {
  const [[look], rows] = await Promise.all([
    lookAll(connection, [room]),
    connection.all(users.flatMap((user) => rowsOf(room, user))),
  ]);
  if (look === undefined) return new Map();
  const places = users.map((user) => ({ room: look, user }));
  const readers = await readersOf(connection, places, rows);
  const counted = await countAll(connection, readers);
  return new Map(readers.map(({ user }, index) => [user, counted[index] as Reading]));
}

/** Those that this user follows, the one with the newest reply first. */
export async function threads(
  connection: Connection,
  room: RoomLook,
  user: UserId,
  most: number,
): Promise<Thread[]> {
  const rows = await connection.all(rowsOf(room.id, user));
  const [reader] = await readersOf(connection, [{ room, user }], rows);
  if (reader === undefined) return [];
  const newest = await room.all(
    reader.follows.map(({ root }) => {
      const [from, to] = within(replyEntries(root));
      return ["ZREVRANGEBYLEX", room.keys.entries, to, from, "LIMIT", "0", "1"];
    }),
  );
  const order = reader.follows
    .map((thread, index) => ({ ...thread, newest: lastOf((newest[index] as string[])[0] ?? "") }))
    .sort((a, b) => b.newest - a.newest)
    .slice(0, most);
  const [roots, counts] = await Promise.all([
    room.messages(order.map(({ root }) => root)),
    room.all(order.flatMap((thread) => unreadIn({ ...reader, room }, thread))),
  ]);
  return order.map(({ root, read }, index) => {
    const message = roots[index] ?? null;
    const unread = Number(counts[index * 2]) - Number(counts[index * 2 + 1]);
    return { seq: root, root: isStored(message) ? message : null, read, unread };
  });
}

/** Of those who let others see it. */
export async function reads(connection: Connection, room: RoomLook): Promise<Map<UserId, number>> {
  const [flat] = await room.all([["HGETALL", room.keys.members]]);
  const members = [...toMap(flat as string[])] as [UserId, string][];
  const rows = await connection.all(
    members.flatMap(([user]) => [
      ["HGET", room.keys.member(user), "read"],
      ["HMGET", userKeys(user).user, "presence", "receipts"],
    ]),
  );
  const shown = members.flatMap(([user, json], index): [UserId, number][] => {
    const [read, settings] = [rows[index * 2], rows[index * 2 + 1] as (string | null)[]];
    const { 0: presence = null, 1: receipts = null } = settings;
    const seq = toldPlace(Number(read), (JSON.parse(json) as Membership).joined);
    return seq > 0 && showsReading(toSettings(presence, receipts)) ? [[user, seq]] : [];
  });
  return new Map(shown);
}

/** `null` for who is no member, or for no thread. */
export async function markRead(
  room: RoomStep,
  user: UserId,
  { seq, back, thread }: ReadMark,
): Promise<Marked | null> {
  const { step, keys } = room;
  const key = keys.member(user);
  const [member, [read]] = await Promise.all([room.member(user), step.watch(key, "read")]);
  if (member === null) return null;
  const { joined } = member;
  const bounds = { joined, head: room.head.seq };
  if (thread === null) {
    const before = Number(read);
    const after = moveRead(before, { seq, back }, bounds);
    if (after !== before) step.set(key, "read", after);
    return { moved: after !== before, seq: toldPlace(after, joined) };
  }
  if ((await messageAt(room, thread))?.replies === undefined) return null;
  const [json] = await step.watch(key, threadField(thread));
  const followed = toFollowed(json ?? null);
  const naming = await step.list(
    "ZRANGEBYLEX",
    keys.entries,
    ...above(namingEntries(user, thread), joined),
    "LIMIT",
    "0",
    "1",
  );
  const begin = beginOf(thread, followed, naming) ?? joined;
  const before = Math.max(begin, followed?.mark ?? 0);
  const mark = moveRead(before, { seq, back }, bounds);
  step.set(key, threadField(thread), JSON.stringify({ own: followed?.own ?? null, mark }));
  const place = Math.max(begin, mark);
  return { moved: place !== before, seq: place };
}

export async function setLevel(
  step: Step,
  room: RoomStep,
  user: UserId,
  level: Level,
): Promise<{ changed: boolean } | null> {
  if ((await room.member(user)) === null) return null;
  const [before] = await step.watch(room.keys.member(user), "level");
  const changed = (before ?? "all") !== level;
  if (changed) step.set(room.keys.member(user), "level", level);
  return { changed };
}

/** What is kept of how somebody reads in a room. */
const rowsOf = (room: string, user: UserId) => {
  const { members, member } = roomKeys(room);
  return [
    ["HGET", members, user],
    ["HGETALL", member(user)],
  ];
};

/** Those who are in the room: how they read there, and from where on they follow what threads. */
async function readersOf(
  connection: Connection,
  places: readonly { room: RoomLook; user: UserId }[],
  rows: readonly Reply[],
): Promise<Reader[]> {
  const members = places.flatMap((place, index) => {
    const [json, flat] = [rows[index * 2], rows[index * 2 + 1]];
    if (json === null) return [];
    const { joined } = JSON.parse(json as string) as Membership;
    const fields = toMap(flat as string[]);
    const candidates = [...fields].flatMap(([field, value]) => {
      const root = threadOf(field);
      // What began before the log does was trimmed.
      return root !== null && root > place.room.base.seq
        ? [{ root, followed: toFollowed(value) }]
        : [];
    });
    return [{ ...place, joined, fields, candidates }];
  });
  const naming = await connection.all(
    members.flatMap(({ room, user, joined, candidates }) =>
      candidates.map(({ root }) => [
        "ZRANGEBYLEX",
        room.keys.entries,
        ...above(namingEntries(user, root), joined),
        "LIMIT",
        "0",
        "1",
      ]),
    ),
  );
  let next = 0;
  return members.map(({ room, user, fields, candidates }) => {
    const follows = candidates.flatMap(({ root, followed }): FollowedThread[] => {
      const begin = beginOf(root, followed, naming[next++] as string[]);
      return begin === null ? [] : [{ root, read: Math.max(begin, followed?.mark ?? 0) }];
    });
    const level = (fields.get("level") ?? "all") as Level;
    return { room, user, level, read: Number(fields.get("read")), follows };
  });
}

/** From where on somebody follows a thread: their first word there, or right before the first that names them. */
function beginOf(
  root: number,
  followed: Followed | null,
  naming: readonly string[],
): number | null {
  const [first] = naming;
  const named = first === undefined ? null : lastOf(first);
  const reasons = [
    ...(followed?.own ? [followed.own] : []),
    ...(named === null ? [] : [named === root ? root : named - 1]),
  ];
  return reasons.length > 0 ? Math.min(...reasons) : null;
}

async function countAll(connection: Connection, readers: readonly Reader[]): Promise<Reading[]> {
  const asked = readers.map((reader) => {
    const { room, user, follows } = reader;
    const { keys, base, head } = room;
    const read = Math.max(reader.read, base.seq);
    return [
      // Up to the same head both: what is posted meanwhile is in neither.
      ["BITCOUNT", keys.counted, String(read + 1), String(Math.max(read + 1, head.seq)), "BIT"],
      ["ZCOUNT", keys.own(user), `(${read}`, String(head.seq)],
      ...callsIn(reader, { root: 0, read }),
      ...follows.flatMap((thread) => [...unreadIn(reader, thread), ...callsIn(reader, thread)]),
    ];
  });
  const answers = (await connection.all(asked.flat())).map(Number);
  let next = 0;
  const take = () => answers[next++] ?? 0;
  const calls = () => take() + take() - take();
  return readers.map(({ room, level, read, follows }) => {
    const unread = Math.max(0, take() - take());
    let mentions = calls();
    let threadsWithNews = 0;
    for (let index = 0; index < follows.length; index++) {
      if (take() - take() > 0) threadsWithNews++;
      mentions += calls();
    }
    const at = room.head.seq > 0 ? room.at : room.kept.createdAt;
    return { level, at, read, unread, mentions, threads: threadsWithNews };
  });
}

/** All replies that are news but one's own. */
function unreadIn({ room: { keys }, user }: Reader, { root, read }: FollowedThread): string[][] {
  return [newsEntries(root), ownEntries(root, user)].map((entries) => [
    "ZLEXCOUNT",
    keys.entries,
    ...above(entries, read),
  ]);
}

/** What calls oneself, or the room, but for one's own calls. */
function callsIn({ room: { keys }, user }: Reader, { root, read }: FollowedThread): string[][] {
  return [callEntries(user, root), roomCallEntries(root), ownRoomCallEntries(user, root)].map(
    (entries) => ["ZLEXCOUNT", keys.entries, ...above(entries, read)],
  );
}
