import type { Database } from "bun:sqlite";
import type { Level, Message, RoomId, UserId } from "@snug/protocol";
import type { Reading as Read, ReadMark } from "../../core/ports.ts";
import { moveRead } from "../../core/read-place.ts";
import type { Line } from "./line.ts";

interface ReadingRow extends Omit<Read, "threads"> {
  readonly id: RoomId;
  readonly num: number;
  readonly follows: number;
}

export interface FollowedRow {
  readonly room: number;
  readonly thread: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
}

interface PlaceRow {
  readonly joined: number;
  readonly read: number;
  readonly posted: number;
  readonly read_posted: number;
  readonly read_own: number;
  readonly total: number;
}

/**
 * How far each member has read, and what that leaves unread. Counts are of the
 * main line's messages up to a place: what is unread is a difference of two, less
 * what was deleted since, and nothing has to be counted when somebody asks.
 */
export class Reading {
  readonly #sql;
  readonly #together: <Value>(read: () => Value) => Value;

  constructor(db: Database) {
    this.#sql = prepare(db);
    this.#together = (read) => db.transaction(read)();
  }

  /** So many more messages of the main line by each of these. */
  posted(num: number, counts: ReadonlyMap<string, number>): void {
    let all = 0;
    for (const [user, count] of counts) {
      all += count;
      this.#sql.addOwn.run(count, num, user);
    }
    this.#sql.addPosted.run(all, num);
  }

  /** Whom a message calls from now on. */
  call(num: number, { seq, thread, by }: Message, mentions: readonly string[]): void {
    this.#sql.uncall.run(num, seq);
    for (const user of new Set(mentions)) {
      if (user === "@room") this.#sql.callRoom.run(num, thread ?? 0, seq, by);
      else this.#sql.call.run(thread ?? 0, seq, by, num, user);
    }
  }

  /** A member may follow this thread from now on: for what they wrote there, or for a mention. */
  follow(num: number, user: string, thread: number, own: number | null): void {
    this.#sql.follow.run({ room: num, user, thread, own });
  }

  /** Whoever goes has read nothing, and follows nothing. */
  leave(num: number, user: UserId): void {
    this.#sql.unfollow.run(num, user);
    this.#sql.uncallUser.run(num, user);
  }

  /** All of these rooms' members who are not beyond `upTo` begin to count there. */
  trim({ num, base }: Line, upTo: number): void {
    this.#sql.trimOwn.run({ room: num, base: base.seq, upTo });
    this.#sql.trimPosted.run({ room: num, upTo });
    this.#sql.trimMentions.run({ room: num, upTo });
    this.#sql.trimFollows.run(num, upTo);
  }

  of(user: UserId, rooms?: readonly RoomId[]): Map<RoomId, Read> {
    if (rooms !== undefined) {
      const rows = rooms.flatMap((room) => this.#inOne(room, user) ?? []);
      return new Map(rows.map(({ row, reading }) => [row.id, reading]));
    }
    const followed = this.#sql.followedBy.all({ user }) as FollowedRow[];
    const byRoom = Map.groupBy(followed, ({ room }) => room);
    const rows = this.#sql.readings.all({ user }) as ReadingRow[];
    return new Map(rows.map((row) => [row.id, withThreads(row, byRoom.get(row.num) ?? [])]));
  }

  /** In one transaction: to begin and end one costs twenty times what is read in it. */
  in(room: RoomId, users: readonly UserId[]): Map<UserId, Read> {
    return this.#together(() => {
      const found = new Map<UserId, Read>();
      for (const user of users) {
        const one = this.#inOne(room, user);
        if (one !== null) found.set(user, one.reading);
      }
      return found;
    });
  }

  followed(num: number, user: UserId): FollowedRow[] {
    return this.#sql.followed.all({ room: num, user }) as FollowedRow[];
  }

  /** Where the read place was and is now; `null` for who is no member. */
  mark(
    line: Line & { head: { seq: number } },
    user: UserId,
    mark: ReadMark,
  ): { before: number; after: number } | null {
    const { num, base, head } = line;
    const place = this.#sql.place.get({ room: num, user }) as PlaceRow | null;
    if (place === null) return null;
    const { joined } = place;
    if (mark.thread !== null)
      return this.#markThread(num, user, mark.thread, mark, { joined, head: head.seq });
    const before = place.read;
    const after = moveRead(before, mark, { joined, head: head.seq });
    if (after === before) return { before, after };
    const from = Math.max(before, base.seq);
    const to = Math.max(after, base.seq);
    // From the old place or from the head, whatever is nearer.
    const counts =
      head.seq - to < Math.abs(to - from)
        ? plus(
            { posted: place.total, own: place.posted },
            -1,
            this.#between(num, user, to, head.seq),
          )
        : plus(
            { posted: place.read_posted, own: place.read_own },
            to > from ? 1 : -1,
            this.#between(num, user, Math.min(from, to), Math.max(from, to)),
          );
    this.#sql.setRead.run(after, counts.posted, counts.own, num, user);
    return { before, after };
  }

  /** `null` for who is no member. */
  setLevel(num: number, user: UserId, level: Level): { changed: boolean } | null {
    const row = this.#sql.level.get(num, user) as { level: string } | null;
    if (row === null) return null;
    if (row.level !== level) this.#sql.setLevel.run(level, num, user);
    return { changed: row.level !== level };
  }

  /** Of those who let others see it. */
  shown(num: number): Map<UserId, number> {
    const rows = this.#sql.shown.all(num) as { user: UserId; read: number }[];
    return new Map(rows.map(({ user, read }) => [user, read]));
  }

  #inOne(room: RoomId, user: UserId): { row: ReadingRow; reading: Read } | null {
    const row = this.#sql.readingIn.get({ user, room }) as ReadingRow | null;
    if (row === null) return null;
    return { row, reading: withThreads(row, row.follows ? this.followed(row.num, user) : []) };
  }

  #markThread(
    num: number,
    user: UserId,
    thread: number,
    mark: ReadMark,
    bounds: { joined: number; head: number },
  ): { before: number; after: number } {
    const row = this.#sql.thread.get({ room: num, user, thread }) as {
      begin: number;
      mark: number | null;
    } | null;
    const begin = row && row.begin < NEVER ? row.begin : bounds.joined;
    const before = Math.max(begin, row?.mark ?? 0);
    const after = moveRead(before, mark, bounds);
    this.#sql.setMark.run(num, user, thread, after);
    return { before, after: Math.max(begin, after) };
  }

  #between(num: number, user: UserId, from: number, to: number): Counts {
    return this.#sql.between.get({ room: num, user, from, to }) as Counts;
  }
}

