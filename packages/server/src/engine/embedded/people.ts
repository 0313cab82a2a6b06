import type { Database } from "bun:sqlite";
import {
  limits,
  type Can,
  type RoomId,
  type SessionId,
  type User,
  type UserId,
} from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import type {
  HostUser,
  NewAccount,
  NewSession,
  NewUser,
  Scope,
  SessionRecord,
  Settings,
  Signed,
  UserChange,
} from "../../core/ports.ts";
import { aboutUser } from "./schema.ts";

export const userColumns = "user.id, user.name, user.guest, user.username, user.avatar";

export interface UserRow {
  id: string;
  name: string;
  guest: number;
  username: string | null;
  avatar: string | null;
}

interface SessionRow {
  id: string;
  user: string;
  device: string;
  created_at: number;
  used_at: number;
  scope_room: string | null;
  scope_can: string | null;
  expires_at: number | null;
}

/** Sorts behind whatever may go on from a beginning. */
const LAST_LETTER = "\u{10FFFF}";
/** Times of use are kept to the hour: they are for people to look at. */
const USE_STEP = 60 * 60 * 1_000;

interface KnownRow extends UserRow {
  admin: number;
  presence: Settings["presence"];
  receipts: number;
  last_seen: number | null;
}

/** What is asked of somebody whenever they, or those they share a room with, come or go. */
interface Known {
  readonly user: User;
  readonly admin: boolean;
  readonly settings: Settings;
  readonly seenAt: number | null;
}

const USUAL: Settings = { presence: "auto", receipts: true };

/** How many people are remembered: some 15 MB. */
const PEOPLE = 50_000;

/** Users, their accounts, and what signs them in. */
export class People {
  readonly #sql;
  /** Whom somebody asked for; whatever changes one of them takes them out. */
  readonly #known = new Map<string, Known>();

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** After a rollback: what memory holds is read from the disk anew. */
  forget(): void {
    this.#known.clear();
  }

  /** Whether they are administrator now. */
  addUser({ id, name, createdAt, account }: NewUser): boolean {
    this.#sql.addUser.run(id, name, nameKey(name), Number(account === null), createdAt);
    return account ? this.#addAccount(id, account) : false;
  }

  hostUser(id: UserId): { user: User; namedUntil: number } | null {
    const row = this.#sql.hostUser.get(id) as (UserRow & { named_until: number }) | null;
    return row && { user: toUser(row), namedUntil: row.named_until };
  }

  putHostUser({ id, name, avatar, createdAt, expiresAt }: HostUser): {
    user: User;
    renamed: boolean;
  } | null {
    const [before] = this.users([id]);
    const key = nameKey(name);
    this.#known.delete(id);
    this.#sql.putHostUser.run(id, name, key, avatar === "" ? null : avatar, createdAt, expiresAt);
    const [user] = this.users([id]);
    if (user === undefined || user.name === "") return null;
    return { user, renamed: before !== undefined && before.name !== user.name };
  }

  /** Why nobody of this id becomes an account of this username. */
  checkAccount(
    user: UserId,
    { username }: NewAccount,
  ): { kind: "username_taken" } | { kind: "not_guest" } | null {
    const row = this.#sql.user.get(user) as UserRow | null;
    if (row === null || row.guest === 0 || row.name === "") return { kind: "not_guest" };
    return this.account(username) && { kind: "username_taken" };
  }

