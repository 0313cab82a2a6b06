import type { Database } from "bun:sqlite";
import { fold, limits, type Event, type Message } from "@snug/protocol";
import { unreadableText } from "../../core/event-text.ts";
import { checkChange, fileNotFound, notFound } from "../../core/message-change.ts";
import type { Draft, MessageEffect, Refused, StoredEvent, Window } from "../../core/ports.ts";
import { redacted } from "../../core/redaction.ts";
import { isSound, stored, type EventRow } from "./event-row.ts";
import type { Files } from "./files.ts";
import type { Line } from "./line.ts";
import type { Reading } from "./reading.ts";

interface MessageRow extends EventRow {
  readonly num: number;
  readonly by: string;
  readonly at: number;
  readonly pinned: number | null;
}

type Changing = Exclude<MessageEffect, { kind: "clear" }>;

/**
 * Messages as they are now. One to which nothing happened is its event; what
 * happens to one is folded into a record beside it, in the step that stores it.
 */
export class Messages {
  readonly #sql;
  readonly #reading: Reading;
  readonly #files: Files;

  constructor(db: Database, reading: Reading, files: Files) {
    this.#sql = prepare(db);
    this.#reading = reading;
    this.#files = files;
  }

  find(line: Line, seq: number): StoredEvent | null {
    const row = this.#row(line, seq);
    return row && isSound(row) ? stored(row) : null;
  }

  /** Whose it is, readable or not. */
  authorOf(line: Line, seq: number): string | null {
    return this.#row(line, seq)?.by ?? null;
  }

  /** Whether this message, readable or not, began a thread. */
  hasReplies({ num, base }: Line, seq: number): boolean {
    return seq > base.seq && this.#sql.hasReplies.get(num, seq) !== null;
  }

  /** The rows of a page, oldest first, and whether newer ones follow. */
  page(line: Line, window: Window): { rows: EventRow[]; complete: boolean } {
    const { limit, thread } = window;
    const older = (below: number, most: number) => this.#older(line, thread, below, most);
    const newer = (above: number, most: number) => this.#newer(line, thread, above, most);
    const rows = (() => {
      switch (window.at) {
        case "end":
          return older(Number.MAX_SAFE_INTEGER, limit);
        case "before":
          return older(window.seq, limit);
        case "after":
          return newer(window.seq, limit);
        case "around": {
          const half = Math.floor(limit / 2);
          return [...older(window.seq, half), ...newer(window.seq - 1, limit - half)];
        }
      }
    })();
    const last = rows.at(-1);
    const complete = last ? newer(last.seq, 1).length === 0 : window.at !== "before";
    return { rows, complete };
  }

