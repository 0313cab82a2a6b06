import { SQLiteError, type Database } from "bun:sqlite";
import {
  limits,
  type Cursor,
  type Level,
  type RoomId,
  type SessionId,
  type SharedFile,
  type UserId,
} from "@snug/protocol";
import { createHash } from "node:crypto";
import type {
  BackplaneListener,
  Clock,
  Draft,
  Effect,
  FileSpace,
  HostUser,
  NewAccount,
  NewFile,
  NewInvite,
  NewRoom,
  NewSession,
  NewUser,
  ReadMark,
  Refused,
  Sought,
  Store,
  UserChange,
  Window,
} from "../../core/ports.ts";
import { showsReading } from "../../core/presence.ts";
import { RoomGone, StoreError } from "../../core/ports.ts";
import { GroupCommit } from "./group-commit.ts";
import { Indexing } from "./indexing.ts";
import { Files } from "./files.ts";
import { Invites } from "./invites.ts";
import { Log } from "./log.ts";
import { Membership, type Place } from "./membership.ts";
import { People } from "./people.ts";
import { SearchIndex } from "./search-index.ts";
import { Wiping } from "./wiping.ts";
import type { WriteAheadLog } from "./write-ahead-log.ts";

type Tell = Omit<BackplaneListener, "storeReplaced" | "wasDeaf">;

export interface EmbeddedStoreOptions {
  readonly db: Database;
  readonly wal: Pick<WriteAheadLog, "keepShort" | "empty">;
  readonly clock: Clock;
  /** Told of what was committed, before those who asked for it are answered. It stays committed. */
  readonly tell: Tell;
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
  readonly #membership: Membership;
  readonly #invites: Invites;
  readonly #files: Files;
  readonly #commit: GroupCommit;
  readonly #indexing: Indexing;
  readonly #wiping: Wiping;
  readonly #tell: Tell;
  readonly #onFault: (fault: unknown) => void;
  #closed = false;
  /** A commit took words out of the log that are on the disk still. */
  #hasErased = false;

