import { SQLiteError, type Database } from "bun:sqlite";
import type { Cursor, RoomId, UserId, User } from "@snug/protocol";
import type {
  BackplaneListener,
  Clock,
  Draft,
  NewRoom,
  NewSession,
  Store,
  Window,
} from "../../core/ports.ts";
import { StoreError } from "../../core/ports.ts";
import { GroupCommit } from "./group-commit.ts";
import { Log } from "./log.ts";
import { People } from "./people.ts";

export interface EmbeddedStoreOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** Told of what was committed, before those who asked for it are answered. */
  readonly tell: BackplaneListener;
  readonly onCommit: (changes: number, seconds: number) => void;
  /** A change that nobody waits for could not be stored. */
  readonly onFault: (fault: unknown) => void;
}

/** The store on one SQLite file. Reads answer from the connection that writes: what is read is committed. */
export class EmbeddedStore implements Store {
  readonly durability = "disk";
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #people: People;
  readonly #commit: GroupCommit;
  readonly #tell: BackplaneListener;
  readonly #onFault: (fault: unknown) => void;
  #closed = false;

  constructor({ db, clock, tell, onCommit, onFault }: EmbeddedStoreOptions) {
    this.#clock = clock;
    this.#tell = tell;
    this.#onFault = onFault;
    this.#log = new Log(db, clock);
    this.#people = new People(db);
    this.#commit = new GroupCommit({
      db,
      clock,
      onCommit: (changes, seconds) => {
        onCommit(changes, seconds);
        for (const batch of this.#log.takeCommitted()) tell.committed(batch);
      },
      onRollback: () => this.#log.forget(),
    });
  }

  probe = () => this.#change(null, () => {});

  room = (id: string) => this.#look(() => this.#log.room(id));

  roomsFor = (user: UserId, which: "mine" | "visible") =>
    this.#look(() =>
      this.#people.roomsFor(user, which).flatMap((id) => {
        const room = this.#log.room(id);
        return room ? [room] : [];
      }),
    );

  addRoom = (room: NewRoom) => this.#change(null, () => this.#log.addRoom(room));

  role = (room: RoomId, user: UserId) => this.#look(() => this.#log.role(room, user));
  members = (room: RoomId) => this.#look(() => this.#people.members(room));
  acquainted = (one: UserId, other: string) =>
    this.#look(() => this.#people.acquainted(one, other));
  users = (ids: readonly string[]) => this.#look(() => this.#people.users(ids));

  addUser = (user: User, session: NewSession, joins: readonly Draft[]) =>
    this.#change(user.id, () => {
      this.#people.addUser(user, session);
      for (const join of joins) this.#log.append(join);
    });

  async session(tokenHash: string) {
    const now = this.#clock.now();
    const found = await this.#look(() => this.#people.session(tokenHash, now));
    if (found?.stale)
      this.#change(null, () => this.#people.use(found.id, now)).catch(this.#onFault);
    return found && { id: found.id, user: found.user };
  }

  sessions = (user: UserId) => this.#look(() => this.#people.sessions(user, this.#clock.now()));

  async endSession(user: UserId, session: string) {
    const ended = await this.#change(user, () => this.#people.endSession(user, session));
    if (ended) this.#tell.sessionEnded(session as Parameters<BackplaneListener["sessionEnded"]>[0]);
    return ended;
  }

  append = (draft: Draft) => this.#change(draft.by, () => this.#log.append(draft));

  read = (room: RoomId, after: Cursor | null, most: { events: number; bytes: number }) =>
    this.#look(() => this.#log.read(room, after, most));
  messages = (room: RoomId, window: Window) => this.#look(() => this.#log.messages(room, window));
  message = (room: RoomId, seq: number) => this.#look(() => this.#log.message(room, seq));
  trim = (room: RoomId, upTo: number) => this.#change(null, () => this.#log.trim(room, upTo));

  /** Commits what waits; after this every call fails. */
  close(): void {
    if (this.#closed) return;
    this.#commit.flush();
    this.#closed = true;
  }

  async #look<Value>(read: () => Value): Promise<Value> {
    if (this.#closed) throw new StoreError("store_unavailable");
    try {
      return read();
    } catch (fault) {
      throw toStoreError(fault);
    }
  }

  async #change<Value>(sender: string | null, work: () => Value): Promise<Value> {
    if (this.#closed) throw new StoreError("store_unavailable");
    try {
      return await this.#commit.run(sender, work);
    } catch (fault) {
      throw toStoreError(fault);
    }
  }
}

function toStoreError(fault: unknown): unknown {
  if (!(fault instanceof SQLiteError)) return fault;
  // A broken rule of the schema is a fault of ours, not of the disk.
  if (fault.code?.startsWith("SQLITE_CONSTRAINT")) return fault;
  return new StoreError(fault.code === "SQLITE_FULL" ? "store_full" : "store_unavailable", {
    cause: fault,
  });
}
