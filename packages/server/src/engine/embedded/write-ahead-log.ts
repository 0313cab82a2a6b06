import type { Database } from "bun:sqlite";
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from "node:fs";

/** Pages in the log that are worth bringing home; SQLite's own number. */
const LONG = 1_000;
const LOG_HEAD = 32;
const FRAME_HEAD = 24;

/**
 * Brings the write-ahead log into the database file, and leaves no dead words
 * in it.
 *
 * `secure_delete` overwrites what is deleted where it lies. But when SQLite
 * moves rows to another page, it lets their old bytes lie in the page's
 * unallocated space until something else needs it, and nothing overwrites them
 * when the rows are deleted later. A page gets into the file by way of the log
 * alone, so after each checkpoint the unallocated space of the pages that the
 * log held is overwritten in the file: to SQLite these bytes mean nothing. The
 * log is begun anew only after that is durable.
 *
 * @see https://www.sqlite.org/fileformat2.html sections 1.6 and 4
 */
export class WriteAheadLog {
  readonly #file: number;
  readonly #log: string;
  readonly #pageSize: number;
  readonly #length;
  readonly #checkpoint;
  readonly #truncate;
  /** Pages in the log from which on it is brought home. */
  #long = LONG;

  /** @param path of the database file, which is owned already */
  constructor(db: Database, path: string) {
    db.run("PRAGMA wal_autocheckpoint = 0");
    // Closing a file drops all locks that the process has on it, and with them
    // the ownership of the folder: this one stays open until the database is closed.
    this.#file = openSync(path, "r+");
    this.#log = `${path}-wal`;
    const { page_size: pageSize } = db.query("PRAGMA page_size").get() as { page_size: number };
    this.#pageSize = pageSize;
    this.#length = db.query("PRAGMA wal_checkpoint(NOOP)");
    this.#checkpoint = db.query("PRAGMA wal_checkpoint(PASSIVE)");
    this.#truncate = db.query("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** To be called after commits. */
  keepShort(): void {
    const pages = this.#pages();
    if (pages < this.#long) return;
    // What fails, for want of space perhaps, is not tried again at every commit.
    this.#long = pages + LONG;
    if (this.#bringHome()) this.#long = LONG;
  }

  /** After this, what was erased is in no file. */
  empty(): void {
    if (!this.#bringHome()) throw new Error("the write-ahead log could not be brought home whole");
    this.#truncate.run();
  }

  /** After the database was closed. */
  close(): void {
    closeSync(this.#file);
  }

  /** False if something still reads from the log; what is left comes home the next time. */
  #bringHome(): boolean {
    const dead = this.#deadBytes();
    const { log, checkpointed } = this.#checkpoint.get() as { log: number; checkpointed: number };
    if (checkpointed < log) return false;
    for (const { at, length } of dead) writeSync(this.#file, Buffer.alloc(length), 0, length, at);
    if (dead.length > 0) fdatasyncSync(this.#file);
    return true;
  }

  #pages(): number {
    const { log } = this.#length.get() as { log: number };
    return log;
  }

  /** Where in the file dead bytes will be after a checkpoint. */
  #deadBytes(): { at: number; length: number }[] {
    const size = FRAME_HEAD + this.#pageSize;
    const bytes = this.#readLog(this.#pages() * size);
    // The last frame of a page is how it will be.
    const frames = new Map<number, number>();
    for (let at = 0; at < bytes.length; at += size) frames.set(bytes.readUInt32BE(at), at);
    return [...frames].flatMap(([number, at]) => {
      const start = at + FRAME_HEAD;
      const gap = unallocated(bytes.subarray(start, start + this.#pageSize));
      if (gap === null) return [];
      return [{ at: (number - 1) * this.#pageSize + gap.from, length: gap.to - gap.from }];
    });
  }

  /** The file of the log comes and goes as SQLite likes. */
  #readLog(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (length === 0) return bytes;
    const log = openSync(this.#log, "r");
    try {
      if (readSync(log, bytes, 0, length, LOG_HEAD) < length)
        throw new Error("the write-ahead log is shorter than the database says");
    } finally {
      closeSync(log);
    }
    return bytes;
  }
}

const LEAF_OF_TABLE = 13;
const PAGE_HEAD = 8;
const zeros = Buffer.alloc(65_536);

/**
 * The space between the cell pointers and the cells of a page that holds rows,
 * if there is anything in it. The first page begins otherwise, and holds no
 * words; overflow and free pages begin with a number that is 13 only in files
 * of a terabyte.
 */
function unallocated(page: Buffer): { from: number; to: number } | null {
  if (page.readUInt8(0) !== LEAF_OF_TABLE) return null;
  const from = PAGE_HEAD + 2 * page.readUInt16BE(3);
  const to = page.readUInt16BE(5) || 65_536;
  if (from >= to || to > page.length) return null;
  return zeros.compare(page, from, to, 0, to - from) === 0 ? null : { from, to };
}
