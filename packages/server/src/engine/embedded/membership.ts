import type { Database } from "bun:sqlite";
import type { Member, Role, User, UserId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import { orphans } from "../../core/owners.ts";
import type { Effect, LastRole, MessageEffect, Refused, RoomChange } from "../../core/ports.ts";
import { usable } from "./invites.ts";
import { toUser, userColumns, type UserRow } from "./people.ts";

/** A room as membership needs it; kept up to date here. */
export interface Place {
  readonly num: number;
  room: { kind: string; name: string; topic: string; capacity: number | null; archived: boolean };
  memberCount: number;
  /** Members' standings that were looked up: every send asks for its sender's. */
  readonly standings: Map<string, Standing>;
  /** Who is in it, if that was asked since it changed last. */
  members: readonly UserId[] | null;
}

export interface Standing {
  readonly role: Role | null;
  readonly banned: boolean;
}

type PlaceEffect = Exclude<Effect, MessageEffect>;

/** One object of each for all. */
const MEMBERS: Readonly<Record<Role, Standing>> = {
  owner: { role: "owner", banned: false },
  moderator: { role: "moderator", banned: false },
  member: { role: "member", banned: false },
  reader: { role: "reader", banned: false },
};

/** How many looked-up standings a room keeps. */
const STANDINGS = 10_000;

/** Who is in a room as what, who may not be, and what an event changes of it. */
export class Membership {
  readonly #sql;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  count(num: number): number {
    return (this.#sql.count.get(num) as { members: number }).members;
  }

  standing({ num, standings }: Place, user: string): Standing {
    const known = standings.get(user);
    if (known) return known;
    const row = this.#sql.role.get(num, user) as { role: Role } | null;
    // Strangers may be anybody, in any number.
    if (row === null) return { role: null, banned: this.#sql.ban.get(num, user) !== null };
    // Nobody is a member who is banned.
    const standing = MEMBERS[row.role];
    if (standings.size >= STANDINGS) standings.clear();
    standings.set(user, standing);
    return standing;
  }

  lastRole({ num }: Place, user: UserId): LastRole | null {
    return this.#sql.lastRole.get(num, user) as LastRole | null;
  }

  /** For a small room: who is in it is remembered, since whoever comes or goes asks. */
  memberIds(place: Place): readonly UserId[] {
    const rows = () => this.#sql.memberIds.all(place.num) as { user: UserId }[];
    return (place.members ??= rows().map(({ user }) => user));
  }

  members(num: number): Member[] {
    const rows = this.#sql.members.all(num) as (UserRow & { role: Role; joined_at: number })[];
    return rows.map((row) => ({ user: toUser(row), role: row.role, joinedAt: row.joined_at }));
  }

  membersNamed(
    num: number,
    { ids, usernames }: { ids: readonly string[]; usernames: readonly string[] },
  ): User[] {
    const rows = [
      ...ids.map((id) => this.#sql.withId.get(num, id)),
      ...usernames.map((username) => this.#sql.withUsername.get(num, username)),
    ] as (UserRow | null)[];
    return [...new Map(rows.flatMap((row) => (row ? [[row.id, toUser(row)]] : []))).values()];
  }

  banned(num: number): User[] {
    return (this.#sql.banned.all(num) as UserRow[]).map(toUser);
  }

  ban(place: Place, user: UserId, at: number): void {
    this.#sql.addBan.run(place.num, user, at);
    place.standings.delete(user);
  }

  unban(place: Place, user: UserId): void {
    this.#sql.unban.run(place.num, user);
    place.standings.delete(user);
  }

  /** Why the effect may not happen, or that it is there already; `null`: it may. */
  check(place: Place, effect: PlaceEffect, now: number): Refused | { kind: "unchanged" } | null {
    switch (effect.kind) {
      case "join": {
        if (this.#sql.erased.get(effect.user) !== null)
          return { kind: "refused", why: "user_gone" };
        const { role, banned } = this.standing(place, effect.user);
        if (role !== null) return { kind: "unchanged" };
        if (banned) return { kind: "refused", why: "banned" };
        if (place.room.archived) return { kind: "refused", why: "archived" };
        const { capacity } = place.room;
        if (capacity !== null && place.memberCount >= capacity)
          return { kind: "refused", why: "room_full" };
        const spent =
          effect.invite !== null && this.#sql.usable.get(effect.invite, place.num, now) === null;
        return spent ? { kind: "refused", why: "invite_spent" } : null;
      }
      case "leave": {
        const { role } = this.standing(place, effect.user);
        return role === null ? { kind: "unchanged" } : this.#checkOwners(place, effect, role);
      }
      case "role": {
        const { role } = this.standing(place, effect.user);
        if (role === null || role === effect.role) return { kind: "unchanged" };
        return this.#checkOwners(place, effect, role);
      }
      case "room":
        return this.#checkChange(place, effect.change);
    }
  }

  /** What `check` had nothing against. */
  apply(
    place: Place,
    effect: PlaceEffect,
    { seq, at, by }: { seq: number; at: number; by: UserId },
  ): void {
    if (effect.kind === "join" || effect.kind === "role") {
      const { user, role } = effect;
      this.#sql.setLastRole.run(place.num, user, role, by === user ? null : role);
    }
    switch (effect.kind) {
      case "join":
        this.#sql.join.run({ room: place.num, user: effect.user, role: effect.role, seq, at });
        if (effect.invite !== null) this.#sql.useUp.run(effect.invite);
        place.memberCount++;
        place.members = null;
        place.standings.delete(effect.user);
        return;
      case "leave":
        this.#sql.leave.run(place.num, effect.user);
        if (effect.ban) this.ban(place, effect.user, at);
        // Who is out lets nobody in any more.
        this.#sql.endInvites.run(place.num, effect.user);
        place.memberCount--;
        place.members = null;
        place.standings.delete(effect.user);
        return;
      case "role":
        this.#sql.setRole.run(effect.role, place.num, effect.user);
        place.standings.delete(effect.user);
        return;
      case "room": {
        const takesName = isRename(place, effect.change);
        place.room = { ...place.room, ...effect.change };
        const { name, topic, capacity, archived } = place.room;
        this.#sql.change.run(name, topic, capacity, Number(archived), place.num);
        if (takesName) this.#sql.takeName.run(nameKey(name), place.num);
      }
    }
  }

  #checkOwners(
    place: Place,
    effect: Extract<Effect, { kind: "leave" | "role" }>,
    role: Role,
  ): Refused | null {
    if (role !== "owner") return null;
    const { owners } = this.#sql.owners.get(place.num) as { owners: number };
    const left = orphans(effect, role, { owners, members: place.memberCount });
    return left ? { kind: "refused", why: "last_owner" } : null;
  }

  #checkChange(place: Place, change: RoomChange): Refused | { kind: "unchanged" } | null {
    const { room } = place;
    const same = (Object.keys(change) as (keyof RoomChange)[]).every(
      (key) => change[key] === room[key],
    );
    if (same) return { kind: "unchanged" };
    const { capacity = null } = change;
    if (capacity !== null && capacity < place.memberCount)
      return { kind: "refused", why: "crowded" };
    const taken =
      isRename(place, change) && this.#sql.nameTaken.get(nameKey(change.name), place.num) !== null;
    return taken ? { kind: "refused", why: "name_taken" } : null;
  }
}

/** Whether a public room takes a name. One from before names were unique goes on as it is called. */
function isRename(
  { room }: Place,
  change: RoomChange,
): change is RoomChange & { readonly name: string } {
  return room.kind === "public" && change.name !== undefined && change.name !== room.name;
}

function prepare(db: Database) {
  const named = `SELECT ${userColumns} FROM user JOIN member ON member.user = user.id
    WHERE member.room = ? AND`;
  return {
    count: db.query("SELECT count(*) AS members FROM member WHERE room = ?"),
    role: db.query("SELECT role FROM member WHERE room = ? AND user = ?"),
    ban: db.query("SELECT 1 FROM ban WHERE room = ? AND user = ?"),
    erased: db.query("SELECT 1 FROM user WHERE id = ? AND name = ''"),
    lastRole: db.query(
      "SELECT role, by_others AS byOthers FROM last_role WHERE room = ? AND user = ?",
    ),
    setLastRole: db.query(
      `INSERT INTO last_role (room, user, role, by_others) VALUES (?, ?, ?, ?)
       ON CONFLICT (room, user) DO UPDATE
       SET role = excluded.role, by_others = ifnull(excluded.by_others, by_others)`,
    ),
    memberIds: db.query("SELECT user FROM member WHERE room = ?"),
    members: db.query(
      `SELECT ${userColumns}, member.role, member.joined_at FROM member JOIN user ON user.id = member.user
       WHERE member.room = ? ORDER BY member.joined, member.joined_at, user.id`,
    ),
    banned: db.query(
      `SELECT ${userColumns} FROM ban JOIN user ON user.id = ban.user WHERE ban.room = ? ORDER BY ban.at, user.id`,
    ),
    addBan: db.query("INSERT INTO ban (room, user, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
    unban: db.query("DELETE FROM ban WHERE room = ? AND user = ?"),
    usable: db.query(`SELECT 1 FROM invite WHERE hash = ? AND room = ? AND ${usable}`),
    useUp: db.query("UPDATE invite SET uses = uses - 1 WHERE hash = ? AND uses IS NOT NULL"),
    join: db.query(
      `INSERT INTO member (room, user, role, joined_at, joined, read, read_posted)
       SELECT num, $user, $role, $at, $seq, $seq, posted FROM room WHERE num = $room`,
    ),
    withId: db.query(`${named} user.id = ?`),
    withUsername: db.query(`${named} user.username = ? COLLATE NOCASE`),
    owners: db.query("SELECT count(*) AS owners FROM member WHERE room = ? AND role = 'owner'"),
    endInvites: db.query("DELETE FROM invite WHERE room = ? AND created_by = ?"),
    leave: db.query("DELETE FROM member WHERE room = ? AND user = ?"),
    setRole: db.query("UPDATE member SET role = ? WHERE room = ? AND user = ?"),
    change: db.query(
      "UPDATE room SET name = ?, topic = ?, capacity = ?, archived = ? WHERE num = ?",
    ),
    takeName: db.query("UPDATE room SET name_key = ? WHERE num = ?"),
    nameTaken: db.query("SELECT 1 FROM room WHERE name_key = ? AND num <> ?"),
  };
}
