import type { Database, Statement } from "bun:sqlite";
import {
  limits,
  type Cursor,
  type Level,
  type Position,
  type Role,
  type RoomId,
  type RoomKind,
  type UserId,
} from "@snug/protocol";
import { authorize, type Action } from "../../core/authorize.ts";
import { clearedText, eventText, sameContent } from "../../core/event-text.ts";
import { locate } from "../../core/locate.ts";
import { notFound } from "../../core/message-change.ts";
import type {
  Appended,
  Clock,
  Committed,
  Draft,
  Effect,
  Found,
  MessagePage,
  NewRoom,
  Reading as Read,
  ReadMark,
  Refused,
  RoomFor,
  RoomRecord,
  Slice,
  Sought,
  StoredEvent,
  Thread,
  Window,
} from "../../core/ports.ts";
import { RoomGone, StoreError } from "../../core/ports.ts";
import { nameKey } from "../../core/name-key.ts";
import { needsOf } from "../../core/needs.ts";
import type { Marked } from "../../core/read-place.ts";
import { isSound, readable, stored, type EventRow } from "./event-row.ts";
import type { Files } from "./files.ts";
import type { Membership, Place } from "./membership.ts";
import { Messages } from "./messages.ts";
import { Reading } from "./reading.ts";
import type { SearchIndex } from "./search-index.ts";

/** A row of `room`. */
export interface RoomRow {
  num: number;
  id: string;
  kind: string;
  name: string;
  topic: string;
  created_at: number;
  created_by: string | null;
  epoch: string;
  base_seq: number;
  base_id: string;
  base_at: number;
  expires_at: number | null;
  capacity: number | null;
  archived: number;
}

interface Choice {
  readonly draft: Draft;
  readonly verdict: Refused | { kind: "unchanged" } | null;
}

const anybody = { admin: false, can: "all" } as const;

/** A room as it stands in memory: what its row and the last row of its log say. */
interface OpenLog extends Place {
  room: Omit<RoomRecord, "head" | "memberCount">;
  base: Position;
  head: Position;
  /** Time never runs backwards within a room, whatever the clock does. */
  lastAt: number;
}

/** What a transaction did to a room, to be told once it is committed. */
type Fresh = { from: Position; events: StoredEvent[]; effects: Effect[] };

/**
 * Rooms and their logs. Changes are made inside a transaction that somebody
 * else opens and ends; `takeCommitted` or `forget` must follow it.
 */
export class Log {
  readonly #clock: Clock;
  readonly #sql;
  readonly #membership: Membership;
  readonly #reading: Reading;
  readonly #messages: Messages;
  readonly #index: SearchIndex;
  readonly #open = new Map<string, OpenLog>();
  #fresh = new Map<OpenLog, Fresh>();

  constructor(
    db: Database,
    clock: Clock,
    membership: Membership,
    index: SearchIndex,
    files: Files,
  ) {
    this.#clock = clock;
    this.#membership = membership;
    this.#index = index;
    this.#reading = new Reading(db);
    this.#messages = new Messages(db, this.#reading, files);
    this.#sql = prepare(db);
  }

  room(id: string): RoomRecord | null {
    const log = this.#log(id);
    return log && { ...log.room, head: log.head, memberCount: log.memberCount };
  }

  /** `exists`: one of this id, or of the same people. */
  addRoom(
    room: NewRoom,
  ): { kind: "added" } | { kind: "exists"; id: RoomId } | { kind: "name_taken" } {
    const { id, kind, name, topic, createdAt, createdBy, epoch, directKey, expiresAt, capacity } =
      room;
    const twin = this.#sql.twin.get(id, directKey) as { id: RoomId } | null;
    if (twin) return { kind: "exists", id: twin.id };
    const key = kind === "public" ? nameKey(name) : null;
    if (key !== null && this.#sql.named.get(key)) return { kind: "name_taken" };
    this.#sql.addRoom.run(
      id,
      kind,
      name,
      key,
      topic,
      createdAt,
      createdBy,
      epoch,
      directKey,
      expiresAt,
      capacity,
    );
    return { kind: "added" };
  }

