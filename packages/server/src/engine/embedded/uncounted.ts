import type { Database } from "bun:sqlite";

/** Messages that wait to be counted at most: to count so many takes some milliseconds. */
const MANY = 2_000;

interface Line {
  all: number;
  readonly by: Map<string, number>;
}

/**
 * Messages of main lines that are not in the counts of their rooms and members yet. To
 * count each with its own commit would write a page for its room and one for its sender.
 * So they are remembered, and counted many at a time, up to a mark. What memory loses
 * is what stands in the log behind the mark.
 */
export class Uncounted {
  readonly #sql;
  #lines: Map<number, Line> | null = null;
  #size = 0;
  #isMarked = true;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** In this room, and of them by this user. */
  in(num: number, user: string): { posted: number; own: number } {
    const line = this.#known.get(num);
    return { posted: line?.all ?? 0, own: line?.by.get(user) ?? 0 };
  }

  /** One that was stored just now. */
  add(num: number, by: string): void {
    if (this.#lines !== null) this.#add(this.#lines, num, by, 1, 1);
  }

  /** Whoever comes or goes has said nothing that is theirs to count. */
  forget(num: number, user: string): void {
    this.#known.get(num)?.by.delete(user);
  }

  /** After a rollback. */
  forgetAll(): void {
    this.#lines = null;
    this.#isMarked = true;
  }

  /** Counts all that there are. Before events are deleted: the mark may not stand behind the last. */
  count(): void {
    for (const [num, { all, by }] of this.#known) {
      this.#sql.addPosted.run(all, num);
      for (const [user, own] of by) this.#sql.addOwn.run(own, num, user);
    }
    this.#known.clear();
    this.#size = 0;
    this.#isMarked = false;
  }

  /** To be called at the end of each transaction. */
  settle(): void {
    this.#lines ??= this.#behind();
    if (this.#size < MANY && this.#isMarked) return;
    this.count();
    this.#sql.mark.run();
    this.#isMarked = true;
  }

  get #known(): Map<number, Line> {
    return (this.#lines ??= this.#behind());
  }

  #behind(): Map<number, Line> {
    const lines = new Map<number, Line>();
    this.#size = 0;
    for (const { room, by, all, own } of this.#sql.behind.all() as BehindRow[])
      this.#add(lines, room, by, all, own);
    return lines;
  }

  #add(lines: Map<number, Line>, num: number, by: string, all: number, own: number): void {
    const line = lines.get(num) ?? { all: 0, by: new Map<string, number>() };
    lines.set(num, line);
    line.all += all;
    line.by.set(by, (line.by.get(by) ?? 0) + own);
    this.#size += all;
  }
}

interface BehindRow {
  readonly room: number;
  readonly by: string;
  readonly all: number;
  readonly own: number;
}

function prepare(db: Database) {
  return {
    behind: db.query(
      `SELECT e.room, e.by, count(*) AS "all", count(CASE WHEN e.seq > m.joined THEN 1 END) AS own
       FROM event AS e NOT INDEXED LEFT JOIN member AS m ON m.room = e.room AND m.user = e.by
       WHERE e.num > (SELECT upto FROM counted) AND e.type = 'message.posted' AND e.thread IS NULL
       GROUP BY e.room, e.by`,
    ),
    mark: db.query("UPDATE counted SET upto = ifnull((SELECT max(num) FROM event), 0)"),
    addPosted: db.query("UPDATE room SET posted = posted + ? WHERE num = ?"),
    addOwn: db.query("UPDATE member SET posted = posted + ? WHERE room = ? AND user = ?"),
  };
}
