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
    for (const [number, { from, to }] of dead) {
      const at = (number - 1) * this.#pageSize + from;
      writeSync(this.#file, zeros, 0, to - from, at);
    }
    if (dead.size > 0) fdatasyncSync(this.#file);
    return true;
  }

  #pages(): number {
    const { log } = this.#length.get() as { log: number };
    return log;
  }

  /** Where dead bytes will lie after a checkpoint, by the number of the page. */
  #deadBytes(): Map<number, Gap> {
    const dead = new Map<number, Gap>();
    const size = FRAME_HEAD + this.#pageSize;
    for (const frames of this.#framesOfLog(size)) {
      for (let at = 0; at < frames.length; at += size) {
        const gap = deadBytesOf(frames, at + FRAME_HEAD, at + size);
        const number = frames.readUInt32BE(at);
        // The last frame of a page is how it will be.
        if (gap === null) dead.delete(number);
        else dead.set(number, gap);
      }
    }
    return dead;
  }

  /** The log in pieces; each is valid until the next. */
  *#framesOfLog(size: number): Iterable<Buffer> {
    const end = LOG_HEAD + this.#pages() * size;
    if (end === LOG_HEAD) return;
    // The file of the log comes and goes as SQLite likes.
    const log = openSync(this.#log, "r");
    try {
      const piece = Buffer.allocUnsafe(AT_ONCE * size);
      for (let at = LOG_HEAD; at < end; at += piece.length) {
        const length = Math.min(piece.length, end - at);
        if (readSync(log, piece, 0, length, at) < length)
          throw new Error("the write-ahead log is shorter than the database says");
        yield piece.subarray(0, length);
      }
    } finally {
      closeSync(log);
    }
  }
}

/** Frames that are read together: few enough to stay in the processor's cache. */
const AT_ONCE = 32;
const LEAF_OF_TABLE = 13;
const PAGE_HEAD = 8;
const zeros = Buffer.alloc(65_536);

interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * The space between the cell pointers and the cells of a page that holds rows,
 * if there is anything in it. The first page begins otherwise, and holds no
 * words; overflow and free pages begin with a number that is 13 only in files
 * of a terabyte.
 */
function deadBytesOf(frames: Buffer, start: number, end: number): Gap | null {
  if (frames[start] !== LEAF_OF_TABLE) return null;
  const from = PAGE_HEAD + 2 * frames.readUInt16BE(start + 3);
  const to = frames.readUInt16BE(start + 5) || 65_536;
  if (from >= to || start + to > end) return null;
  const isClean = zeros.compare(frames, start + from, start + to, 0, to - from) === 0;
  return isClean ? null : { from, to };
}