  /** Forgets the room and all that was in it; of what kind it was, if it was there. */
  destroy(id: RoomId, hash: string): RoomKind | null {
    const log = this.#log(id);
    if (log === null) return null;
    this.#index.forget(log.num, log.base.seq, log.head.seq);
    this.#reading.forgetRoom(log.num);
    for (const erase of this.#sql.erasure) erase.run(log.num);
    this.#sql.forgetGone.run(this.#clock.now());
    this.#sql.bury.run(hash, this.#clock.now() + limits.goneMs);
    this.#open.delete(id);
    this.#fresh.delete(log);
    return log.room.kind;
  }

  isGone(hash: string): boolean {
    return this.#sql.gone.get(hash, this.#clock.now()) !== null;
  }

  expiring(): { id: RoomId; expiresAt: number }[] {
    return this.#sql.expiring.all() as { id: RoomId; expiresAt: number }[];
  }

  roomsFor(user: UserId, which: "mine" | "visible" | "all"): RoomFor[] {
    const rows = this.#sql[which].all(user) as { id: RoomId; role: Role | null; banned: number }[];
    return rows.map(({ id, role, banned }) => {
      const { room, head, memberCount } = this.#known(id);
      return { ...room, head, memberCount, role, banned: banned === 1 };
    });
  }

  /** Who is in a room of so many at most with them. */
  companions(user: UserId, most: number): UserId[] {
    const found = new Set<UserId>();
    for (const { id } of this.#sql.mine.all(user) as { id: RoomId }[]) {
      const log = this.#known(id);
      if (log.memberCount > most) continue;
      for (const other of this.#membership.memberIds(log)) found.add(other);
    }
    found.delete(user);
    return [...found];
  }

  /** The room as membership needs it. */
  find(room: RoomId): Place | null {
    return this.#log(room);
  }

  /** The same, for one that was looked up before. */
  place(room: RoomId): Place {
    return this.#known(room);
  }

  /** Why this would not be stored. */
  check(draft: Draft): Refused | { kind: "unchanged" } | null {
    // Between its look at the room and this, the room may have been destroyed.
    const log = this.#log(draft.room);
    if (log === null) return { kind: "refused", why: "room_gone" };
    return this.#choose(log, draft, this.#clock.now()).verdict;
  }

  append(wanted: Draft): Appended {
    const log = this.#log(wanted.room);
    if (log === null) return { kind: "refused", why: "room_gone" };
    const now = this.#clock.now();
    const { draft, verdict } = this.#choose(log, wanted, now);
    const { effect } = draft;
    if (verdict) {
      // A ban of somebody outside is no event; they may be looking in all the same.
      if (verdict.kind === "unchanged" && effect?.kind === "leave" && effect.ban) {
        this.#membership.ban(log, effect.user, now);
        this.#freshOf(log).effects.push(effect);
      }
      return verdict;
    }
    const seq = log.head.seq + 1;
    const at = Math.max(now, log.lastAt);
    const text = effect?.kind === "clear" ? clearedText : eventText;
    const json = text(seq, at, draft.id, draft.body);
    const { type, by, clientId } = draft;
    const thread = effect?.kind === "post" ? effect.thread : null;
    const { changes } = this.#sql.append.run(
      log.num,
      seq,
      draft.id,
      type,
      at,
      by,
      clientId,
      json,
      Bun.hash.crc32(json),
      thread,
    );
    if (changes === 0) return this.#repeated(log, draft);

    const event = { seq, id: draft.id, json };
    const fresh = this.#freshOf(log);
    log.head = { seq, id: draft.id };
    log.lastAt = at;
    if (type === "message.posted" && thread === null) this.#reading.posted(log.num, by);
    if (effect) this.#apply(log, effect, event, { at, by });
    fresh.events.push(event);
    if (effect) fresh.effects.push(effect);
    return { kind: "stored", event };
  }

  /** Whether this user may do this now, to the other one, or to a message that is theirs. */
  allows(
    room: RoomId,
    by: UserId,
    needs: Action,
    { other, own }: { other?: UserId | undefined; own?: boolean | undefined } = {},
  ): boolean {
    const log = this.#known(room);
    const { kind, archived } = log.room;
    const { role, banned } = this.#membership.standing(log, by);
    const target = other === undefined ? null : this.#membership.standing(log, other).role;
    return authorize(anybody, needs, { kind, archived, role, banned, target, own }) === "allowed";
  }

  /** The draft, or the one in its place where it is not allowed, and why that is not stored either. */
  #choose(log: OpenLog, draft: Draft, now: number): Choice {
    const verdict = this.#check(log, draft, now);
    return draft.instead && verdict?.kind === "refused" && verdict.why === "not_allowed"
      ? this.#choose(log, draft.instead, now)
      : { draft, verdict };
  }