  /** What `checkAccount` had nothing against. The ids of all their sessions, which end, come back. */
  addAccount(
    id: UserId,
    name: string | null,
    account: NewAccount,
  ): { admin: boolean; user: User; ended: SessionId[] } {
    const admin = this.#addAccount(id, account);
    this.#known.delete(id);
    if (name !== null) this.#sql.rename.run(name, nameKey(name), id);
    const [user] = this.users([id]);
    if (!user) throw new Error("a user that was just changed is gone");
    return { admin, user, ended: this.#ended(this.#sql.endAll.all(id)) };
  }

  account(username: string): { user: User; passwordHash: string } | null {
    const row = this.#sql.account.get(username) as (UserRow & { password_hash: string }) | null;
    return row && { user: toUser(row), passwordHash: row.password_hash };
  }

  passwordHash(user: UserId): string | null {
    const row = this.#sql.passwordHash.get(user) as { password_hash: string | null } | null;
    return row && row.password_hash;
  }

  /** Who was erased is changed no more. With a new password devices end; their ids come back. */
  changeUser(
    user: UserId,
    { name, avatar, presence, receipts, password }: UserChange,
  ): { user: User; ended: SessionId[] } | null {
    if (password !== undefined && this.passwordHash(user) !== password.was) return null;
    this.#known.delete(user);
    if (name !== undefined) this.#sql.rename.run(name, nameKey(name), user);
    if (avatar !== undefined) this.#sql.setAvatar.run(avatar === "" ? null : avatar, user);
    if (presence !== undefined) this.#sql.setPresence.run(presence, user);
    if (receipts !== undefined) this.#sql.setReceipts.run(Number(receipts), user);
    if (password !== undefined) this.#sql.setPassword.run(password.hash, user);
    const [changed] = this.users([user]);
    if (!changed) throw new Error(`user ${user} was not looked up before it was changed`);
    const ended = password === undefined ? [] : this.endSessions(user, password.keeps);
    return { user: changed, ended };
  }

  settings(user: UserId): Settings {
    return this.#find(user)?.settings ?? USUAL;
  }

  saw(user: UserId, at: number): void {
    this.#known.delete(user);
    this.#sql.saw.run(at, user);
  }

  lastSeen(users: readonly UserId[]): Map<UserId, number> {
    const seen = new Map<UserId, number>();
    for (const user of users) {
      const seenAt = this.#find(user)?.seenAt ?? null;
      if (seenAt !== null) seen.set(user, seenAt);
    }
    return seen;
  }

  /** The row stays without a name, for what they said. */
  eraseUser(user: UserId): void {
    this.#known.delete(user);
    this.#sql.eraseUser.run(user);
    this.#sql.eraseName.run(user);
    this.#sql.eraseLastRoles.run(user);
    this.#sql.endAll.all(user);
  }

  users(ids: readonly string[]): User[] {
    return ids.flatMap((id) => this.#find(id)?.user ?? []);
  }

  findUsers(user: UserId, beginning: string, most: number): User[] {
    const from = nameKey(beginning);
    const to = from + LAST_LETTER;
    return (this.#sql.findUsers.all({ user, from, to, most }) as UserRow[]).map(toUser);
  }

  namesakes(name: string): UserId[] {
    const rows = this.#sql.namesakes.all(nameKey(name)) as { id: UserId }[];
    return rows.map(({ id }) => id);
  }

  allUsers(): (User & { admin: boolean; createdAt: number })[] {
    const rows = this.#sql.allUsers.all() as (UserRow & { admin: number; created_at: number })[];
    return rows.map((row) => ({
      ...toUser(row),
      admin: row.admin === 1,
      createdAt: row.created_at,
    }));
  }

  acquainted(one: UserId, other: string): boolean {
    return this.#sql.acquainted.get(one, other) !== null;
  }

  /** Those of this user that are over go. Whether it was added. */
  addSession(user: UserId, session: NewSession, now: number, passwordHash?: string): boolean {
    this.#sql.endOver.run({ user, idle: now - limits.sessionIdleMs, now });
    const { id, kind, tokenHash, device, createdAt, scope, expiresAt } = session;
    const { changes } = this.#sql.addSession.run({
      id,
      kind,
      tokenHash,
      user,
      device,
      createdAt,
      scopeRoom: scope?.room ?? null,
      scopeCan: scope?.can ?? null,
      expiresAt,
      passwordHash: passwordHash ?? null,
    });
    return changes > 0;
  }

  /** The live session of this token. `stale` when its time of use should be written. */
  session(tokenHash: string, now: number): (Signed & { stale: boolean }) | null {
    const row = this.#sql.session.get(tokenHash) as (SessionRow & { kind: string }) | null;
    if (row === null) return null;
    const isIdle = row.kind === "device" && now - row.used_at > limits.sessionIdleMs;
    if (isIdle || (row.expires_at !== null && row.expires_at <= now)) return null;
    const known = this.#find(row.user);
    if (known === null) throw new Error(`session ${row.id} is nobody's`);
    return {
      id: row.id as SessionId,
      user: known.user,
      admin: known.admin,
      scope: toScope(row),
      expiresAt: row.expires_at,
      stale: now - row.used_at > USE_STEP,
    };
  }

  sessionById(id: string, now: number): Signed | null {
    const found = this.#sql.tokenOf.get(id) as { hash: string } | null;
    if (found === null) return null;
    const signed = this.session(found.hash, now);
    if (signed === null) return null;
    const { stale: _, ...rest } = signed;
    return rest;
  }

  use(session: SessionId, now: number): void {
    this.#sql.use.run(now, session);
  }

  sessions(user: UserId, kind: NewSession["kind"], now: number): SessionRecord[] {
    const since = kind === "device" ? now - limits.sessionIdleMs : 0;
    const rows = this.#sql.sessions.all({ user, kind, since, now }) as SessionRow[];
    return rows.map((row) => ({
      id: row.id as SessionId,
      device: row.device,
      createdAt: row.created_at,
      usedAt: row.used_at,
      scope: toScope(row),
      expiresAt: row.expires_at,
    }));
  }

  endSession(user: UserId, session: string, kind: NewSession["kind"]): boolean {
    return this.#sql.endSession.run(session, user, kind).changes > 0;
  }

  /** All devices but one; those that ended. */
  endSessions(user: UserId, except: SessionId | null): SessionId[] {
    return this.#ended(this.#sql.endDevices.all(user, except ?? ""));
  }

  /** Whatever was good for this room alone. */
  endTokensOf(room: RoomId): SessionId[] {
    return this.#ended(this.#sql.endTokensOf.all(room));
  }

  #find(id: string): Known | null {
    const known = this.#known.get(id);
    if (known) return known;
    const row = this.#sql.user.get(id) as KnownRow | null;
    if (row === null) return null;
    if (this.#known.size >= PEOPLE) this.#known.clear();
    const { presence, receipts, last_seen: seenAt } = row;
    const isUsual = presence === USUAL.presence && receipts === 1;
    const settings = isUsual ? USUAL : { presence, receipts: receipts === 1 };
    const found = { user: toUser(row), admin: row.admin === 1, settings, seenAt };
    this.#known.set(found.user.id, found);
    return found;
  }

  #addAccount(id: UserId, { username, passwordHash, asAdmin }: NewAccount): boolean {
    const admin = asAdmin !== null && this.#sql.anyAdmin.get() === null;
    this.#sql.addAccount.run(username, passwordHash, Number(admin), id);
    return admin;
  }