  edits(line: Line, seq: number): { text: string; at: number }[] {
    const message = this.#message(line, seq);
    if (message === null || message.deletedAt !== null) return [];
    const limit = limits.editsMax + 1;
    const rows = this.#sql.versions.all({ room: line.num, seq, limit }) as (EventRow & {
      at: number;
    })[];
    return rows.slice(0, -1).flatMap((row) => {
      if (!isSound(row)) return [];
      const { text } = JSON.parse(row.json) as { text: string };
      return [{ text, at: row.at }];
    });
  }

  pins({ num }: Line): StoredEvent[] {
    return (this.#sql.pins.all(num) as EventRow[]).filter(isSound).map(stored);
  }

  /** Why this may not happen, or that it is so already; `null`: it may. */
  check(line: Line, draft: Draft, effect: Changing): Refused | { kind: "unchanged" } | null {
    if (effect.kind === "post") return this.#checkPlace(line, draft, effect);
    const message = this.#message(line, effect.target);
    if (message === null) return notFound;
    const counted = (row: unknown) => (row as { count: number }).count;
    return checkChange(message, effect, draft.by, {
      pins: () => counted(this.#sql.pinCount.get(line.num)),
      edits: () => counted(this.#sql.editCount.get(line.num, effect.target)),
    });
  }

  /** What `check` had nothing against, by the event that says so. */
  apply(line: Line, effect: Changing, stored: StoredEvent): void {
    const event = JSON.parse(stored.json) as Event;
    const { num } = line;
    switch (effect.kind) {
      case "post":
        this.#files.hold(num, effect.files, stored.seq);
        if (event.type === "message.posted") this.#post(line, effect.mentions, event);
        return;
      case "edit": {
        this.#sql.addEdit.run(num, effect.target, stored.seq);
        const message = this.#fold(line, effect.target, event);
        const thread = message.thread ?? (message.replies ? message.seq : null);
        this.#reading.call(num, message, effect.mentions);
        // Nobody follows a thread whose beginning was erased.
        if (thread !== null && this.#message(line, thread))
          this.#reading.spoke(num, thread, effect.mentions);
        return;
      }
      case "delete": {
        const message = this.#fold(line, effect.target, event);
        if (message.thread !== null && this.#message(line, message.thread))
          this.#fold(line, message.thread, event);
        this.#reading.call(num, message, []);
        this.#redact(line, effect.target, message.deletedAt ?? 0);
        this.#files.loseOf(num, effect.target);
        return;
      }
      case "react":
      case "pin":
        this.#fold(line, effect.target, event);
    }
  }

  /** Before the rows of their events go. */
  forget({ num, base }: Line, upTo: number): void {
    this.#sql.forgetFolded.run(num, base.seq, upTo);
    this.#sql.forgetEdits.run(num, upTo);
    this.#files.loseUpTo(num, upTo);
  }

  #checkPlace(
    line: Line,
    { by, clientId }: Draft,
    { replyTo, thread, files }: Extract<Changing, { kind: "post" }>,
  ): Refused | null {
    const there = (seq: number) => {
      const message = this.#message(line, seq);
      return message?.deletedAt === null ? message : null;
    };
    const isFit =
      (replyTo === null || there(replyTo) !== null) &&
      (thread === null || there(thread)?.thread === null);
    const why = !isFit ? notFound : this.#files.areFree(line.num, by, files) ? null : fileNotFound;
    // A repeat is known as one whatever became of what it answered, and its files are held by the first.
    return why === null || this.#sql.sent.get(line.num, by, clientId) !== null ? null : why;
  }

  #post(line: Line, mentions: readonly string[], event: Message & Event): void {
    const { num } = line;
    const { by, seq, thread } = event;
    this.#reading.call(num, event, mentions);
    if (thread === null) return;
    const before = this.#message(line, thread);
    this.#fold(line, thread, event);
    if (before !== null && before.replies === undefined) {
      this.#reading.follow(num, before.by, thread, thread);
      for (const user of before.mentions ?? []) this.#reading.follow(num, user, thread, null);
    }
    this.#reading.follow(num, by, thread, seq);
    this.#reading.spoke(num, thread, mentions);
  }

  /** The message as it is after this. */
  #fold(line: Line, target: number, event: Event): Message {
    const row = this.#row(line, target);
    if (row === null || !isSound(row)) throw new Error(`message ${target} was not checked`);
    const message = fold(JSON.parse(row.json) as Message, event);
    const json = JSON.stringify(message);
    const pinnedBy = event.type === "message.pinned" ? event.seq : row.pinned;
    this.#sql.put.run(
      row.num,
      line.num,
      row.seq,
      message.thread ?? 0,
      message.by,
      Number(message.deletedAt !== null),
      message.pinned ? pinnedBy : null,
      json,
      Bun.hash.crc32(json),
    );
    return message;
  }

  #redact({ num }: Line, seq: number, at: number): void {
    const rows = this.#sql.versions.all({ room: num, seq, limit: -1 }) as (EventRow & {
      num: number;
    })[];
    for (const row of rows) {
      const json = isSound(row) ? redacted(row.json, at) : unreadableText(row.seq, row.id);
      this.#sql.rewrite.run(json, Bun.hash.crc32(json), row.num);
    }
  }

  #message(line: Line, seq: number): Message | null {
    const row = this.#row(line, seq);
    return row && isSound(row) ? (JSON.parse(row.json) as Message) : null;
  }

  #row({ num, base }: Line, seq: number): MessageRow | null {
    return seq > base.seq ? (this.#sql.message.get(num, seq) as MessageRow | null) : null;
  }

  #older(line: Line, thread: number | null, below: number, limit: number): EventRow[] {
    const { num, base } = line;
    if (thread === null)
      return (this.#sql.older.all(num, base.seq, below, limit) as EventRow[]).reverse();
    const found = this.#sql.olderReplies.all(num, thread, base.seq, below, limit) as EventRow[];
    const root = thread < below && found.length < limit ? this.#root(line, thread) : [];
    return [...root, ...found.reverse()];
  }

  #newer(line: Line, thread: number | null, above: number, limit: number): EventRow[] {
    const { num, base } = line;
    const from = Math.max(above, base.seq);
    if (thread === null) return this.#sql.newer.all(num, from, limit) as EventRow[];
    const root = thread > above && limit > 0 ? this.#root(line, thread) : [];
    const most = limit - root.length;
    return [...root, ...(this.#sql.newerReplies.all(num, thread, from, most) as EventRow[])];
  }

  #root(line: Line, thread: number): EventRow[] {
    const row = thread > line.base.seq ? this.#sql.root.get(line.num, thread) : null;
    return row ? [row as EventRow] : [];
  }
}

