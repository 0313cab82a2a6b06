import type { Database } from "bun:sqlite";
import {
  limits,
  type Member,
  type Role,
  type SessionId,
  type User,
  type UserId,
} from "@snug/protocol";
import type { NewSession, SessionRecord } from "../../core/ports.ts";

interface UserRow {
  id: string;
  name: string;
  guest: number;
}

interface SessionRow {
  id: string;
  user: string;
  device: string;
  created_at: number;
  used_at: number;
}

/** Times of use are kept to the hour: they are for people to look at. */
const USE_STEP = 60 * 60 * 1_000;

/** Users, their sessions, and who is a member where. */
export class People {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  addUser(user: User, session: NewSession): void {
    this.#sql.addUser.run(user.id, user.name, Number(user.guest));
    const { id, tokenHash, device, createdAt } = session;
    this.#sql.addSession.run(id, tokenHash, user.id, device, createdAt, createdAt);
  }

  users(ids: readonly string[]): User[] {
    return ids.flatMap((id) => {
      const row = this.#sql.user.get(id) as UserRow | null;
      return row ? [toUser(row)] : [];
    });
  }

  /** The live session of this token. `stale` when its time of use should be written. */
  session(tokenHash: string, now: number): { id: SessionId; user: User; stale: boolean } | null {
    const row = this.#sql.session.get(tokenHash) as SessionRow | null;
    if (row === null || now - row.used_at > limits.sessionIdleMs) return null;
    const [user] = this.users([row.user]);
    return user ? { id: row.id as SessionId, user, stale: now - row.used_at > USE_STEP } : null;
  }

  use(session: SessionId, now: number): void {
    this.#sql.use.run(now, session);
  }

  sessions(user: UserId, now: number): SessionRecord[] {
    const rows = this.#sql.sessions.all(user, now - limits.sessionIdleMs) as SessionRow[];
    return rows.map((row) => ({
      id: row.id as SessionId,
      device: row.device,
      createdAt: row.created_at,
      usedAt: row.used_at,
    }));
  }

  endSession(user: UserId, session: string): boolean {
    return this.#sql.endSession.run(session, user).changes > 0;
  }

  members(room: string): Member[] {
    const rows = this.#sql.members.all(room) as (UserRow & { role: Role; joined_at: number })[];
    return rows.map((row) => ({ user: toUser(row), role: row.role, joinedAt: row.joined_at }));
  }

  /** Ids of the rooms, oldest first. */
  roomsFor(user: UserId, which: "mine" | "visible"): string[] {
    return (
      this.#sql.roomsFor.all(which === "visible" ? "public" : null, user) as { id: string }[]
    ).map((row) => row.id);
  }

  acquainted(one: UserId, other: string): boolean {
    return this.#sql.acquainted.get(one, other) !== null;
  }
}

function prepare(db: Database) {
  return {
    addUser: db.query("INSERT INTO user (id, name, guest) VALUES (?, ?, ?)"),
    addSession: db.query(
      "INSERT INTO session (id, token_hash, user, device, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    user: db.query("SELECT id, name, guest FROM user WHERE id = ?"),
    session: db.query("SELECT * FROM session WHERE token_hash = ?"),
    use: db.query("UPDATE session SET used_at = ? WHERE id = ?"),
    sessions: db.query(
      "SELECT * FROM session WHERE user = ? AND used_at >= ? ORDER BY created_at, id",
    ),
    endSession: db.query("DELETE FROM session WHERE id = ? AND user = ?"),
    members: db.query(
      `SELECT user.id, user.name, user.guest, member.role, member.joined_at
       FROM member JOIN user ON user.id = member.user
       WHERE member.room = (SELECT num FROM room WHERE id = ?) ORDER BY member.joined_at, user.id`,
    ),
    roomsFor: db.query(
      `SELECT id FROM room WHERE kind = ? OR num IN (SELECT room FROM member WHERE user = ?) ORDER BY num`,
    ),
    acquainted: db.query(
      "SELECT 1 FROM member AS a JOIN member AS b ON a.room = b.room WHERE a.user = ? AND b.user = ? LIMIT 1",
    ),
  };
}

function toUser(row: UserRow): User {
  return { id: row.id as UserId, name: row.name, guest: row.guest === 1 };
}
