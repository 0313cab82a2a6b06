import type { Cursor, Level, Member, RoomId, SessionId, SharedFile, UserId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import {
  RoomGone,
  StoreError,
  type Appended,
  type BackplaneListener,
  type Clock,
  type Draft,
  type Engine,
  type FileSpace,
  type HostUser,
  type NewAccount,
  type NewFile,
  type NewInvite,
  type NewRoom,
  type NewSession,
  type NewUser,
  type Reading,
  type ReadMark,
  type Refused,
  type RoomFor,
  type Sought,
  type Store,
  type UserChange,
  type Window,
} from "../../core/ports.ts";
import { showsReading } from "../../core/presence.ts";
import { toldPlace } from "../../core/read-place.ts";
import { noPeers } from "../../core/talk.ts";
import { limits } from "@snug/protocol";
import { memoryBlobs } from "./blobs.ts";
import { MemoryFiles } from "./files.ts";
import { MemoryPeople } from "./people.ts";
import { MemoryRoom } from "./room.ts";

/**
 * The plainest engine that keeps the contract, in arrays and maps: the model
 * that real engines are held against. It forgets everything when it closes.
 */
export function openMemory({ clock }: { clock: Clock }): Engine {
  const listeners = new Set<BackplaneListener>();
  const store = new MemoryStore(clock, listeners);
  return {
    store,
    blobs: memoryBlobs(),
    backplane: {
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    peers: noPeers,
    async close() {
      store.closed = true;
    },
  };
}

/** Nothing in its methods waits, so each is one step, and calls are done in the order in which they are made. */
class MemoryStore implements Store {
  readonly durability = "memory";
  closed = false;
  readonly #clock: Clock;
  readonly #listeners: ReadonlySet<BackplaneListener>;
  readonly #rooms = new Map<string, MemoryRoom>();
  /** Until when destroyed rooms are said to be gone. */
  readonly #gone = new Map<string, number>();
  readonly #people = new MemoryPeople();
  /** Events of all rooms. */
  #stored = 0;
  readonly #files = new MemoryFiles();

  constructor(clock: Clock, listeners: ReadonlySet<BackplaneListener>) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  async probe() {
    this.#open();
  }

  async room(id: string) {
    return this.#open().get(id)?.show() ?? null;
  }

  async isGone(id: string) {
    this.#open();
    return (this.#gone.get(id) ?? 0) > this.#now;
  }

  async roomsFor(user: UserId, which: "mine" | "visible" | "all"): Promise<RoomFor[]> {
    return [...this.#open().values()]
      .filter(
        ({ members, record }) =>
          which === "all" || members.has(user) || (which === "visible" && record.kind === "public"),
      )
      .map((room) => ({ ...room.show(), ...room.standing(user) }));
  }

  async expiring() {
    return [...this.#open().values()]
      .flatMap(({ record: { id, expiresAt } }) => (expiresAt === null ? [] : [{ id, expiresAt }]))
      .sort((a, b) => a.expiresAt - b.expiresAt);
  }

  async addRoom(room: NewRoom, joins: readonly Draft[] = []) {
    const rooms = this.#open();
    const { id, directKey } = room;
    const twin =
      rooms.get(id) ??
      [...rooms.values()].find(
        ({ record }) => directKey !== null && record.directKey === directKey,
      );
    if (twin) return { kind: "exists", id: twin.record.id } as const;
    if (this.#isNameTaken(room)) return { kind: "name_taken" } as const;
    rooms.set(id, new MemoryRoom(room, this.#files, () => ++this.#stored));
    for (const join of joins) this.#append(join);
    return { kind: "added" } as const;
  }

  async destroyRoom(room: RoomId) {
    const rooms = this.#open();
    const found = rooms.get(room);
    if (!found) return false;
    rooms.delete(room);
    this.#files.lose((file) => file.room === room);
    this.#gone.set(room, this.#now + limits.goneMs);
    for (const listener of this.#listeners) listener.roomDestroyed(room, found.record.kind);
    this.#tellEnded(this.#people.endTokensOf(room));
    return true;
  }

  async standing(room: RoomId, user: UserId) {
    return this.#room(room).standing(user);
  }

  async lastRole(room: RoomId, user: UserId) {
    return this.#room(room).lastRoles.get(user) ?? null;
  }

  mayPost() {
    return false;
  }

  async members(room: RoomId): Promise<Member[]> {
    return [...this.#room(room).members].flatMap(([id, { role, joinedAt }]) =>
      this.#people.users([id]).map((user) => ({ user, role, joinedAt })),
    );
  }

  async membersNamed(
    room: RoomId,
    { ids, usernames }: { ids: readonly string[]; usernames: readonly string[] },
  ) {
    const wanted = new Set(usernames.map((username) => username.toLowerCase()));
    return this.#people
      .users([...this.#room(room).members.keys()])
      .filter(({ id, username }) => ids.includes(id) || wanted.has(username?.toLowerCase() ?? ""));
  }

  async banned(room: RoomId) {
    return this.#people.users([...this.#room(room).bans]);
  }

  async unban(room: RoomId, user: UserId, by: UserId) {
    const place = this.#room(room);
    if (!place.allows(by, "moderate")) return false;
    place.bans.delete(user);
    return true;
  }

  async addInvite(room: RoomId, invite: NewInvite) {
    const place = this.#room(room);
    if (!place.allows(invite.createdBy, "invite")) return false;
    place.addInvite(invite);
    return true;
  }

  async invites(room: RoomId) {
    return this.#room(room).invites(this.#now);
  }

  async endInvite(room: RoomId, id: string) {
    return this.#room(room).endInvite(id);
  }

  async invite(hash: string) {
    for (const room of this.#open().values()) {
      const found = room.invite(hash, this.#now);
      if (found) return { room: room.record.id, can: found.can };
    }
    return null;
  }

  async acquainted(one: UserId, other: string) {
    return this.#share(one, other as UserId);
  }

  async users(ids: readonly string[]) {
    this.#open();
    return this.#people.users(ids);
  }

  async findUsers(user: UserId, beginning: string, most: number) {
    this.#open();
    const isKnown = (other: UserId) => other === user || this.#share(user, other);
    return this.#people.find(beginning, isKnown).slice(0, most);
  }

  async namesakes(name: string) {
    this.#open();
    return this.#people.called(name);
  }

  async allUsers() {
    this.#open();
    return this.#people.all();
  }

  async addUser(user: NewUser, session: NewSession, joins: readonly Draft[]) {
    this.#open();
    if (user.account && this.#people.isTaken(user.account.username))
      return { kind: "username_taken" } as const;
    const refused = this.#refusedOf(joins);
    if (refused) return refused;
    const admin = this.#people.addUser(user);
    this.#people.addSession(user.id, session, this.#now);
    for (const join of joins) this.#append(join);
    if (admin) for (const draft of user.account?.asAdmin ?? []) this.#append(draft);
    return { kind: "added", admin } as const;
  }

  async hostUser(id: UserId) {
    this.#open();
    return this.#people.hostUser(id);
  }

  async putHostUser(user: HostUser) {
    this.#open();
    return this.#people.putHostUser(user);
  }

  async addAccount(
    id: UserId,
    name: string | null,
    account: NewAccount,
    session: NewSession,
    drafts: readonly Draft[],
  ) {
    this.#open();
    const refused = this.#people.checkAccount(id, account) ?? this.#refusedOf(drafts);
    if (refused) return refused;
    const { admin, user, ended } = this.#people.addAccount(id, name, account);
    this.#people.addSession(id, session, this.#now);
    for (const draft of drafts) this.#append(draft);
    if (admin) for (const draft of account.asAdmin ?? []) this.#append(draft);
    this.#tellEnded(ended);
    return { kind: "added", admin, user } as const;
  }

  async account(username: string) {
    this.#open();
    return this.#people.account(username);
  }

  async passwordHash(user: UserId) {
    this.#open();
    return this.#people.passwordHash(user);
  }

  async settings(user: UserId) {
    this.#open();
    return this.#people.settings(user);
  }

  async companions(user: UserId, most: number) {
    const shared = [...this.#open().values()]
      .filter(({ members }) => members.has(user) && members.size <= most)
      .flatMap(({ members }) => [...members.keys()]);
    return [...new Set(shared)].filter((other) => other !== user);
  }

  async sawUser(user: UserId, at: number) {
    this.#open();
    this.#people.saw(user, at);
  }

  async lastSeen(users: readonly UserId[]) {
    this.#open();
    return this.#people.lastSeen(users);
  }

  async changeUser(user: UserId, change: UserChange) {
    this.#open();
    const before = this.#people.settings(user).presence;
    const changed = this.#people.changeUser(user, change);
    if (changed === null) return null;
    if (this.#people.settings(user).presence !== before)
      for (const listener of this.#listeners) listener.presenceChanged(user);
    this.#tellEnded(changed.ended);
    return changed.user;
  }

  async eraseUser(user: UserId, leaves: readonly Draft[]) {
    const rooms = this.#open();
    for (const leave of leaves) this.#append(leave);
    for (const room of rooms.values()) {
      room.eraseUser(user);
      room.eraseFilesOf(user);
    }
    this.#files.lose(({ by }) => by === user);
    this.#people.eraseUser(user);
    for (const listener of this.#listeners) listener.userErased(user);
  }

  async addSession(user: UserId, session: NewSession, passwordHash?: string) {
    this.#open();
    return this.#people.addSession(user, session, this.#now, passwordHash);
  }

  async session(tokenHash: string) {
    this.#open();
    return this.#people.session(tokenHash, this.#now);
  }

  async sessionById(id: string) {
    this.#open();
    return this.#people.sessionById(id, this.#now);
  }

  async sessions(user: UserId, kind: NewSession["kind"]) {
    this.#open();
    return this.#people.sessions(user, kind, this.#now);
  }

  async endSession(user: UserId, session: string, kind: NewSession["kind"]) {
    this.#open();
    const ended = this.#people.endSession(user, session, kind);
    this.#tellEnded(ended);
    return ended.length > 0;
  }

  async endSessions(user: UserId, except: SessionId | null) {
    this.#open();
    this.#tellEnded(this.#people.endSessions(user, except));
  }

  async beginFile(file: NewFile, most: FileSpace) {
    if (!this.#room(file.room).allows(file.by, "post"))
      return { kind: "refused", why: "not_allowed" } as const;
    return this.#files.begin(file, most);
  }

  async finishFile(file: SharedFile, preview: number | null) {
    this.#open();
    return this.#files.finish(file, preview);
  }

  async dropFile(id: string, by: UserId) {
    this.#open();
    return this.#files.drop(id, by);
  }

  async file(id: string) {
    this.#open();
    return this.#files.find(id);
  }

  async expireFiles(before: { readonly begun: number; readonly unposted: number }) {
    this.#open();
    this.#files.expire(before);
  }

  async lostFiles() {
    this.#open();
    return this.#files.lost();
  }

  async forgetLost(ids: readonly string[]) {
    this.#open();
    this.#files.forgetLost(ids);
  }

  async linkKey() {
    this.#open();
    return this.#files.key;
  }

  async append(draft: Draft) {
    this.#open();
    return this.#append(draft);
  }

  async read(room: RoomId, after: Cursor | null, most: { events: number; bytes: number }) {
    return this.#room(room).read(after, most);
  }

  async messages(room: RoomId, window: Window) {
    return this.#room(room).messages(window);
  }

  async message(room: RoomId, seq: number) {
    return this.#room(room).message(seq);
  }

  async edits(room: RoomId, seq: number) {
    return this.#room(room).edits(seq);
  }

  async pins(room: RoomId) {
    return this.#room(room).pins();
  }

  async search({ rooms: where, before, most, ...sought }: Sought) {
    const isVisible = (room: MemoryRoom, user: UserId) => {
      const { role, banned } = room.standing(user);
      return role !== null || (room.record.kind === "public" && !banned);
    };
    const rooms =
      "visibleTo" in where
        ? [...this.#open().values()].filter((room) => isVisible(room, where.visibleTo))
        : where.flatMap((id) => this.#open().get(id) ?? []);
    const place = rooms.find(({ record }) => record.id === before?.room);
    const end = before === null ? Infinity : (place?.orderOf(before.seq) ?? 0);
    const hits = rooms
      .flatMap((room) => room.search(sought).map((hit) => ({ room: room.record.id, ...hit })))
      .filter(({ order }) => order < end)
      .sort((a, b) => b.order - a.order)
      .slice(0, most);
    const last = hits.length === most ? hits.at(-1) : undefined;
    return {
      hits: hits.map(({ room, message }) => ({ room, message })),
      next: last ? { room: last.room, seq: last.message.seq } : null,
    };
  }

  async readings(user: UserId, rooms?: readonly RoomId[]) {
    const readings = new Map<RoomId, Reading>();
    for (const room of this.#open().values()) {
      const { id } = room.record;
      const reading = rooms === undefined || rooms.includes(id) ? room.reading(user) : null;
      if (reading) readings.set(id, reading);
    }
    return readings;
  }

  async readingsIn(room: RoomId, users: readonly UserId[]) {
    const found = this.#open().get(room);
    const readings = new Map<UserId, Reading>();
    for (const user of users) {
      const reading = found?.reading(user);
      if (reading) readings.set(user, reading);
    }
    return readings;
  }

  async markRead(room: RoomId, user: UserId, mark: ReadMark) {
    const place = this.#room(room);
    const marked = place.mark(user, mark);
    if (marked === null) return null;
    const { moved, seq } = marked;
    if (!moved) return { moved };
    const { thread } = mark;
    const isSmall = place.members.size <= limits.receiptsMax;
    const shown = thread === null && isSmall && showsReading(this.#people.settings(user));
    for (const listener of this.#listeners) listener.readMoved(room, user, { seq, thread, shown });
    return { moved };
  }

  async setLevel(room: RoomId, user: UserId, level: Level) {
    const set = this.#room(room).setLevel(user, level);
    if (set?.changed) for (const listener of this.#listeners) listener.levelChanged(room, user);
    return set !== null;
  }

  async reads(room: RoomId) {
    const shown = [...this.#room(room).members].filter(([user]) =>
      showsReading(this.#people.settings(user)),
    );
    const told = shown.map(([user, { read, joined }]) => [user, toldPlace(read, joined)] as const);
    return new Map(told.filter(([, seq]) => seq > 0));
  }

  async threads(room: RoomId, user: UserId, most: number) {
    return this.#room(room).threads(user, most);
  }

  async trim(room: RoomId, upTo: number) {
    this.#room(room).trim(upTo, this.#now);
  }

  #append(wanted: Draft): Appended {
    const { draft, verdict } = this.#choose(wanted);
    const { room, effect } = draft;
    const from = this.#rooms.get(room)?.head ?? { seq: 0, id: "-" };
    const appended = verdict ?? this.#room(room).append(draft, this.#now);
    // A ban of somebody outside is no event; they may be looking in all the same.
    const isBan = appended.kind === "unchanged" && effect?.kind === "leave" && effect.ban;
    if (isBan) this.#room(room).bans.add(effect.user);
    if (appended.kind !== "stored" && !isBan) return appended;
    const commit = {
      room,
      epoch: this.#room(room).record.epoch,
      from,
      events: appended.kind === "stored" ? [appended.event] : [],
      effects: effect ? [effect] : [],
    };
    for (const listener of this.#listeners) listener.committed(commit);
    return appended;
  }

  /** The draft, or the one in its place where it is not allowed, and why that is not stored either. */
  #choose(draft: Draft): { draft: Draft; verdict: Refused | { kind: "unchanged" } | null } {
    const verdict = this.#check(draft);
    return draft.instead && verdict?.kind === "refused" && verdict.why === "not_allowed"
      ? this.#choose(draft.instead)
      : { draft, verdict };
  }

  #check(draft: Draft): Refused | { kind: "unchanged" } | null {
    const { room: id, effect } = draft;
    const room = this.#open().get(id);
    if (!room) return { kind: "refused", why: "room_gone" };
    const refused = room.refuse(draft);
    if (refused || effect === null) return refused;
    if (effect.kind === "join" && this.#people.isErased(effect.user))
      return { kind: "refused", why: "user_gone" };
    const verdict = room.check(draft, effect, this.#now);
    if (verdict || effect.kind !== "room") return verdict;
    const taken = this.#isNameTaken({ ...room.record, ...effect.change });
    return taken ? { kind: "refused", why: "name_taken" } : null;
  }

  #refusedOf(drafts: readonly Draft[]): Refused | null {
    for (const draft of drafts) {
      const { verdict } = this.#choose(draft);
      if (verdict?.kind === "refused") return verdict;
    }
    return null;
  }

  #isNameTaken({ id, kind, name }: NewRoom): boolean {
    return [...this.#rooms.values()].some(
      ({ record }) =>
        kind === "public" &&
        record.kind === "public" &&
        record.id !== id &&
        nameKey(record.name) === nameKey(name),
    );
  }

  #share(one: UserId, other: UserId): boolean {
    return [...this.#open().values()].some(({ members }) => members.has(one) && members.has(other));
  }

  #tellEnded(sessions: readonly SessionId[]): void {
    for (const session of sessions)
      for (const listener of this.#listeners) listener.sessionEnded(session);
  }

  #open(): Map<string, MemoryRoom> {
    if (this.closed) throw new StoreError("store_unavailable");
    return this.#rooms;
  }

  #room(id: string): MemoryRoom {
    const room = this.#open().get(id);
    if (!room) throw new RoomGone();
    return room;
  }

  get #now(): number {
    return this.#clock.now();
  }
}
