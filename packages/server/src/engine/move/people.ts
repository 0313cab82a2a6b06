import type { Database } from "bun:sqlite";
import { limits, type Can, type RoomId, type SessionId, type UserId } from "@snug/protocol";
import type { NewSession } from "../../core/ports.ts";
import { BYTES } from "../redis/files.ts";
import { house, roomKeys, sessionIdKey, sessionKey, userKeys } from "../redis/keys.ts";
import { nameEntry, usernameEntry } from "../redis/people.ts";
import type { KeptSession } from "../redis/sessions.ts";
import { ROWS, tableOf, type Part } from "./part.ts";

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly guest: number;
  readonly created_at: number;
  readonly avatar: string | null;
  readonly username: string | null;
  readonly password_hash: string | null;
  readonly admin: number;
  readonly named_until: number;
  readonly presence: string;
  readonly receipts: number;
  readonly last_seen: number | null;
  readonly bytes: number | null;
}

export function users(db: Database): Part {
  const rows = db.query(
    `SELECT user.*, (SELECT sum(size) FROM file WHERE by = user.id AND json IS NOT NULL) AS bytes
     FROM user WHERE id > ? ORDER BY id LIMIT ${ROWS}`,
  );
  return tableOf<UserRow>(
    rows,
    [""],
    ({ id }) => [id],
    (row) => ({ commands: userCommands(row) }),
  );
}

/** Those that are over stay behind. */
export function sessions(db: Database, now: number): Part {
  const rows = db.query(`SELECT * FROM session WHERE id > ? ORDER BY id LIMIT ${ROWS}`);
  return tableOf<SessionRow>(
    rows,
    [""],
    ({ id }) => [id],
    (row) => ({ commands: endOf(row) > now ? sessionCommands(row) : [] }),
  );
}

export interface SessionRow {
  readonly id: string;
  readonly token_hash: string;
  readonly user: string;
  readonly device: string;
  readonly created_at: number;
  readonly used_at: number;
  readonly kind: string;
  readonly scope_room: string | null;
  readonly scope_can: string | null;
  readonly expires_at: number | null;
}

export function endOf({ kind, used_at: usedAt, expires_at: expiresAt }: SessionRow): number {
  const idle = kind === "device" ? usedAt + limits.sessionIdleMs : Number.POSITIVE_INFINITY;
  return Math.min(idle, expiresAt ?? Number.POSITIVE_INFINITY);
}

function userCommands(row: UserRow): string[][] {
  const { id, name, username } = row;
  const isErased = name === "";
  const fields = {
    name,
    createdAt: row.created_at,
    guest: row.guest === 1 ? "1" : null,
    avatar: row.avatar,
    username,
    passwordHash: row.password_hash,
    admin: row.admin === 1 ? "1" : null,
    namedUntil: row.named_until || null,
    presence: row.presence === "auto" ? null : row.presence,
    receipts: row.receipts === 1 ? null : "0",
    lastSeen: row.last_seen,
    erased: isErased ? "1" : null,
    [BYTES]: row.bytes || null,
  };
  const known = Object.entries(fields).flatMap(([field, value]) =>
    value === null ? [] : [field, String(value)],
  );
  const commands = [["HSET", userKeys(id).user, ...known]];
  if (isErased) return commands;
  commands.push(
    ["ZADD", house.users, String(row.created_at), id],
    ["ZADD", house.people, "0", nameEntry(name, id)],
  );
  if (username !== null)
    commands.push(
      ["HSET", house.usernames, username.toLowerCase(), id],
      ["ZADD", house.people, "0", usernameEntry(username, id)],
    );
  return commands;
}

function sessionCommands(row: SessionRow): string[][] {
  const { id, token_hash: tokenHash, user, scope_room: room, scope_can: can } = row;
  const kept: KeptSession = {
    id: id as SessionId,
    kind: row.kind as NewSession["kind"],
    tokenHash,
    device: row.device,
    createdAt: row.created_at,
    scope: can === null ? null : { room: room as RoomId | null, can: can as Can },
    expiresAt: row.expires_at,
    user: user as UserId,
  };
  const key = sessionKey(tokenHash);
  const used = ["usedAt", String(row.used_at)];
  const commands = [
    ["HSET", key, "user", user, "session", JSON.stringify(kept), ...used],
    ["SET", sessionIdKey(id), tokenHash],
    ["HSET", userKeys(user).sessions, id, tokenHash],
  ];
  const end = endOf(row);
  if (Number.isFinite(end))
    for (const one of [key, sessionIdKey(id)]) commands.push(["PEXPIREAT", one, String(end)]);
  if (room !== null) commands.push(["SADD", roomKeys(room).tokens, tokenHash]);
  return commands;
}