function withThreads(
  { level, at, read, unread, mentions }: ReadingRow,
  followed: readonly FollowedRow[],
): Read {
  return {
    level,
    at,
    read,
    unread,
    mentions: followed.reduce((sum, thread) => sum + thread.mentions, mentions),
    threads: followed.filter((thread) => thread.unread > 0).length,
  };
}

interface Counts {
  readonly posted: number;
  readonly own: number;
}

const plus = (a: Counts, times: 1 | -1, b: Counts): Counts => ({
  posted: a.posted + times * b.posted,
  own: a.own + times * b.own,
});

/** Behind every number of an event. */
const NEVER = Number.MAX_SAFE_INTEGER;

// A plus stands before what is bound in a join: SQLite takes it for no more than a
// value then. A bare one might choose the plan, so that each new value has the
// statement prepared anew, which takes a hundred times as long as to run it.
function prepare(db: Database) {
  const news = (of: string, thread: string, after: string) =>
    `SELECT count(*) FROM ${of} WHERE room = m.room AND thread = ${thread} AND seq > ${after} AND by <> m.user`;
  const deleted = (thread: string, after: string) =>
    `${news("folded INDEXED BY deleted", thread, after)} AND deleted = 1`;
  // A message that calls somebody and the room calls once.
  const calls = (thread: string, after: string) => `
    (SELECT count(*) FROM mention AS c WHERE c.room = m.room AND c.user = m.user
       AND c.thread = ${thread} AND c.seq > ${after} AND c.by <> m.user)
    + (SELECT count(*) FROM mention AS c WHERE c.room = m.room AND c.user = '@room'
       AND c.thread = ${thread} AND c.seq > ${after} AND c.by <> m.user
       AND NOT EXISTS (SELECT 1 FROM mention AS d WHERE d.room = m.room AND d.user = m.user
         AND d.thread = c.thread AND d.seq = c.seq))`;
  const reading = `SELECT room.id, m.room AS num, m.level, m.read,
      ifnull((SELECT e.at FROM event AS e WHERE e.room = m.room ORDER BY e.seq DESC LIMIT 1),
        ifnull(nullif(room.base_at, 0), room.created_at)) AS at,
      room.posted - m.read_posted - m.posted + m.read_own - (${deleted("0", "m.read")}) AS unread,
      ${calls("0", "m.read")} AS mentions,
      EXISTS (SELECT 1 FROM follow AS f WHERE f.room = m.room AND f.user = m.user) AS follows
    FROM member AS m JOIN room ON room.num = m.room WHERE m.user = +$user`;
  // From where on somebody follows a thread (UNR4), and NEVER if they do not.
  const begin = `min(ifnull(f.own, ${NEVER}),
      ifnull((SELECT c.seq FROM mention AS c WHERE c.room = m.room AND c.user = m.user
        AND c.thread = 0 AND c.seq = f.thread AND c.seq > m.joined), ${NEVER}),
      ifnull((SELECT min(c.seq) - 1 FROM mention AS c WHERE c.room = m.room AND c.user = m.user
        AND c.thread = f.thread AND c.seq > m.joined), ${NEVER}))`;
  const follows = `SELECT f.thread, ${begin} AS begin, f.mark, m.room, m.user
    FROM member AS m CROSS JOIN follow AS f ON f.room = m.room AND f.user = m.user
    WHERE m.user = +$user`;
  const inRoom = `${follows} AND m.room = +$room`;
  const followed = (which: string) => `WITH own AS MATERIALIZED (${which}),
      m AS MATERIALIZED (SELECT thread, max(begin, ifnull(mark, 0)) AS read, room, user
        FROM own WHERE begin < ${NEVER})
    SELECT room, thread, read, (${news("event INDEXED BY replies", "m.thread", "m.read")})
        - (${deleted("m.thread", "m.read")}) AS unread,
      ${calls("m.thread", "m.read")} AS mentions
    FROM m`;
  const newest = `SELECT max(seq) FROM event AS e INDEXED BY replies
    WHERE e.room = m.room AND e.thread = m.thread`;
  return {
    addPosted: db.query("UPDATE room SET posted = posted + ? WHERE num = ?"),
    addOwn: db.query("UPDATE member SET posted = posted + ? WHERE room = ? AND user = ?"),
    uncall: db.query("DELETE FROM mention INDEXED BY mentioned WHERE room = ? AND seq = ?"),
    uncallUser: db.query("DELETE FROM mention WHERE room = ? AND user = ?"),
    call: db.query(
      `INSERT INTO mention (room, user, thread, seq, by)
       SELECT room, user, ?, ?, ? FROM member WHERE room = ? AND user = ?`,
    ),
    callRoom: db.query(
      "INSERT INTO mention (room, user, thread, seq, by) VALUES (?, '@room', ?, ?, ?)",
    ),
    follow: db.query(
      `INSERT INTO follow (room, user, thread, own)
       SELECT room, user, $thread, CASE WHEN $own > joined THEN $own END
       FROM member WHERE room = $room AND user = $user
       ON CONFLICT DO UPDATE SET own = ifnull(own, excluded.own)`,
    ),
    unfollow: db.query("DELETE FROM follow WHERE room = ? AND user = ?"),
    trimOwn: db.query(
      `UPDATE member SET read_own = read_own + gone.own
       FROM (SELECT m.user, count(*) AS own
         FROM event AS e INDEXED BY main_line JOIN member AS m ON m.room = e.room AND m.user = e.by
         WHERE e.room = $room AND e.type = 'message.posted' AND e.thread IS NULL
           AND e.seq > $base AND e.seq <= $upTo AND e.seq > m.read
         GROUP BY m.user) AS gone
       WHERE member.room = $room AND member.user = gone.user`,
    ),
    trimPosted: db.query(
      `UPDATE member SET read_posted = (SELECT posted FROM room WHERE num = $room)
         - (SELECT count(*) FROM event INDEXED BY main_line WHERE room = $room
            AND type = 'message.posted' AND thread IS NULL AND seq > $upTo)
       WHERE room = $room AND read < $upTo`,
    ),
    trimMentions: db.query(
      "DELETE FROM mention WHERE room = $room AND (seq <= $upTo OR thread BETWEEN 1 AND $upTo)",
    ),
    trimFollows: db.query("DELETE FROM follow WHERE room = ? AND thread <= ?"),
    readings: db.query(reading),
    readingIn: db.query(`${reading} AND m.room = (SELECT num FROM room WHERE id = +$room)`),
    followed: db.query(`${followed(inRoom)} ORDER BY (${newest}) DESC`),
    followedBy: db.query(followed(follows)),
    thread: db.query(`${inRoom} AND f.thread = +$thread`),
    place: db.query(
      `SELECT joined, read, member.posted, read_posted, read_own, room.posted AS total
       FROM member JOIN room ON room.num = member.room WHERE member.room = +$room AND user = +$user`,
    ),
    between: db.query(
      `SELECT count(*) AS posted, count(CASE WHEN by = $user THEN 1 END) AS own
       FROM event INDEXED BY main_line WHERE room = $room AND type = 'message.posted'
         AND thread IS NULL AND seq > $from AND seq <= $to`,
    ),
    setRead: db.query(
      "UPDATE member SET read = ?, read_posted = ?, read_own = ? WHERE room = ? AND user = ?",
    ),
    setMark: db.query(
      `INSERT INTO follow (room, user, thread, mark) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET mark = excluded.mark`,
    ),
    level: db.query("SELECT level FROM member WHERE room = ? AND user = ?"),
    setLevel: db.query("UPDATE member SET level = ? WHERE room = ? AND user = ?"),
    shown: db.query(
      `SELECT member.user, read FROM member JOIN user ON user.id = member.user
       WHERE room = +? AND receipts = 1`,
    ),
  };
}