  #check(log: OpenLog, draft: Draft, now: number): Refused | { kind: "unchanged" } | null {
    const { by, effect } = draft;
    const needs = needsOf(draft, (user) => this.#membership.lastRole(log, user)?.role === "reader");
    const other = effect !== null && "user" in effect ? effect.user : undefined;
    const author =
      effect !== null && "target" in effect
        ? this.#messages.authorOf(log, effect.target)
        : undefined;
    if (author === null) return notFound;
    if (needs !== null && !this.allows(log.room.id, by, needs, { other, own: author === by }))
      return { kind: "refused", why: "not_allowed" };
    if (effect === null) return null;
    switch (effect.kind) {
      case "join":
      case "leave":
      case "role":
      case "room":
        return this.#membership.check(log, effect, now);
      case "clear":
        return this.#sql.holdsMore.get(log.num, log.base.seq) ? null : { kind: "unchanged" };
      case "post":
      case "edit":
      case "delete":
      case "react":
      case "pin":
        return this.#messages.check(log, draft, effect);
    }
  }

  #apply(
    log: OpenLog,
    effect: Effect,
    event: StoredEvent,
    { at, by }: { at: number; by: UserId },
  ): void {
    switch (effect.kind) {
      case "join":
      case "leave":
        if (effect.kind === "leave") this.#reading.leave(log.num, effect.user);
        this.#membership.apply(log, effect, { seq: event.seq, at, by });
        if (effect.kind === "join") this.#reading.join(log.num, effect.user);
        return;
      case "role":
      case "room":
        this.#membership.apply(log, effect, { seq: event.seq, at, by });
        return;
      case "clear":
        this.#trim(log, event.seq - 1, at);
        return;
      case "edit":
      case "delete":
        this.#index.through(log.num, effect.target, () => this.#messages.apply(log, effect, event));
        return;
      case "post":
      case "react":
      case "pin":
        this.#messages.apply(log, effect, event);
    }
  }

  /** To be called at the end of each transaction. */
  settle(): void {
    this.#reading.settle();
    this.#index.settle();
  }

  /** The events of the transaction that was just committed, room by room. */
  takeCommitted(): Committed[] {
    const batches: Committed[] = [];
    for (const [{ room }, fresh] of this.#fresh) {
      batches.push({ room: room.id, epoch: room.epoch, ...fresh });
    }
    this.#fresh = new Map();
    return batches;
  }

  /** After a rollback: what memory holds is read from the disk anew. */
  forget(): void {
    this.#fresh = new Map();
    this.#open.clear();
    this.#reading.forget();
  }

  read(room: RoomId, after: Cursor | null, most: { events: number; bytes: number }): Slice {
    const log = this.#known(room);
    const { from, gap } = locate(
      { epoch: log.room.epoch, base: log.base, head: log.head },
      after,
      (seq) => {
        if (seq === log.head.seq) return log.head.id;
        const row = this.#sql.at.get(log.num, seq) as EventRow | null;
        return row && row.id;
      },
    );
    // As it is for nearly everybody who opens a room.
    if (from.seq === log.head.seq)
      return { epoch: log.room.epoch, from, gap, events: [], head: log.head };
    const events =
      this.#after(log, from.seq, most, this.#sql.after) ??
      this.#after(log, from.seq, most, this.#sql.afterInAll);
    if (events === null) throw new StoreError("store_unavailable");
    return { epoch: log.room.epoch, from, gap, events, head: log.head };
  }

  /** What stands after this place; `null` where an event is missing, as it is when the index is damaged that leads to it. */
  #after(
    log: OpenLog,
    from: number,
    most: { events: number; bytes: number },
    sql: Statement,
  ): StoredEvent[] | null {
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const row of sql.iterate(log.num, from, most.events) as Iterable<EventRow>) {
      if (row.seq !== from + events.length + 1) return null;
      const event = readable(row);
      bytes += Buffer.byteLength(event.json);
      if (bytes > most.bytes && events.length > 0) return events;
      events.push(event);
    }
    const isAll = events.length === most.events || from + events.length === log.head.seq;
    return isAll ? events : null;
  }

  messages(room: RoomId, window: Window): MessagePage {
    const log = this.#known(room);
    const { rows, complete } = this.#messages.page(log, window);
    const last = rows.at(-1);
    return {
      epoch: log.room.epoch,
      messages: rows.filter(isSound).map(stored),
      unreadable: rows.filter((row) => !isSound(row)).map((row) => row.seq),
      until: complete ? log.head : last ? { seq: last.seq, id: last.id } : log.base,
      head: log.head.seq,
    };
  }

  message(room: RoomId, seq: number): StoredEvent | null {
    return this.#messages.find(this.#known(room), seq);
  }

  edits(room: RoomId, seq: number): { text: string; at: number }[] {
    return this.#messages.edits(this.#known(room), seq);
  }

  pins(room: RoomId): StoredEvent[] {
    return this.#messages.pins(this.#known(room));
  }

  search(sought: Sought): Found {
    const { rooms, before } = sought;
    const idOf = "visibleTo" in rooms ? this.#visibleTo(rooms.visibleTo) : this.#among(rooms);
    const place = before && this.#log(before.room);
    const from = before && { room: place?.num ?? 0, seq: before.seq };
    return this.#index.search(sought, idOf, from);
  }

  readings(user: UserId, rooms?: readonly RoomId[]): Map<RoomId, Read> {
    return this.#reading.of(user, rooms);
  }

  readingsIn(room: RoomId, users: readonly UserId[]): Map<UserId, Read> {
    return this.#reading.in(room, users);
  }

  markRead(room: RoomId, user: UserId, mark: ReadMark): Marked | null {
    const log = this.#known(room);
    if (mark.thread !== null && !this.#messages.hasReplies(log, mark.thread)) return null;
    return this.#reading.mark(log, user, mark);
  }

  setLevel(room: RoomId, user: UserId, level: Level): { changed: boolean } | null {
    return this.#reading.setLevel(this.#known(room).num, user, level);
  }

  reads(room: RoomId): Map<UserId, number> {
    return this.#reading.shown(this.#known(room).num);
  }

  threads(room: RoomId, user: UserId, most: number): Thread[] {
    const log = this.#known(room);
    const followed = this.#reading.followed(log.num, user, most);
    return followed.map(({ thread, read, unread }) => {
      const root = this.#messages.find(log, thread);
      return { seq: thread, root, read, unread };
    });
  }

  trim(room: RoomId, upTo: number): void {
    this.#trim(this.#known(room), upTo, this.#clock.now());
  }

  #trim(log: OpenLog, upTo: number, now: number): void {
    const row = this.#sql.at.get(log.num, Math.min(upTo, log.head.seq)) as
      (EventRow & { at: number }) | null;
    if (row === null || row.seq <= log.base.seq) return;
    this.#reading.trim(log, row.seq);
    this.#messages.forget(log, row.seq);
    const range = { room: log.num, base: log.base.seq, upTo: row.seq };
    this.#index.forget(log.num, log.base.seq, row.seq);
    // Rows of messages stay, without their texts: who sends one again must find it.
    this.#sql.erase.run({ ...range, now });
    this.#sql.trim.run(range);
    this.#sql.rebase.run(row.seq, row.id, row.at, log.num);
    log.base = { seq: row.seq, id: row.id };
  }

  #freshOf(log: OpenLog): Fresh {
    const found = this.#fresh.get(log);
    if (found) return found;
    const fresh = { from: log.head, events: [], effects: [] };
    this.#fresh.set(log, fresh);
    return fresh;
  }

  #log(id: string): OpenLog | null {
    const open = this.#open.get(id);
    if (open) return open;
    const row = this.#sql.room.get(id) as RoomRow | null;
    if (row === null) return null;
    const base = { seq: row.base_seq, id: row.base_id };
    const last = this.#sql.last.get(row.num, base.seq) as {
      seq: number;
      id: string;
      at: number;
    } | null;
    const log: OpenLog = {
      num: row.num,
      room: toRoom(row),
      base,
      head: last ? { seq: last.seq, id: last.id } : base,
      lastAt: last ? last.at : row.base_at,
      memberCount: this.#membership.count(row.num),
      standings: new Map(),
      members: null,
    };
    this.#open.set(id, log);
    return log;
  }

  #among(rooms: readonly RoomId[]): (num: number) => RoomId | null {
    const ids = new Map<number, RoomId>();
    for (const id of rooms) {
      const log = this.#log(id);
      if (log) ids.set(log.num, id);
    }
    return (num) => ids.get(num) ?? null;
  }

  /** Looks only at the rooms that are asked for: a house has many, and few of them are in what is found. */
  #visibleTo(user: UserId): (num: number) => RoomId | null {
    const known = new Map<number, RoomId | null>();
    const look = (num: number) => {
      const row = this.#sql.idOf.get(num) as { id: RoomId } | null;
      const log = row && this.#log(row.id);
      if (!log) return null;
      const { role, banned } = this.#membership.standing(log, user);
      return role !== null || (log.room.kind === "public" && !banned) ? log.room.id : null;
    };
    return (num) => {
      let id = known.get(num);
      if (id === undefined) known.set(num, (id = look(num)));
      return id;
    };
  }

  #known(id: RoomId): OpenLog {
    const log = this.#log(id);
    if (log === null) throw new RoomGone();
    return log;
  }

  #repeated(log: OpenLog, { by, clientId, body }: Draft): Appended {
    const row = this.#sql.sent.get(log.num, by, clientId) as (EventRow & { at: number }) | null;
    // Only the rule on clientId may keep a row out. Anything else is a log that
    // is not what memory takes it for, and must not be written to.
    if (row === null)
      throw new Error(`event ${log.head.seq + 1} of room ${log.room.id} is there already`);
    // What the first one said cannot be told any more; to call a repeat another would double it.
    if (!isSound(row)) {
      const { seq, id, at } = row;
      return { kind: "repeated", event: { seq, id, json: eventText(seq, at, id, body) } };
    }
    return sameContent(row.json, body)
      ? { kind: "repeated", event: this.#messages.find(log, row.seq) ?? stored(row) }
      : { kind: "conflict" };
  }
}

