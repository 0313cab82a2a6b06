import type { Can, Member, RoomId, User, UserId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import type { RoomFor } from "../../core/ports.ts";
import type { Connection } from "./connection.ts";
import { house, roomKeys, userKeys } from "./keys.ts";
import { recordsOf, type RoomLook } from "./look.ts";
import { isUsable, type KeptInvite } from "./membership.ts";
import { idIn, nameEntry, NAMES, toUser, USERNAMES, type Fields } from "./people.ts";
import type { Membership } from "./room.ts";
import { toMap } from "./step.ts";

/** Names that are looked at for one question, of users and of usernames. */
const NAMES_MAX = 10_000;
const BLOCK = 500;

export async function roomsFor(
  connection: Connection,
  user: UserId,
  which: "mine" | "visible" | "all",
): Promise<RoomFor[]> {
  const [mine, others] = (await connection.all([
    ["SMEMBERS", userKeys(user).rooms],
    ["ZRANGE", which === "all" ? house.rooms : house.publicRooms, "0", "-1"],
  ])) as [string[], string[]];
  const ids =
    which === "all" ? others : which === "mine" ? mine : [...new Set([...mine, ...others])];
  const [records, standings] = await Promise.all([
    recordsOf(connection, ids),
    standingsIn(connection, ids, user),
  ]);
  return records.map((record) => ({ ...record, ...standings.get(record.id)! }));
}

/** Where this user is a member, and public rooms that do not ban them. */
export async function visibleTo(connection: Connection, user: UserId): Promise<RoomId[]> {
  const [mine, open] = (await connection.all([
    ["SMEMBERS", userKeys(user).rooms],
    ["ZRANGE", house.publicRooms, "0", "-1"],
  ])) as [RoomId[], RoomId[]];
  const own = new Set(mine);
  const others = open.filter((room) => !own.has(room));
  const bans = await connection.all(others.map((room) => ["HEXISTS", roomKeys(room).bans, user]));
  return [...mine, ...others.filter((_, index) => bans[index] === 0)];
}

/** How a user stands to each of these rooms. */
async function standingsIn(
  connection: Connection,
  rooms: readonly string[],
  user: string,
): Promise<Map<string, Pick<RoomFor, "role" | "banned">>> {
  const rows = (await connection.all(
    rooms.flatMap((room) => {
      const { members, bans } = roomKeys(room);
      return [
        ["HGET", members, user],
        ["HGET", bans, user],
      ];
    }),
  )) as (string | null)[];
  return new Map(
    rooms.map((room, index) => {
      const json = rows[index * 2];
      const role = json ? (JSON.parse(json) as Membership).role : null;
      return [room, { role, banned: rows[index * 2 + 1] !== null }];
    }),
  );
}

export async function usersOf(connection: Connection, ids: readonly string[]): Promise<User[]> {
  const fields = await fieldsOf(connection, ids);
  return ids.flatMap((id, index) => {
    const known = fields[index];
    return known?.has("name") ? [toUser(id, known)] : [];
  });
}

export async function fieldsOf(connection: Connection, ids: readonly string[]): Promise<Fields[]> {
  const rows = await connection.all(ids.map((id) => ["HGETALL", userKeys(id).user]));
  return rows.map((row) => toMap(row as string[]));
}

export async function membersOf(connection: Connection, room: RoomLook): Promise<Member[]> {
  const flat = await connection.call<string[]>("HGETALL", room.keys.members);
  const members = toMap(flat);
  const users = await usersOf(connection, [...members.keys()]);
  return users
    .map((user) => ({ user, as: JSON.parse(members.get(user.id) ?? "") as Membership }))
    .sort((a, b) => a.as.joined - b.as.joined || (a.user.id < b.user.id ? -1 : 1))
    .map(({ user, as: { role, joinedAt } }) => ({ user, role, joinedAt }));
}

export async function membersNamed(
  connection: Connection,
  room: RoomLook,
  { ids, usernames }: { readonly ids: readonly string[]; readonly usernames: readonly string[] },
): Promise<User[]> {
  const named =
    usernames.length === 0
      ? []
      : await connection.call<(string | null)[]>(
          "HMGET",
          house.usernames,
          ...usernames.map((username) => username.toLowerCase()),
        );
  const wanted = [...new Set([...ids, ...named.flatMap((id) => id ?? [])])];
  if (wanted.length === 0) return [];
  const members = await connection.call<(string | null)[]>("HMGET", room.keys.members, ...wanted);
  return usersOf(
    connection,
    wanted.filter((_, index) => members[index] !== null),
  );
}

/** Who is banned, whoever was first coming first. */
export async function bannedIn(connection: Connection, room: RoomLook): Promise<User[]> {
  const bans = [...toMap(await connection.call<string[]>("HGETALL", room.keys.bans))];
  bans.sort(([a, at], [b, bt]) => Number(at) - Number(bt) || (a < b ? -1 : 1));
  return usersOf(
    connection,
    bans.map(([user]) => user),
  );
}

export async function invite(
  connection: Connection,
  hash: string,
  now: number,
): Promise<{ room: RoomId; can: Can } | null> {
  const room = await connection.call<string | null>("HGET", house.invites, hash);
  if (room === null) return null;
  const json = await connection.call<string | null>("HGET", roomKeys(room).invites, hash);
  const found = json === null ? null : (JSON.parse(json) as KeptInvite);
  return found && isUsable(found, now) ? { room: room as RoomId, can: found.can } : null;
}

export async function acquainted(
  connection: Connection,
  one: string,
  other: string,
): Promise<boolean> {
  return (await shared(connection, one, [other]))[0] ?? false;
}

/** Begins with the names as they are sorted, so a few of many cost no more than a few. */
export async function findUsers(
  connection: Connection,
  user: UserId,
  beginning: string,
  most: number,
): Promise<User[]> {
  const key = nameKey(beginning);
  const found = new Map<string, User>();
  for (const [names, isSorted] of [
    [NAMES, true],
    [USERNAMES, false],
  ] as const) {
    let from = `[${names}${key}`;
    const to = `[${names}${key}\u{10FFFF}`;
    for (let seen = 0, count = 0; seen < NAMES_MAX && !(isSorted && count >= most);) {
      const range = [from, to, "LIMIT", "0", String(BLOCK)];
      const entries = await connection.call<string[]>("ZRANGEBYLEX", house.people, ...range);
      const users = await usersOf(connection, entries.map(idIn));
      const isKnown = await shared(
        connection,
        user,
        users.map(({ id }) => id),
      );
      for (const [index, one] of users.entries()) {
        if (one.username === undefined && one.id !== user && !isKnown[index]) continue;
        found.set(one.id, one);
        count++;
      }
      if (entries.length < BLOCK) break;
      seen += entries.length;
      from = `(${entries.at(-1) ?? ""}`;
    }
  }
  return [...found.values()]
    .sort((a, b) => compare(nameKey(a.name), nameKey(b.name)) || compare(a.id, b.id))
    .slice(0, most);
}

export async function namesakes(connection: Connection, name: string): Promise<UserId[]> {
  const [from, to] = [nameEntry(name, ""), `${NAMES}${nameKey(name)}\u0001`];
  const entries = await connection.call<string[]>(
    "ZRANGEBYLEX",
    house.people,
    `[${from}`,
    `(${to}`,
  );
  return entries.map(idIn) as UserId[];
}

export async function allUsers(
  connection: Connection,
): Promise<(User & { admin: boolean; createdAt: number })[]> {
  const ids = await connection.call<string[]>("ZRANGE", house.users, "0", "-1");
  const fields = await fieldsOf(connection, ids);
  return ids.flatMap((id, index) => {
    const known = fields[index];
    if (!known?.get("name")) return [];
    const admin = known.get("admin") === "1";
    return [{ ...toUser(id, known), admin, createdAt: Number(known.get("createdAt")) }];
  });
}

export async function companions(
  connection: Connection,
  user: UserId,
  most: number,
): Promise<UserId[]> {
  const rooms = await connection.call<string[]>("SMEMBERS", userKeys(user).rooms);
  const sizes = await connection.all(rooms.map((room) => ["HLEN", roomKeys(room).members]));
  const small = rooms.filter((_, index) => Number(sizes[index]) <= most);
  const lists = await connection.all(small.map((room) => ["HKEYS", roomKeys(room).members]));
  const others = new Set((lists as UserId[][]).flat());
  others.delete(user);
  return [...others];
}

async function shared(
  connection: Connection,
  user: string,
  others: readonly string[],
): Promise<boolean[]> {
  const counts = await connection.all(
    others.map((other) => [
      "SINTERCARD",
      "2",
      userKeys(user).rooms,
      userKeys(other).rooms,
      "LIMIT",
      "1",
    ]),
  );
  return counts.map((count) => count === 1);
}

/** As the bytes of their UTF-8 compare. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