  #ended(rows: unknown[]): SessionId[] {
    return (rows as { id: SessionId }[]).map(({ id }) => id);
  }
}

function prepare(db: Database) {
  const columns = userColumns;
  return {
    addUser: db.query(
      "INSERT INTO user (id, name, name_key, guest, created_at) VALUES (?, ?, ?, ?, ?)",
    ),
    putHostUser: db.query(
      `INSERT INTO user (id, name, name_key, guest, avatar, created_at, named_until)
       VALUES (?, ?, ?, 0, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE
       SET name = excluded.name, name_key = excluded.name_key, avatar = excluded.avatar,
         named_until = excluded.named_until
       WHERE name <> '' AND named_until < excluded.named_until`,
    ),
    hostUser: db.query(`SELECT ${columns}, named_until FROM user WHERE id = ?`),
    addAccount: db.query(
      "UPDATE user SET guest = 0, username = ?, password_hash = ?, admin = ? WHERE id = ?",
    ),
    anyAdmin: db.query("SELECT 1 FROM user WHERE admin = 1 LIMIT 1"),
    account: db.query(
      `SELECT ${columns}, password_hash FROM user WHERE username = ? COLLATE NOCASE`,
    ),
    passwordHash: db.query("SELECT password_hash FROM user WHERE id = ?"),
    rename: db.query("UPDATE user SET name = ?, name_key = ? WHERE id = ? AND name <> ''"),
    setAvatar: db.query("UPDATE user SET avatar = ? WHERE id = ? AND name <> ''"),
    setPassword: db.query("UPDATE user SET password_hash = ? WHERE id = ?"),
    setPresence: db.query("UPDATE user SET presence = ? WHERE id = ? AND name <> ''"),
    setReceipts: db.query("UPDATE user SET receipts = ? WHERE id = ? AND name <> ''"),
    saw: db.query("UPDATE user SET last_seen = ? WHERE id = ? AND name <> ''"),
    eraseUser: db.query(
      `UPDATE user SET name = '', name_key = '', username = NULL, avatar = NULL, password_hash = NULL,
       admin = 0, presence = 'auto', receipts = 1, last_seen = NULL WHERE id = ?`,
    ),
    eraseName: db.query(
      `UPDATE event SET json = json_set(json, '$.user.name', ''), sum = NULL
       WHERE type <> 'message.posted' AND ${aboutUser} = ?`,
    ),
    eraseLastRoles: db.query("DELETE FROM last_role WHERE user = ?"),
    user: db.query(
      `SELECT ${columns}, admin, presence, receipts, last_seen FROM user WHERE id = ?`,
    ),
    findUsers: db.query(
      `SELECT ${columns} FROM user
       WHERE name <> '' AND id IN (
           SELECT id FROM user WHERE name_key >= $from AND name_key < $to
           UNION SELECT id FROM user
             WHERE username COLLATE NOCASE >= $from AND username COLLATE NOCASE < $to)
         AND (username IS NOT NULL OR id = $user OR EXISTS (
           SELECT 1 FROM member AS a JOIN member AS b ON a.room = b.room
           WHERE a.user = $user AND b.user = user.id))
       ORDER BY name_key, id LIMIT +$most`,
    ),
    // Who was erased has none.
    namesakes: db.query("SELECT id FROM user WHERE name_key = ? AND name_key <> ''"),
    allUsers: db.query(
      `SELECT ${columns}, user.admin, user.created_at FROM user WHERE name <> '' ORDER BY created_at, id`,
    ),
    acquainted: db.query(
      "SELECT 1 FROM member AS a JOIN member AS b ON a.room = b.room WHERE a.user = ? AND b.user = ? LIMIT 1",
    ),
    addSession: db.query(
      `INSERT INTO session (id, kind, token_hash, user, device, created_at, used_at, scope_room, scope_can, expires_at)
       SELECT $id, $kind, $tokenHash, id, $device, $createdAt, $createdAt, $scopeRoom, $scopeCan, $expiresAt
       FROM user WHERE id = $user AND name <> '' AND ($passwordHash IS NULL OR password_hash = $passwordHash)`,
    ),
    endOver: db.query(
      `DELETE FROM session WHERE user = $user
       AND (kind = 'device' AND used_at < $idle OR expires_at <= $now)`,
    ),
    session: db.query("SELECT * FROM session WHERE token_hash = ?"),
    tokenOf: db.query("SELECT token_hash AS hash FROM session WHERE id = ?"),
    use: db.query("UPDATE session SET used_at = ? WHERE id = ?"),
    sessions: db.query(
      `SELECT * FROM session WHERE user = $user AND kind = $kind AND used_at >= $since
       AND (expires_at IS NULL OR expires_at > $now) ORDER BY created_at, id`,
    ),
    endSession: db.query("DELETE FROM session WHERE id = ? AND user = ? AND kind = ?"),
    endDevices: db.query(
      "DELETE FROM session WHERE user = ? AND kind = 'device' AND id <> ? RETURNING id",
    ),
    endAll: db.query("DELETE FROM session WHERE user = ? RETURNING id"),
    endTokensOf: db.query("DELETE FROM session WHERE scope_room = ? RETURNING id"),
  };
}

export function toUser(row: UserRow): User {
  return {
    id: row.id as UserId,
    name: row.name,
    guest: row.guest === 1,
    ...(row.username !== null && { username: row.username }),
    ...(row.avatar !== null && { avatar: row.avatar }),
  };
}

function toScope({
  scope_room: room,
  scope_can: can,
}: Pick<SessionRow, "scope_room" | "scope_can">): Scope | null {
  return can === null ? null : { room: room as RoomId | null, can: can as Can };
}