function prepare(db: Database) {
  const message = "type = 'message.posted'";
  // Below the base all is erased already, however much it is.
  const range = "room = $room AND seq > $base AND seq <= $upTo";
  // Oldest first, and how the user stands to each: one by one that costs ten times as much.
  const roomsFor = `SELECT id, role, ban.user IS NOT NULL AS banned FROM room
    LEFT JOIN member ON member.room = num AND member.user = ?1
    LEFT JOIN ban ON ban.room = num AND ban.user = ?1`;
  return {
    addRoom: db.query(
      `INSERT INTO room (id, kind, name, name_key, topic, created_at, created_by, epoch, direct_key, expires_at, capacity)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    all: db.query(`${roomsFor} ORDER BY num`),
    mine: db.query(
      `${roomsFor} WHERE num IN (SELECT room FROM member WHERE user = ?1) ORDER BY num`,
    ),
    visible: db.query(
      `${roomsFor} WHERE num IN (
         SELECT num FROM room WHERE kind = 'public' UNION SELECT room FROM member WHERE user = ?1
       ) ORDER BY num`,
    ),
    twin: db.query("SELECT id FROM room WHERE id = ? OR direct_key = ?"),
    idOf: db.query("SELECT id FROM room WHERE num = ?"),
    named: db.query("SELECT 1 FROM room WHERE name_key = ?"),
    expiring: db.query(
      "SELECT id, expires_at AS expiresAt FROM room WHERE expires_at IS NOT NULL ORDER BY expires_at",
    ),
    erasure: [
      // Before the rows of its events go: it has no index on all of a room.
      "folded WHERE num IN (SELECT num FROM event WHERE room = ?)",
      ...["edit", "mention", "follow", "file", "event", "member", "last_role", "ban", "invite"].map(
        (table) => `${table} WHERE room = ?`,
      ),
      "room WHERE num = ?",
    ].map((rows) => db.query(`DELETE FROM ${rows}`)),
    forgetGone: db.query("DELETE FROM gone WHERE until <= ?"),
    bury: db.query("INSERT INTO gone (hash, until) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    gone: db.query("SELECT 1 FROM gone WHERE hash = ? AND until > ?"),
    room: db.query("SELECT * FROM room WHERE id = ?"),
    last: db.query(
      "SELECT seq, id, at FROM event WHERE room = ? AND seq > ? ORDER BY seq DESC LIMIT 1",
    ),
    append: db.query(
      `INSERT INTO event (room, seq, id, type, at, by, client_id, json, sum, thread)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    sent: db.query(
      "SELECT seq, id, json, sum, at FROM event WHERE room = ? AND by = ? AND client_id = ?",
    ),
    at: db.query("SELECT seq, id, json, sum, at FROM event WHERE room = ? AND seq = ?"),
    after: db.query(
      "SELECT seq, id, json, sum FROM event WHERE room = ? AND seq > ? ORDER BY seq LIMIT +?",
    ),
    // Through the messages of all rooms: only where an index does not lead to one.
    afterInAll: db.query(
      "SELECT seq, id, json, sum FROM event NOT INDEXED WHERE room = ? AND seq > ? ORDER BY seq LIMIT +?",
    ),
    holdsMore: db.query(
      "SELECT 1 FROM event WHERE room = ? AND seq > ? AND type <> 'room.cleared' LIMIT 1",
    ),
    erase: db.query(
      `UPDATE event SET json = json_remove(json_set(json, '$.text', '', '$.files', json('[]'),
       '$.reactions', json('{}'), '$.deletedAt', $now), '$.mentions'), sum = NULL WHERE ${range} AND ${message} AND json_valid(json)`,
    ),
    trim: db.query(`DELETE FROM event WHERE ${range} AND NOT (${message} AND json_valid(json))`),
    rebase: db.query("UPDATE room SET base_seq = ?, base_id = ?, base_at = ? WHERE num = ?"),
  };
}

export function toRoom(row: RoomRow): OpenLog["room"] {
  return {
    id: row.id as RoomId,
    kind: row.kind as RoomKind,
    name: row.name,
    topic: row.topic,
    createdAt: row.created_at,
    createdBy: row.created_by as UserId | null,
    epoch: row.epoch,
    expiresAt: row.expires_at,
    capacity: row.capacity,
    archived: row.archived === 1,
  };
}
