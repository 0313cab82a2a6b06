import type { SharedFile } from "@snug/protocol";
import type { ClientProblem } from "./api.ts";
import type { Clock } from "./clock.ts";

/** A message that is not known to be stored by the server yet. Replaced, never changed. */
export interface Entry {
  readonly clientId: string;
  readonly room: string;
  /** What is written in an ephemeral room is not kept in a store, once the room is known to be one. */
  readonly ephemeral: boolean;
  readonly text: string;
  readonly replyTo: number | null;
  readonly thread: number | null;
  /** Uploaded before it was written down: their bytes are the server's already. */
  readonly files: readonly SharedFile[];
  /** Who wrote it; `null` before one's own id was known. */
  readonly by: string | null;
  /** Rises with each entry; the order of sending. */
  readonly order: number;
  /** Unix milliseconds, by this device's clock. */
  readonly writtenAt: number;
  /** The room's place when it was written: if it was sent, it stands after this. */
  readonly after: string | null;
  readonly state: "waiting" | "sending" | "failed";
  readonly problem: ClientProblem | null;
}

/** As an earlier version kept it, or another tab has it still: no more of a message than its text. */
export type KeptEntry = Omit<Entry, "replyTo" | "thread" | "files"> &
  Partial<Pick<Entry, "replyTo" | "thread" | "files">>;

export function wholeEntry(entry: KeptEntry): Entry {
  return { replyTo: null, thread: null, files: [], ...entry };
}

/** Keeps entries over the end of the page. Every method may reject: then nothing is kept. */
export interface OutboxStorage {
  all(): Promise<KeptEntry[]>;
  put(entry: Entry): Promise<unknown>;
  remove(clientId: string): Promise<unknown>;
  close(): void;
}

/** Milliseconds that the browser's store may take; some hang for ever instead of failing. */
const PATIENCE = 3_000;
const STORE = "outbox";

/** In IndexedDB where there is one; `null` elsewhere. */
export function openOutboxStorage(name: string, clock: Clock): OutboxStorage | null {
  if (!lent(() => indexedDB)) return null;
  let opened: Promise<IDBDatabase> | null = null;
  const close = () => {
    void opened?.then((db) => db.close()).catch(() => {});
    opened = null;
  };
  const run = <Value>(
    mode: IDBTransactionMode,
    work: (entries: IDBObjectStore) => IDBRequest<Value>,
  ): Promise<Value> => {
    opened ??= open(name, close);
    const done = opened.then((db) => commit(db.transaction(STORE, mode), work));
    return inTime(done, clock).catch((fault: unknown) => {
      // The next one tries with a new connection: browsers end one that was idle for long.
      close();
      throw fault;
    });
  };
  return {
    all: () => run<KeptEntry[]>("readonly", (entries) => entries.getAll()),
    put: (entry) => run("readwrite", (entries) => entries.put(entry)),
    remove: (clientId) => run("readwrite", (entries) => entries.delete(clientId)),
    close,
  };
}

/** What this browser lends, or `null`: where it does not, the name may be unknown, or throw. */
export function lent<Value>(take: () => Value): Value | null {
  try {
    return take();
  } catch {
    return null;
  }
}

function open(name: string, onNewer: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: "clientId" });
    request.onerror = reject;
    request.onsuccess = () => {
      // A later version in another tab must not wait for this one.
      request.result.onversionchange = onNewer;
      resolve(request.result);
    };
  });
}

/** What was asked for, once the transaction is through: before that nothing is kept. */
function commit<Value>(
  transaction: IDBTransaction,
  work: (entries: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = reject;
  });
}

function inTime<Value>(work: Promise<Value>, clock: Clock): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(PATIENCE, () => reject(new Error("it hangs")));
    work.finally(cancel).then(resolve, reject);
  });
}
