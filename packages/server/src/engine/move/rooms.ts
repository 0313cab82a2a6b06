import type { Database } from "bun:sqlite";
import type { Can, Role, UserId } from "@snug/protocol";
import { toRoom, type RoomRow } from "../embedded/log.ts";
import { house, roomKeys, userKeys } from "../redis/keys.ts";
import type { KeptInvite } from "../redis/membership.ts";
import { threadField, type Followed } from "../redis/messages.ts";
import { DAY_MS, othersAbout, type Base, type Kept, type Membership } from "../redis/room.ts";
import { many, ROWS, tableOf, type Part } from "./part.ts";

interface MovedRow extends RoomRow {
  readonly name_key: string | null;
  readonly base_num: number | null;
  readonly direct_key: string | null;
  readonly owners: number;
}

interface InviteRow {
  readonly id: string;
  readonly hash: string;
  readonly can: string;
  readonly uses: number | null;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly created_by: string;
}

interface MemberRow {
  readonly num: number;
  readonly id: string;
  readonly user: string;
  readonly role: string;
  readonly joined_at: number;
  readonly joined: number;
  readonly read: number;
  readonly level: string;
}

/** Records, bans and invites. */
export function rooms(db: Database): Part {
  const last = (from: string) =>
    `FROM event WHERE event.room = ${from} AND event.seq <= room.base_seq ORDER BY event.seq DESC LIMIT 1`;
  const rows = db.query(
    `SELECT room.*, (SELECT num ${last("room.num")}) AS base_num,
       (SELECT count(*) FROM member WHERE room = room.num AND role = 'owner') AS owners
     FROM room WHERE num > ? ORDER BY num LIMIT ${ROWS}`,
  );
  const head = db.query(
    "SELECT num, seq, id, at FROM event WHERE room = ? AND seq > ? ORDER BY seq DESC LIMIT 1",
  );
  const bans = db.query("SELECT user, at FROM ban WHERE room = ?");
  const invites = db.query("SELECT * FROM invite WHERE room = ?");
  return tableOf<MovedRow>(
    rows,
    [0],
    ({ num }) => [num],
    (row) => ({
      commands: [
        ...roomCommands(row, head.get(row.num, row.base_seq) as Head | null),
        ...many(
          "HSET",
          roomKeys(row.id).bans,
          (bans.all(row.num) as { user: string; at: number }[]).flatMap(({ user, at }) => [
            user,
            String(at),
          ]),
          2,
        ),
        ...(invites.all(row.num) as InviteRow[]).flatMap((one) => inviteCommands(row.id, one)),
      ],
    }),
  );
}

/** Members, how far they read, and the threads that they follow. */
export function members(db: Database): Part {
  const rows = db.query(
    `SELECT room.num, room.id, member.user, role, joined_at, joined, read, level
     FROM member JOIN room ON room.num = member.room
     WHERE (member.room, member.user) > (?, ?) ORDER BY member.room, member.user LIMIT ${ROWS}`,
  );
  const follows = db.query("SELECT thread, own, mark FROM follow WHERE room = ? AND user = ?");
  return tableOf<MemberRow>(
    rows,
    [0, ""],
    ({ num, user }) => [num, user],
    (row) => ({
      commands: memberCommands(
        row,
        follows.all(row.num, row.user) as (Followed & { thread: number })[],
      ),
    }),
  );
}

/** What people are in rooms, or last were. */
export function lastRoles(db: Database): Part {
  const rows = db.query(
    `SELECT room.num, room.id, last_role.user, role, by_others
     FROM last_role JOIN room ON room.num = last_role.room
     WHERE (last_role.room, last_role.user) > (?, ?)
     ORDER BY last_role.room, last_role.user LIMIT ${ROWS}`,
  );
  return tableOf<LastRoleRow>(
    rows,
    [0, ""],
    ({ num, user }) => [num, user],
    ({ id, user, role, by_others: byOthers }) => {
      const { about } = roomKeys(id);
      const others = byOthers === null ? [] : [othersAbout(user), byOthers];
      return {
        commands: [
          ["HSET", about, user, role, ...others],
          ["SADD", userKeys(user).told, id],
        ],
      };
    },
  );
}

interface LastRoleRow {
  readonly num: number;
  readonly id: string;
  readonly user: string;
  readonly role: string;
  readonly by_others: string | null;
}

interface Head {
  readonly num: number;
  readonly seq: number;
  readonly id: string;
  readonly at: number;
}

function roomCommands(row: MovedRow, newest: Head | null): string[][] {
  const { num, id, kind } = row;
  const { room: key } = roomKeys(id);
  const kept: Kept = toRoom(row);
  const base: Base = {
    seq: row.base_seq,
    id: row.base_id,
    at: row.base_at,
    order: row.base_num ?? 0,
  };
  const head = newest ?? { ...base, num: base.order };
  const fields = {
    v: crypto.randomUUID(),
    m: crypto.randomUUID(),
    kept: JSON.stringify(kept),
    base: JSON.stringify(base),
    seq: head.seq,
    id: head.id,
    at: head.at,
    order: head.num,
    owners: row.owners,
    // Of the last day on which anything may have been sent.
    day: head.seq === 0 ? -1 : Math.floor(head.at / DAY_MS),
    n: num,
    held: 0,
    ...(row.direct_key !== null && { direct: row.direct_key }),
  };
  const commands = [
    ["HSET", key, ...Object.entries(fields).flatMap(([field, value]) => [field, String(value)])],
    ["ZADD", house.rooms, String(num), id],
  ];
  if (kind === "public") commands.push(["ZADD", house.publicRooms, String(num), id]);
  if (row.name_key !== null) commands.push(["HSET", house.names, row.name_key, id]);
  if (row.direct_key !== null) commands.push(["HSET", house.directs, row.direct_key, id]);
  if (row.expires_at !== null) commands.push(["ZADD", house.ends, String(row.expires_at), id]);
  return commands;
}

function inviteCommands(room: string, row: InviteRow): string[][] {
  const { hash, uses } = row;
  const invite: KeptInvite = {
    id: row.id,
    hash,
    can: row.can as Can,
    // How many there were at first nobody is told.
    uses,
    left: uses,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    createdBy: row.created_by as UserId,
  };
  return [
    ["HSET", roomKeys(room).invites, hash, JSON.stringify(invite)],
    ["HSET", house.invites, hash, room],
  ];
}

function memberCommands(
  row: MemberRow,
  follows: readonly (Followed & { thread: number })[],
): string[][] {
  const { id, user, level } = row;
  const keys = roomKeys(id);
  const member: Membership = {
    role: row.role as Role,
    joinedAt: row.joined_at,
    joined: row.joined,
  };
  const fields = follows.flatMap(({ thread, own, mark }) => [
    threadField(thread),
    JSON.stringify({ own, mark } satisfies Followed),
  ]);
  return [
    ["HSET", keys.members, user, JSON.stringify(member)],
    ["SADD", userKeys(user).rooms, id],
    ["HSET", keys.member(user), "read", String(row.read)],
    ...(level === "all" ? [] : [["HSET", keys.member(user), "level", level]]),
    ...many("HSET", keys.member(user), fields, 2),
  ];
}