// Why a plus stands before what is bound in a join is said in reading.ts.
function prepare(db: Database) {
  const now = `event.num, event.seq, event.id, event.by, event.at, folded.pinned,
    ifnull(folded.json, event.json) AS json,
    CASE WHEN folded.num IS NULL THEN event.sum ELSE folded.sum END AS sum`;
  const withFolded = "LEFT JOIN folded ON folded.num = event.num";
  const message = "event.type = 'message.posted'";
  const main = `event INDEXED BY main_line ${withFolded}
    WHERE event.room = +? AND ${message} AND event.thread IS NULL`;
  const reply = `event INDEXED BY replies ${withFolded} WHERE event.room = +? AND event.thread = +?`;
  return {
    message: db.query(
      `SELECT ${now} FROM event ${withFolded} WHERE event.room = +? AND event.seq = +? AND ${message}`,
    ),
    root: db.query(`SELECT ${now} FROM ${main} AND event.seq = +?`),
    older: db.query(
      `SELECT ${now} FROM ${main} AND event.seq > +? AND event.seq < +? ORDER BY event.seq DESC LIMIT +?`,
    ),
    newer: db.query(`SELECT ${now} FROM ${main} AND event.seq > +? ORDER BY event.seq LIMIT +?`),
    olderReplies: db.query(
      `SELECT ${now} FROM ${reply} AND event.seq > +? AND event.seq < +? ORDER BY event.seq DESC LIMIT +?`,
    ),
    newerReplies: db.query(
      `SELECT ${now} FROM ${reply} AND event.seq > +? ORDER BY event.seq LIMIT +?`,
    ),
    hasReplies: db.query(
      "SELECT 1 FROM event INDEXED BY replies WHERE room = ? AND thread = ? LIMIT 1",
    ),
    // A cross join, or else all events of the room would be gone through in their order.
    versions: db.query(
      `SELECT num, seq, id, json, sum, at FROM event WHERE room = $room AND seq = $seq
       UNION ALL SELECT event.num, event.seq, id, json, sum, at
         FROM edit CROSS JOIN event ON event.room = edit.room AND event.seq = edit.seq
         WHERE edit.room = +$room AND edit.target = +$seq
       ORDER BY seq LIMIT +$limit`,
    ),
    pins: db.query(
      `SELECT folded.seq, event.id, folded.json, folded.sum
       FROM folded INDEXED BY pins JOIN event ON event.num = folded.num
       WHERE folded.room = +? AND folded.pinned IS NOT NULL ORDER BY folded.pinned DESC`,
    ),
    pinCount: db.query(
      "SELECT count(*) AS count FROM folded INDEXED BY pins WHERE room = ? AND pinned IS NOT NULL",
    ),
    editCount: db.query("SELECT count(*) AS count FROM edit WHERE room = ? AND target = ?"),
    sent: db.query("SELECT 1 FROM event WHERE room = ? AND by = ? AND client_id = ?"),
    addEdit: db.query("INSERT INTO edit (room, target, seq) VALUES (?, ?, ?)"),
    put: db.query(
      `INSERT INTO folded (num, room, seq, thread, by, deleted, pinned, json, sum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (num) DO UPDATE SET deleted = excluded.deleted, pinned = excluded.pinned,
         json = excluded.json, sum = excluded.sum`,
    ),
    rewrite: db.query("UPDATE event SET json = ?, sum = ? WHERE num = ?"),
    forgetFolded: db.query(
      "DELETE FROM folded WHERE num IN (SELECT num FROM event WHERE room = ? AND seq > ? AND seq <= ?)",
    ),
    forgetEdits: db.query("DELETE FROM edit WHERE room = ? AND target <= ?"),
  };
}
