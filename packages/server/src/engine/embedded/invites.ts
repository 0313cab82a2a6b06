import type { Database } from "bun:sqlite";
import type { Can, Invite, RoomId, UserId } from "@snug/protocol";
import type { NewInvite } from "../../core/ports.ts";

interface InviteRow {
  id: string;
  can: string;
  uses: number | null;
  expires_at: number | null;
  created_at: number;
  created_by: string;
}

/** Ways into rooms. How one is used up is with the join that uses it, in membership.ts. */
export class Invites {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** Those that cannot be used any more go. */
  add(room: number, invite: NewInvite, now: number): void {
    const { id, hash, can, uses, expiresAt, createdAt, createdBy } = invite;
    this.#sql.endSpent.run(room, now);
    this.#sql.add.run(id, room, hash, can, uses, expiresAt, createdAt, createdBy);
  }

  /** Those that can still be used, oldest first. */
  of(room: number, now: number): Invite[] {
    return (this.#sql.of.all(room, now) as InviteRow[]).map((row) => ({
      id: row.id,
      can: row.can as Can,
      uses: row.uses,
      expiresAt: row.expires_at,
      createdAt: row.created_at,
      createdBy: row.created_by as UserId,
    }));
  }

  end(room: number, id: string): boolean {
    return this.#sql.end.run(id, room).changes > 0;
  }

  find(hash: string, now: number): { room: RoomId; can: Can } | null {
    return this.#sql.find.get(hash, now) as { room: RoomId; can: Can } | null;
  }
}

/** Whether an invite can still be used, now. */
export const usable =
  "(uses IS NULL OR uses > 0) AND (invite.expires_at IS NULL OR invite.expires_at > ?)";

function prepare(db: Database) {
  return {
    add: db.query(
      `INSERT INTO invite (id, room, hash, can, uses, expires_at, created_at, created_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    of: db.query(`SELECT * FROM invite WHERE room = ? AND ${usable} ORDER BY created_at, id`),
    endSpent: db.query(`DELETE FROM invite WHERE room = ? AND NOT (${usable})`),
    end: db.query("DELETE FROM invite WHERE id = ? AND room = ?"),
    find: db.query(
      `SELECT room.id AS room, invite.can FROM invite JOIN room ON room.num = invite.room
       WHERE invite.hash = ? AND ${usable}`,
    ),
  };
}
