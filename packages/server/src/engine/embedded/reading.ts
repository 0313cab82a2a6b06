import type { Database } from "bun:sqlite";
import type { Level, Message, RoomId, UserId } from "@snug/protocol";
import type { Reading as Read, ReadMark } from "../../core/ports.ts";
import { moveRead, toldPlace, type Marked } from "../../core/read-place.ts";
import type { Line } from "./line.ts";
import { News } from "./news.ts";
import { Uncounted } from "./uncounted.ts";

/** Unread messages that call somebody by name, and those that call the room; some do both. */
interface Calls {
  readonly read: number;
  readonly named: number;
  readonly called: number;
}

interface ReadingRow extends Omit<Read, "threads" | "mentions">, Calls {
  readonly id: RoomId;
  readonly num: number;
  readonly follows: number;
}

interface FollowedRow {
  readonly thread: number;
  readonly read: number;
  readonly unread: number;
}

/** A followed thread in which something is unread. */
interface NewsRow extends Calls {
  readonly room: number;
  readonly thread: number;
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
 * what was deleted since. Of the threads that somebody follows only those are looked
 * at in which there may be news. What is counted when somebody asks, the mentions
 * and deletions after a place, stands side by side in an index.
 */
export class Reading {
  readonly #sql;
  readonly #together: <Value>(read: () => Value) => Value;
  readonly #news = new News();
  readonly #uncounted;

  constructor(db: Database) {
    this.#sql = prepare(db);
    this.#uncounted = new Uncounted(db);
    this.#together = (read) => db.transaction(read)();
  }

  /** One more message of the main line, which is stored. */
  posted(num: number, by: string): void {
    this.#uncounted.add(num, by);
  }

  /** To be called at the end of each transaction. */
  settle(): void {
    this.#uncounted.settle();
  }

  /** After a rollback. */
  forget(): void {
    this.#uncounted.forgetAll();
  }

  /** Whom a message calls from now on. */
  call(num: number, { seq, thread, by }: Message, mentions: readonly string[]): void {
    this.#sql.uncall.run(num, seq);
    for (const user of new Set(mentions)) {
      if (user === "@room") this.#sql.callRoom.run(num, thread ?? 0, seq, by);
      else this.#sql.call.run(thread ?? 0, seq, by, num, user);
    }
  }

  /** Something was said in this thread, and these members may follow it from now on: for a mention. */
  spoke(num: number, thread: number, mentions: readonly string[]): void {
    for (const user of mentions) this.follow(num, user, thread, null);
    this.#news.touch(num, thread);
  }

  /** A member may follow this thread from now on: for what they wrote there, or for a mention. */
  follow(num: number, user: string, thread: number, own: number | null): void {
    this.#sql.follow.run({ room: num, user, thread, own });
  }

  /** Whoever has come begins to count. */
  join(num: number, user: UserId): void {
    const { posted } = this.#uncounted.in(num, user);
    this.#uncounted.forget(num, user);
    this.#sql.begin.run(posted, num, user);
  }

  /** Whoever goes has read nothing, and follows nothing. */
  leave(num: number, user: UserId): void {
    this.#uncounted.forget(num, user);
    this.#sql.unfollow.run(num, user);
    this.#sql.uncallUser.run(num, user);
  }

  /** Before all of a room is deleted. */
  forgetRoom(num: number): void {
    this.#uncounted.count();
    this.#news.forgetRoom(num);
  }

  /** All of these rooms' members who are not beyond `upTo` begin to count there. */
  trim({ num, base }: Line, upTo: number): void {
    this.#uncounted.count();
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
    const rows = this.#sql.readings.all({ user }) as ReadingRow[];
    const follows = rows.some((row) => row.follows);
    const all = (follows ? this.#sql.newsOf.all({ user }) : []) as NewsRow[];
    const byRoom = Map.groupBy(all, ({ room }) => room);
    return new Map(
      rows.map((row) => {
        const news = byRoom.get(row.num) ?? [];
        if (row.follows) this.#seen(row.num, user, news);
        return [row.id, this.#toReading(row, user, news)];
      }),
    );
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

  /** The threads that somebody follows, the one with the newest reply first. */
  followed(num: number, user: UserId, most: number): FollowedRow[] {
    return this.#sql.followed.all({ room: num, user, most }) as FollowedRow[];
  }

  /** `null` for who is no member. */
  mark(line: Line & { head: { seq: number } }, user: UserId, mark: ReadMark): Marked | null {
    const { num, base, head } = line;
    const place = this.#sql.place.get({ room: num, user }) as PlaceRow | null;
    if (place === null) return null;
    const { joined } = place;
    if (mark.thread !== null)
      return this.#markThread(num, user, mark.thread, mark, { joined, head: head.seq });
    const before = place.read;
    const after = moveRead(before, mark, { joined, head: head.seq });
    const seq = toldPlace(after, joined);
    if (after === before) return { moved: false, seq };
    const from = Math.max(before, base.seq);
    const to = Math.max(after, base.seq);
    const { posted, own } = this.#uncounted.in(num, user);
    // From the old place or from the head, whatever is nearer.
    const counts =
      head.seq - to < Math.abs(to - from)
        ? plus(
            { posted: place.total + posted, own: place.posted + own },
            -1,
            this.#between(num, user, to, head.seq),
          )
        : plus(
            { posted: place.read_posted, own: place.read_own },
            to > from ? 1 : -1,
            this.#between(num, user, Math.min(from, to), Math.max(from, to)),
          );
    this.#sql.setRead.run(after, counts.posted, counts.own, num, user);
    return { moved: true, seq };
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
    const news = row.follows ? this.#newsIn(row.num, user) : [];
    return { row, reading: this.#toReading(row, user, news) };
  }

  #newsIn(num: number, user: UserId): NewsRow[] {
    const threads = this.#news.in(num, user);
    if (threads?.length === 0) return [];
    const place = { room: num, user };
    const news = (
      threads === null
        ? this.#sql.newsIn.all(place)
        : this.#sql.newsAmong.all({ ...place, threads: JSON.stringify(threads) })
    ) as NewsRow[];
    this.#seen(num, user, news);
    return news;
  }

  #toReading(row: ReadingRow, user: UserId, news: readonly NewsRow[]): Read {
    const { num, level, at, read } = row;
    const { posted, own } = this.#uncounted.in(num, user);
    const unread = row.unread + posted - own;
    let mentions = this.#mentions(num, user, 0, row);
    for (const one of news) mentions += this.#mentions(num, user, one.thread, one);
    return { level, at, read, unread, mentions, threads: news.length };
  }

  #mentions(num: number, user: UserId, thread: number, { read, named, called }: Calls): number {
    if (named === 0 || called === 0) return named + called;
    const { twice } = this.#sql.twice.get(num, user, thread, read) as { twice: number };
    return named + called - twice;
  }

  #seen(num: number, user: UserId, news: readonly NewsRow[]): void {
    this.#news.seen(
      num,
      user,
      news.map(({ thread }) => thread),
    );
  }