  constructor({ db, wal, clock, tell, onCommit, onFault }: EmbeddedStoreOptions) {
    this.#clock = clock;
    this.#tell = tell;
    this.#onFault = onFault;
    this.#membership = new Membership(db);
    const index = new SearchIndex(db);
    this.#files = new Files(db, index);
    this.#log = new Log(db, clock, this.#membership, index, this.#files);
    this.#people = new People(db);
    this.#invites = new Invites(db);
    this.#commit = new GroupCommit({
      db,
      clock,
      beforeCommit: () => this.#log.settle(),
      onCommit: (changes, seconds) => {
        onCommit(changes, seconds);
        for (const batch of this.#log.takeCommitted()) {
          if (batch.effects.some(isErasing)) this.#hasErased = true;
          tell.committed(batch);
        }
      },
      onRollback: () => {
        this.#log.forget();
        this.#people.forget();
      },
      afterwards: () => {
        if (this.#closed) return;
        if (this.#hasErased) this.#wiping.soon();
        this.#hasErased = false;
        try {
          wal.keepShort();
          this.#indexing.look();
        } catch (fault) {
          onFault(fault);
        }
      },
    });
    this.#wiping = new Wiping(() => wal.empty(), clock, onFault);
    this.#indexing = new Indexing(index, clock, {
      onStep: () => wal.keepShort(),
      onDropped: () => this.#wiping.soon(),
      onFault,
    });
    this.#indexing.start();
    // A process that was killed may have left behind what it had erased.
    this.#wiping.soon();
  }

  probe = () => this.#change(null, () => {});

  room = (id: string) => this.#look(() => this.#log.room(id));

  isGone = (id: string) => this.#look(() => this.#log.isGone(hashOf(id)));

  roomsFor = (user: UserId, which: "mine" | "visible" | "all") =>
    this.#look(() => this.#log.roomsFor(user, which));

  expiring = () => this.#look(() => this.#log.expiring());

  addRoom = (room: NewRoom, joins: readonly Draft[] = []) =>
    this.#change(room.createdBy, () => {
      const added = this.#log.addRoom(room);
      if (added.kind === "added") for (const join of joins) this.#log.append(join);
      return added;
    });

  async destroyRoom(room: RoomId) {
    const done = await this.#change(null, () => {
      const kind = this.#log.destroy(room, hashOf(room));
      return kind && { kind, ended: this.#people.endTokensOf(room) };
    });
    if (done === null) return false;
    const { kind, ended } = done;
    this.#tell.roomDestroyed(room, kind);
    for (const session of ended) this.#tell.sessionEnded(session);
    this.#wiping.soon();
    return true;
  }

  standing = (room: RoomId, user: UserId) =>
    this.#look(() => this.#membership.standing(this.#log.place(room), user));
  lastRole = (room: RoomId, user: UserId) =>
    this.#look(() => this.#membership.lastRole(this.#log.place(room), user));
  /** A look is as near as any memory. */
  mayPost = () => false;
  membersNamed = (
    room: RoomId,
    names: { readonly ids: readonly string[]; readonly usernames: readonly string[] },
  ) => this.#look(() => this.#membership.membersNamed(this.#log.place(room).num, names));
  members = (room: RoomId) => this.#look(() => this.#membership.members(this.#log.place(room).num));
  banned = (room: RoomId) => this.#look(() => this.#membership.banned(this.#log.place(room).num));
  unban = (room: RoomId, user: UserId, by: UserId) =>
    this.#changeIn(room, by, (place) => {
      if (!this.#log.allows(room, by, "moderate")) return false;
      this.#membership.unban(place, user);
      return true;
    });

  addInvite = (room: RoomId, invite: NewInvite) =>
    this.#changeIn(room, invite.createdBy, ({ num }) => {
      if (!this.#log.allows(room, invite.createdBy, "invite")) return false;
      this.#invites.add(num, invite, this.#clock.now());
      return true;
    });
  invites = (room: RoomId) =>
    this.#look(() => this.#invites.of(this.#log.place(room).num, this.#clock.now()));
  endInvite = (room: RoomId, id: string) =>
    this.#changeIn(room, null, ({ num }) => this.#invites.end(num, id));
  invite = (hash: string) => this.#look(() => this.#invites.find(hash, this.#clock.now()));

  acquainted = (one: UserId, other: string) =>
    this.#look(() => this.#people.acquainted(one, other));
  users = (ids: readonly string[]) => this.#look(() => this.#people.users(ids));
  findUsers = (user: UserId, beginning: string, most: number) =>
    this.#look(() => this.#people.findUsers(user, beginning, most));
  namesakes = (name: string) => this.#look(() => this.#people.namesakes(name));
  allUsers = () => this.#look(() => this.#people.allUsers());

  addUser = (user: NewUser, session: NewSession, joins: readonly Draft[]) =>
    this.#change(user.id, () => {
      // Seen before anything is changed: who throws here undoes all that share the commit.
      if (user.account && this.#people.account(user.account.username))
        return { kind: "username_taken" as const };
      const refused = this.#refusedOf(joins);
      if (refused) return refused;
      const admin = this.#people.addUser(user);
      this.#people.addSession(user.id, session, this.#clock.now());
      this.#appendAll(joins, admin ? user.account?.asAdmin : null);
      return { kind: "added" as const, admin };
    });

  async addAccount(
    id: UserId,
    name: string | null,
    account: NewAccount,
    session: NewSession,
    drafts: readonly Draft[],
  ) {
    const done = await this.#change(id, () => {
      const refused = this.#people.checkAccount(id, account) ?? this.#refusedOf(drafts);
      if (refused) return { answer: refused, ended: [] };
      const { admin, user, ended } = this.#people.addAccount(id, name, account);
      this.#people.addSession(id, session, this.#clock.now());
      this.#appendAll(drafts, admin ? account.asAdmin : null);
      return { answer: { kind: "added" as const, admin, user }, ended };
    });
    for (const session of done.ended) this.#tell.sessionEnded(session);
    return done.answer;
  }

  hostUser = (id: UserId) => this.#look(() => this.#people.hostUser(id));
  putHostUser = (user: HostUser) => this.#change(user.id, () => this.#people.putHostUser(user));
  account = (username: string) => this.#look(() => this.#people.account(username));
  passwordHash = (user: UserId) => this.#look(() => this.#people.passwordHash(user));

  settings = (user: UserId) => this.#look(() => this.#people.settings(user));
  companions = (user: UserId, most: number) => this.#look(() => this.#log.companions(user, most));
  sawUser = (user: UserId, at: number) => this.#change(null, () => this.#people.saw(user, at));
  lastSeen = (users: readonly UserId[]) => this.#look(() => this.#people.lastSeen(users));

  async changeUser(user: UserId, change: UserChange) {
    const presence = () => this.#people.settings(user).presence;
    const done = await this.#change(user, () => {
      const before = presence();
      const changed = this.#people.changeUser(user, change);
      return changed && { ...changed, isOther: presence() !== before };
    });
    if (done === null) return null;
    if (done.isOther) this.#tell.presenceChanged(user);
    for (const session of done.ended) this.#tell.sessionEnded(session);
    return done.user;
  }

  async eraseUser(user: UserId, leaves: readonly Draft[]) {
    await this.#change(user, () => {
      for (const leave of leaves) this.#log.append(leave);
      this.#people.eraseUser(user);
      this.#files.eraseOf(user);
    });
    this.#tell.userErased(user);
    this.#wiping.soon();
  }

  addSession = (user: UserId, session: NewSession, passwordHash?: string) =>
    this.#change(user, () =>
      this.#people.addSession(user, session, this.#clock.now(), passwordHash),
    );

  async session(tokenHash: string) {
    const now = this.#clock.now();
    const found = await this.#look(() => this.#people.session(tokenHash, now));
    if (found?.stale)
      this.#change(null, () => this.#people.use(found.id, now)).catch(this.#onFault);
    if (found === null) return null;
    const { stale: _, ...signed } = found;
    return signed;
  }

  sessionById = (id: string) => this.#look(() => this.#people.sessionById(id, this.#clock.now()));

  sessions = (user: UserId, kind: NewSession["kind"]) =>
    this.#look(() => this.#people.sessions(user, kind, this.#clock.now()));

  async endSession(user: UserId, session: string, kind: NewSession["kind"]) {
    const ended = await this.#change(user, () => this.#people.endSession(user, session, kind));
    if (ended) this.#tell.sessionEnded(session as SessionId);
    return ended;
  }

  async endSessions(user: UserId, except: SessionId | null) {
    const ended = await this.#change(user, () => this.#people.endSessions(user, except));
    for (const session of ended) this.#tell.sessionEnded(session);
  }

  beginFile = (file: NewFile, most: FileSpace) =>
    // Whoever uploads sends nothing for a while: nobody is to wait for them.
    this.#changeIn(file.room, null, ({ num }) =>
      this.#log.allows(file.room, file.by, "post")
        ? this.#files.begin(num, file, most)
        : ({ kind: "refused", why: "not_allowed" } as const),
    );
  finishFile = (file: SharedFile, preview: number | null) =>
    this.#change(null, () => this.#files.finish(file, preview));
  file = (id: string) => this.#look(() => this.#files.find(id));
  lostFiles = () => this.#look(() => this.#files.lost());
  forgetLost = (ids: readonly string[]) => this.#change(null, () => this.#files.forgetLost(ids));
  linkKey = () => this.#change(null, () => this.#files.linkKey());

  async dropFile(id: string, by: UserId) {
    const dropped = await this.#change(null, () => this.#files.drop(id, by));
    if (dropped) this.#wiping.soon();
    return dropped;
  }

  async expireFiles(before: { readonly begun: number; readonly unposted: number }) {
    if (await this.#change(null, () => this.#files.expire(before))) this.#wiping.soon();
  }

  append = (draft: Draft) => this.#change(draft.by, () => this.#log.append(draft));

  read = (room: RoomId, after: Cursor | null, most: { events: number; bytes: number }) =>
    this.#look(() => this.#log.read(room, after, most));
  messages = (room: RoomId, window: Window) => this.#look(() => this.#log.messages(room, window));
  message = (room: RoomId, seq: number) => this.#look(() => this.#log.message(room, seq));
  edits = (room: RoomId, seq: number) => this.#look(() => this.#log.edits(room, seq));
  pins = (room: RoomId) => this.#look(() => this.#log.pins(room));
  search = (sought: Sought) => this.#look(() => this.#log.search(sought));
  readings = (user: UserId, rooms?: readonly RoomId[]) =>
    this.#look(() => this.#log.readings(user, rooms));
  readingsIn = (room: RoomId, users: readonly UserId[]) =>
    this.#look(() => this.#log.readingsIn(room, users));
  reads = (room: RoomId) => this.#look(() => this.#log.reads(room));
  threads = (room: RoomId, user: UserId, most: number) =>
    this.#look(() => this.#log.threads(room, user, most));

  async markRead(room: RoomId, user: UserId, mark: ReadMark) {
    const marked = await this.#changeIn(room, null, ({ memberCount }) => {
      const place = this.#log.markRead(room, user, mark);
      const isSmall = memberCount <= limits.receiptsMax;
      const shown = mark.thread === null && isSmall && showsReading(this.#people.settings(user));
      return place && { ...place, shown };
    });
    if (marked === null) return null;
    const { moved, seq, shown } = marked;
    if (moved) this.#tell.readMoved(room, user, { seq, thread: mark.thread, shown });
    return { moved };
  }

  async setLevel(room: RoomId, user: UserId, level: Level) {
    const set = await this.#changeIn(room, null, () => this.#log.setLevel(room, user, level));
    if (set?.changed) this.#tell.levelChanged(room, user);
    return set !== null;
  }

  trim = (room: RoomId, upTo: number) =>
    this.#changeIn(room, null, () => this.#log.trim(room, upTo));

  /** Commits what waits; after this every call fails. */
  close(): void {
    if (this.#closed) return;
    this.#commit.flush();
    this.#indexing.close();
    this.#wiping.close();
    this.#closed = true;
  }

  #refusedOf(drafts: readonly Draft[]): Refused | null {
    for (const draft of drafts) {
      const verdict = this.#log.check(draft);
      if (verdict?.kind === "refused") return verdict;
    }
    return null;
  }

  #appendAll(...lists: readonly (readonly Draft[] | null | undefined)[]): void {
    for (const draft of lists.flatMap((drafts) => drafts ?? [])) this.#log.append(draft);
  }

  async #look<Value>(read: () => Value): Promise<Value> {
    if (this.#closed) throw new StoreError("store_unavailable");
    try {
      return read();
    } catch (fault) {
      throw toStoreError(fault);
    }
  }

  async #changeIn<Value>(
    room: RoomId,
    sender: string | null,
    work: (place: Place) => Value,
  ): Promise<Value> {
    const changed = await this.#change(sender, () => {
      const place = this.#log.find(room);
      return place && { value: work(place) };
    });
    if (changed === null) throw new RoomGone();
    return changed.value;
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

function isErasing({ kind }: Effect): boolean {
  return kind === "delete" || kind === "clear";
}

/** Of an id of 128 bits of chance nothing can be told from this. */
function hashOf(room: string): string {
  return createHash("sha256").update(room).digest("base64url");
}

function toStoreError(fault: unknown): unknown {
  if (!(fault instanceof SQLiteError)) return fault;
  // A broken rule of the schema is a fault of ours, not of the disk.
  if (fault.code?.startsWith("SQLITE_CONSTRAINT")) return fault;
  return new StoreError(fault.code === "SQLITE_FULL" ? "store_full" : "store_unavailable", {
    cause: fault,
  });
}
