import { Database, SQLiteError } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BackplaneListener, Blobs, Clock, Engine } from "../../core/ports.ts";
import { noPeers } from "../../core/talk.ts";
import { openFolderBlobs } from "./folder-blobs.ts";
import { readMoveMark, sayMoved } from "./move-mark.ts";
import { migrate, NewerSchema } from "./schema.ts";
import { EmbeddedStore } from "./store.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

export interface EmbeddedOptions {
  /** Made if it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  /** Where the bytes of files are; in the folder, when it is left out. */
  readonly blobs?: Blobs;
  readonly onCommit?: (changes: number, seconds: number) => void;
  readonly onFault?: (fault: unknown) => void;
  /** Called once when another owner has to be waited for. */
  readonly onWait?: () => void;
  /** How long to wait for another owner to go, in milliseconds. */
  readonly patience?: number;
}

/** The data folder cannot be used; the message says what to do. */
export class FolderError extends Error {}

const PATIENCE = 10_000;
const RETRY = 100;

/** Opens the engine that needs nothing but a folder: SQLite in it, listeners in this process. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { folder, clock, onCommit = () => {}, onFault = () => {}, patience = PATIENCE } = options;
  const { db, wal } = await ownFolder(folder, clock, patience, options.onWait);
  const moved = readMoveMark(folder);
  if (moved !== null) {
    db.close();
    wal.close();
    throw new FolderError(sayMoved(folder, moved));
  }
  const listeners = new Set<BackplaneListener>();
  // What is committed stays committed: a listener's fault must not keep its sender waiting.
  const tell = (what: (listener: BackplaneListener) => void) => {
    for (const listener of listeners) {
      try {
        what(listener);
      } catch (fault) {
        onFault(fault);
      }
    }
  };
  const store = new EmbeddedStore({
    db,
    wal,
    clock,
    onCommit,
    onFault,
    tell: {
      committed: (batch) => tell((listener) => listener.committed(batch)),
      readMoved: (...read) => tell((listener) => listener.readMoved(...read)),
      levelChanged: (...level) => tell((listener) => listener.levelChanged(...level)),
      presenceChanged: (user) => tell((listener) => listener.presenceChanged(user)),
      sessionEnded: (session) => tell((listener) => listener.sessionEnded(session)),
      userErased: (user) => tell((listener) => listener.userErased(user)),
      roomDestroyed: (room, kind) => tell((listener) => listener.roomDestroyed(room, kind)),
    },
  });
  let closed = false;
  return {
    store,
    blobs: options.blobs ?? openFolderBlobs(join(folder, "files")),
    backplane: {
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    peers: noPeers,
    async close() {
      if (closed) return;
      closed = true;
      store.close();
      listeners.clear();
      try {
        wal.empty();
      } catch (fault) {
        onFault(fault);
      }
      db.close();
      wal.close();
    },
  };
}

/** The database in a folder, of which this process is the one owner until both are closed. */
export async function ownFolder(
  folder: string,
  clock: Clock,
  patience: number,
  onWait = () => {},
): Promise<Owned> {
  const giveUp = clock.elapsed() + patience;
  let waiting = false;
  for (;;) {
    try {
      return open(folder);
    } catch (fault) {
      if (!isBusy(fault)) throw toFolderError(folder, fault);
      if (clock.elapsed() >= giveUp) {
        throw new FolderError(
          `The data folder ${folder} is in use by another Snug. Stop that one, or choose another folder with --data.`,
        );
      }
      if (!waiting) onWait();
      waiting = true;
      await new Promise<void>((resolve) => clock.after(RETRY, resolve));
    }
  }
}

interface Owned {
  readonly db: Database;
  readonly wal: WriteAheadLog;
}

function open(folder: string): Owned {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "snug.db");
  const isNew = !existsSync(path);
  const db = new Database(path, { create: true, strict: true });
  try {
    for (const file of [path, `${path}-wal`]) keepPrivate(file, isNew);
    // The exclusive lock is the system's own, on the file: it makes this process
    // the one owner and dies with it, however it dies.
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA foreign_keys = ON");
    // What is erased is overwritten: a destroyed room leaves no words on the disk.
    db.run("PRAGMA secure_delete = ON");
    db.run("PRAGMA cache_size = -32768");
    checkDurable(db);
    db.run("BEGIN IMMEDIATE");
    db.run("COMMIT");
    migrate(db);
    return { db, wal: new WriteAheadLog(db, path) };
  } catch (fault) {
    db.close();
    throw fault;
  }
}

/** Others on this machine read none of it, whoever made the folder; a group that was let in later may. */
function keepPrivate(file: string, isNew: boolean): void {
  const { mode = 0, uid } = statSync(file, { throwIfNoEntry: false }) ?? {};
  if (uid !== process.getuid?.() || !(isNew || (mode & 0o007) > 0)) return;
  try {
    chmodSync(file, isNew ? 0o600 : mode & 0o770);
  } catch (fault) {
    // Of a file system that knows no modes, which whoever mounted it has opened or closed.
    if (!(fault instanceof Error && "code" in fault && modeless.has(String(fault.code))))
      throw fault;
  }
}

const modeless = new Set(["EPERM", "ENOTSUP"]);

/** The word "disk" is said only where the database does what it takes: some file systems know no WAL. */
function checkDurable(db: Database): void {
  const { journal_mode: journal } = db.query("PRAGMA journal_mode").get() as {
    journal_mode: string;
  };
  const { synchronous } = db.query("PRAGMA synchronous").get() as { synchronous: number };
  const FULL = 2;
  if (journal !== "wal" || synchronous !== FULL) {
    throw new FolderError(
      "This file system cannot keep a write-ahead log. Choose a folder on another disk with --data.",
    );
  }
}

function isBusy(fault: unknown): boolean {
  return fault instanceof SQLiteError && (fault.code?.startsWith("SQLITE_BUSY") ?? false);
}

function toFolderError(folder: string, fault: unknown): unknown {
  if (fault instanceof NewerSchema) {
    return new FolderError(
      `The data folder ${folder} was written by a newer Snug. Start that version, or a later one.`,
    );
  }
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new FolderError(
      `The data in ${folder} is damaged (${code}). Put a backup in its place.`,
    );
  }
  if (code === "EEXIST" || code === "ENOTDIR") {
    return new FolderError(`${folder} is a file, or lies below one. Choose a folder with --data.`);
  }
  // What SQLite calls an error without more is a fault of ours.
  if (code !== "SQLITE_ERROR" && (code.startsWith("SQLITE_") || code.startsWith("E"))) {
    return new FolderError(
      `The data folder ${folder} cannot be used (${code}). Check that it may be written to, or choose another with --data.`,
    );
  }
  return fault;
}