  #markThread(
    num: number,
    user: UserId,
    thread: number,
    mark: ReadMark,
    bounds: { joined: number; head: number },
  ): Marked {
    const row = this.#sql.thread.get({ room: num, user, thread }) as {
      begin: number;
      mark: number | null;
    } | null;
    const begin = row && row.begin < NEVER ? row.begin : bounds.joined;
    const before = Math.max(begin, row?.mark ?? 0);
    const after = moveRead(before, mark, bounds);
    this.#sql.setMark.run(num, user, thread, after);
    this.#news.moved(num, user, thread);
    const seq = Math.max(begin, after);
    return { moved: seq !== before, seq };
  }

  #between(num: number, user: UserId, from: number, to: number): Counts {
    return this.#sql.between.get({ room: num, user, from, to }) as Counts;
  }
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
  const calls = (thread: string, after: string) => {
    const of = (whom: string) => `(SELECT count(*) FROM mention AS c WHERE c.room = m.room
      AND c.user = ${whom} AND c.thread = ${thread} AND c.seq > ${after} AND c.by <> m.user)`;
    return `${of("m.user")} AS named, ${of("'@room'")} AS called`;
  };
  const reading = `SELECT room.id, m.room AS num, m.level, m.read,
      ifnull((SELECT e.at FROM event AS e WHERE e.room = m.room AND e.seq > room.base_seq
          ORDER BY e.seq DESC LIMIT 1),
        ifnull(nullif(room.base_at, 0), room.created_at)) AS at,
      room.posted - m.read_posted - m.posted + m.read_own - (${deleted("0", "m.read")}) AS unread,
      ${calls("0", "m.read")},
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
  const places = (which: string) => `own AS MATERIALIZED (${which}),
      m AS MATERIALIZED (SELECT thread, max(begin, ifnull(mark, 0)) AS read, room, user
        FROM own WHERE begin < ${NEVER})`;
  const newest = `SELECT max(seq) FROM event AS e INDEXED BY replies
    WHERE e.room = m.room AND e.thread = m.thread`;
  const withNews = (which: string) => `WITH ${places(which)}
    SELECT room, thread, read, ${calls("m.thread", "m.read")} FROM m
    WHERE EXISTS (SELECT 1 FROM event AS e INDEXED BY replies WHERE e.room = m.room
      AND e.thread = m.thread AND e.seq > m.read AND e.by <> m.user
      AND NOT EXISTS (SELECT 1 FROM folded WHERE folded.num = e.num AND deleted = 1))`;
  return {
    begin: db.query("UPDATE member SET read_posted = read_posted + ? WHERE room = ? AND user = ?"),
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
       ON CONFLICT DO UPDATE SET own = excluded.own WHERE own IS NULL AND excluded.own IS NOT NULL`,
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
    twice: db.query(
      `SELECT count(*) AS twice FROM mention AS c CROSS JOIN mention AS d ON d.room = c.room
         AND d.user = '@room' AND d.thread = c.thread AND d.seq = c.seq
       WHERE c.room = +? AND c.user = +? AND c.thread = +? AND c.seq > +? AND c.by <> c.user`,
    ),
    newsIn: db.query(withNews(inRoom)),
    newsAmong: db.query(
      withNews(`${inRoom} AND f.thread IN (SELECT value FROM json_each($threads))`),
    ),
    newsOf: db.query(withNews(follows)),
    followed: db.query(
      `WITH ${places(inRoom)}
       SELECT thread, read, (${news("event INDEXED BY replies", "m.thread", "m.read")})
         - (${deleted("m.thread", "m.read")}) AS unread
       FROM (SELECT * FROM m ORDER BY (${newest}) DESC LIMIT +$most) AS m`,
    ),
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
    // As `showsReading` and `toldPlace` say.
    shown: db.query(
      `SELECT member.user, read FROM member JOIN user ON user.id = member.user
       WHERE room = +? AND read > joined AND receipts = 1 AND presence <> 'invisible'`,
    ),
  };
}
