import {
  limits,
  type Cursor,
  type Level,
  type Member,
  type RoomId,
  type SessionId,
  type SharedFile,
  type UserId,
} from "@snug/protocol";
import {
  RoomGone,
  StoreError,
  type Appended,
  type Clock,
  type Draft,
  type FileSpace,
  type HostUser,
  type NewAccount,
  type NewFile,
  type NewInvite,
  type NewRoom,
  type NewSession,
  type NewUser,
  type ReadMark,
  type RoomRecord,
  type Sought,
  type Store,
  type UserChange,
  type Window,
} from "../../core/ports.ts";
import { showsReading } from "../../core/presence.ts";
import { append, refusedOf } from "./append.ts";
import type { Backplane } from "./backplane.ts";
import type { Commits } from "./commits.ts";
import type { Connection, Reply } from "./connection.ts";
import type { Durability } from "./durability.ts";
import { aboutEntries, lastOf, within } from "./entries.ts";
import * as files from "./files.ts";
import * as finding from "./finding.ts";
import { goneKey, house, roomKeys, sessionIdKey, userKeys } from "./keys.ts";
import { edits, pins, readAfter } from "./log.ts";
import { isStored, look, recordsOf, type RoomLook } from "./look.ts";
import { endInvite, invitesOf, isUsable, toLastRole, type KeptInvite } from "./membership.ts";
import { emptyOfFiles, rewrite } from "./messages.ts";
import { aRoom, aUser, Order } from "./order.ts";
import { page } from "./pages.ts";
import * as people from "./people.ts";
import { Posts } from "./posts.ts";
import * as reading from "./reading.ts";
import { knownRoom, othersAbout, roomOf, type Membership, type RoomStep } from "./room.ts";
import { addRoom, destroyRoom, hashOf } from "./rooms.ts";
import { search } from "./search.ts";
import * as sessions from "./sessions.ts";
import type { Step } from "./step.ts";
import { trimSome } from "./trim.ts";

export interface RedisStoreOptions {
  readonly connection: Connection;
  readonly commits: Commits;
  readonly backplane: Backplane;
  readonly clock: Clock;
  readonly durability: Pick<Durability, "word">;
}

/** Named by those who claim names that must be there once. */
const ROOMS = "rooms";
const ACCOUNTS = "accounts";

/** The store on Redis. Everything that changes is one step there; nodes share nothing else. */
export class RedisStore implements Store {
  readonly #durability: Pick<Durability, "word">;
  readonly #connection: Connection;
  readonly #commits: Commits;
  readonly #backplane: Backplane;
  readonly #clock: Clock;
  readonly #order = new Order();
  readonly #posts: Posts;
  /** Rooms that are asked for in this turn of the loop, at whose end the questions leave. */
  readonly #asked = new Map<string, Promise<RoomRecord | null>>();
  #closed = false;

  constructor({ connection, commits, backplane, clock, durability }: RedisStoreOptions) {
    this.#durability = durability;
    this.#connection = connection;
    this.#commits = commits;
    this.#backplane = backplane;
    this.#clock = clock;
    const order = this.#order;
    this.#posts = new Posts({ connection, commits, backplane, order, clock });
  }

  get durability() {
    return this.#durability.word;
  }

  /** By a script, as what people do: all of those wait while a Cluster moves the slot. */
  probe() {
    return this.#change([], async (step) => step.set(house.facts, "probed", this.#now));
  }

  async room(id: string) {
    const record = await this.#record(id);
    if (record) this.#backplane.knows(id, record.epoch, record.head);
    return record;
  }

  /** Many ask for the same room at once: that is one question, as long as it has not left. */
  #record(id: string): Promise<RoomRecord | null> {
    const connection = this.#open();
    if (this.#asked.size === 0) setImmediate(() => this.#asked.clear());
    const asked =
      this.#asked.get(id) ?? recordsOf(connection, [id]).then(([record]) => record ?? null);
    this.#asked.set(id, asked);
    return asked;
  }

  async isGone(id: string) {
    const until = await this.#open().call<string | null>("GET", goneKey(await hashOf(id)));
    return Number(until ?? 0) > this.#now;
  }

  async roomsFor(user: UserId, which: "mine" | "visible" | "all") {
    return finding.roomsFor(this.#open(), user, which);
  }

  async expiring() {
    const flat = (
      await this.#open().call<Reply[]>("ZRANGE", house.ends, "0", "-1", "WITHSCORES")
    ).flat() as string[];
    return flat.flatMap((id, index) =>
      index % 2 === 0 ? [{ id: id as RoomId, expiresAt: Number(flat[index + 1]) }] : [],
    );
  }

  addRoom(room: NewRoom, joins: readonly Draft[] = []) {
    return this.#change([ROOMS, aRoom(room.id)], (step) => addRoom(step, room, joins, this.#now));
  }

  destroyRoom(room: RoomId) {
    return this.#change([aRoom(room)], (step) => destroyRoom(step, room, this.#now));
  }

  async standing(room: RoomId, user: UserId) {
    const { room: key, members, bans } = roomKeys(room);
    const [kept, json, ban] = await this.#open().all([
      ["HGET", key, "m"],
      ["HGET", members, user],
      ["HGET", bans, user],
    ]);
    if (kept === null) throw new RoomGone();
    const member = json === null ? null : (JSON.parse(json as string) as Membership);
    return { role: member?.role ?? null, banned: ban !== null };
  }

  lastRole(room: RoomId, user: UserId) {
    return this.#look(room, async (found) => {
      const { base, head, keys } = found;
      const [kept] = await found.all([["HMGET", keys.about, user, othersAbout(user)]]);
      return toLastRole(kept as (string | null)[], async (seq) => {
        const [line] = seq > base.seq && seq <= head.seq ? await found.lines(seq, seq) : [];
        return line?.json ?? null;
      });
    });
  }

  mayPost(room: RoomId, user: UserId) {
    return this.#posts.mayPost(room, user);
  }

  members(room: RoomId): Promise<Member[]> {
    return this.#look(room, (found) => finding.membersOf(this.#connection, found));
  }

  membersNamed(
    room: RoomId,
    names: { readonly ids: readonly string[]; readonly usernames: readonly string[] },
  ) {
    return this.#look(room, (found) => finding.membersNamed(this.#connection, found, names));
  }

  banned(room: RoomId) {
    return this.#look(room, (found) => finding.bannedIn(this.#connection, found));
  }

  unban(room: RoomId, user: UserId, by: UserId) {
    return this.#changeIn(room, async (found) => {
      if (!(await found.allows(by, "moderate"))) return false;
      found.changes("v");
      found.step.set(found.keys.bans, user, null);
      return true;
    });
  }

  addInvite(room: RoomId, invite: NewInvite) {
    return this.#changeIn(room, async (found) => {
      if (!(await found.allows(invite.createdBy, "invite"))) return false;
      // Those that cannot be used any more go.
      for (const one of await invitesOf(found))
        if (!isUsable(one, this.#now)) endInvite(found, one);
      found.changes("v");
      const kept: KeptInvite = { ...invite, left: invite.uses };
      found.step.set(found.keys.invites, invite.hash, JSON.stringify(kept));
      found.step.write("HSET", house.invites, invite.hash, room);
      return true;
    });
  }

  invites(room: RoomId) {
    return this.#look(room, async ({ keys }) => {
      const all = await this.#connection.call<string[]>("HVALS", keys.invites);
      return all
        .map((json) => JSON.parse(json) as KeptInvite)
        .filter((invite) => isUsable(invite, this.#now))
        .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
        .map(({ id, can, left, expiresAt, createdAt, createdBy }) => ({
          id,
          can,
          uses: left,
          expiresAt,
          createdAt,
          createdBy,
        }));
    });
  }

  endInvite(room: RoomId, id: string) {
    return this.#changeIn(room, async (found) => {
      const invite = (await invitesOf(found)).find((one) => one.id === id);
      if (invite) endInvite(found, invite);
      return invite !== undefined;
    });
  }

  async invite(hash: string) {
    return finding.invite(this.#open(), hash, this.#now);
  }

  async append(draft: Draft): Promise<Appended> {
    this.#open();
    if (Posts.isPlain(draft)) return this.#posts.post(draft);
    return this.#change([aRoom(draft.room)], (step) => append(step, draft, this.#now));
  }

  read(room: RoomId, after: Cursor | null, most: { events: number; bytes: number }) {
    return this.#look(room, async (found) => {
      const slice = await readAfter(found, after, most);
      this.#backplane.knows(room, slice.epoch, slice.head);
      return slice;
    });
  }

  messages(room: RoomId, window: Window) {
    return this.#look(room, (found) => page(found, window));
  }

  message(room: RoomId, seq: number) {
    return this.#look(room, async (found) => {
      const [message = null] = await found.messages([seq]);
      return isStored(message) ? message : null;
    });
  }

  edits(room: RoomId, seq: number) {
    return this.#look(room, (found) => edits(found, seq));
  }

  pins(room: RoomId) {
    return this.#look(room, pins);
  }

  /** As many steps as there are lists to be emptied: what is trimmed so far stays so. */
  async trim(room: RoomId, upTo: number) {
    while (await this.#changeIn(room, (found) => trimSome(found, upTo, this.#now)));
  }

  async search(sought: Sought) {
    return search(this.#open(), sought);
  }

  async readings(user: UserId, rooms?: readonly RoomId[]) {
    const connection = this.#open();
    const ids = rooms ?? (await connection.call<RoomId[]>("SMEMBERS", userKeys(user).rooms));
    return reading.readings(connection, user, ids);
  }

  async readingsIn(room: RoomId, users: readonly UserId[]) {
    return reading.readingsIn(this.#open(), room, users);
  }

  /** Many read what few say: nobody who posts waits for them. */
  markRead(room: RoomId, user: UserId, mark: ReadMark) {
    return this.#change([`${aRoom(room)} read by ${user}`], async (step) => {
      const found = await knownRoom(step, room);
      const [marked, [presence, receipts]] = await Promise.all([
        reading.markRead(found, user, mark),
        step.get(userKeys(user).user, "presence", "receipts"),
      ]);
      if (marked === null) return null;
      const { moved, seq } = marked;
      if (!moved) return { moved };
      const { thread } = mark;
      const settings = people.toSettings(presence ?? null, receipts ?? null);
      const isSmall = found.memberCount <= limits.receiptsMax;
      const shown = thread === null && isSmall && showsReading(settings);
      step.news.push({ kind: "read", room, user, read: { seq, thread, shown } });
      return { moved };
    });
  }

  setLevel(room: RoomId, user: UserId, level: Level) {
    return this.#changeIn(room, async (found) => {
      const set = await reading.setLevel(found.step, found, user, level);
      if (set?.changed) found.step.news.push({ kind: "level", room, user });
      return set !== null;
    });
  }

  reads(room: RoomId) {
    return this.#look(room, (found) => reading.reads(this.#connection, found));
  }

  threads(room: RoomId, user: UserId, most: number) {
    return this.#look(room, (found) => reading.threads(this.#connection, found, user, most));
  }

  beginFile(file: NewFile, most: FileSpace) {
    return this.#change([aRoom(file.room), aUser(file.by)], (step) =>
      files.beginFile(step, file, most),
    );
  }

  finishFile(file: SharedFile, preview: number | null) {
    return this.#change([], (step) => files.finishFile(step, file, preview));
  }

  dropFile(id: string, by: UserId) {
    return this.#change([aUser(by)], (step) => files.dropFile(step, id, by));
  }

  async file(id: string) {
    return files.toRecord(await this.#open().call<string | null>("HGET", house.files, id));
  }

  async expireFiles(before: { readonly begun: number; readonly unposted: number }) {
    const end = `(${Math.max(before.begun, before.unposted)}`;
    const ids = await this.#open().call<string[]>("ZRANGEBYSCORE", house.loose, "-inf", end);
    const STEP = 500;
    for (let from = 0; from < ids.length; from += STEP)
      await this.#change([], (step) =>
        files.expireFiles(step, ids.slice(from, from + STEP), before),
      );
  }

  async lostFiles() {
    return this.#open().call<string[]>("SMEMBERS", house.lost);
  }

  async forgetLost(ids: readonly string[]) {
    await this.#change([], async (step) => step.writeAll("SREM", house.lost, ids));
  }

  async linkKey() {
    const connection = this.#open();
    const find = () => connection.call<string | null>("HGET", house.facts, "link");
    let kept = await find();
    if (kept === null) {
      const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
      await connection.call("HSETNX", house.facts, "link", key);
      kept = (await find()) ?? key;
    }
    return new Uint8Array(Buffer.from(kept, "base64"));
  }

  async acquainted(one: UserId, other: string) {
    return finding.acquainted(this.#open(), one, other);
  }

  async users(ids: readonly string[]) {
    return finding.usersOf(this.#open(), ids);
  }

  async findUsers(user: UserId, beginning: string, most: number) {
    return finding.findUsers(this.#open(), user, beginning, most);
  }

  async namesakes(name: string) {
    return finding.namesakes(this.#open(), name);
  }

  async allUsers() {
    return finding.allUsers(this.#open());
  }

  addUser(user: NewUser, session: NewSession, joins: readonly Draft[]) {
    const { account } = user;
    return this.#change([ACCOUNTS, aUser(user.id), ...roomsOf(joins, account)], async (step) => {
      if (account && (await people.isTaken(step, account.username)))
        return { kind: "username_taken" as const };
      const refused = await refusedOf(step, joins, this.#now);
      if (refused) return refused;
      const admin = await people.addUser(step, user);
      await sessions.addSession(step, user.id, session, this.#now);
      await this.#appendAll(step, joins, admin ? account?.asAdmin : null);
      return { kind: "added" as const, admin };
    });
  }

  addAccount(
    id: UserId,
    name: string | null,
    account: NewAccount,
    session: NewSession,
    drafts: readonly Draft[],
  ) {
    return this.#change([ACCOUNTS, aUser(id), ...roomsOf(drafts, account)], async (step) => {
      const refused =
        (await people.checkAccount(step, id, account)) ??
        (await refusedOf(step, drafts, this.#now));
      if (refused) return refused;
      const { admin, user } = await people.becomeAccount(step, id, name, account);
      await sessions.endSessions(step, id, () => true);
      await sessions.addSession(step, id, session, this.#now);
      await this.#appendAll(step, drafts, admin ? account.asAdmin : null);
      return { kind: "added" as const, admin, user };
    });
  }

  async hostUser(id: UserId) {
    const [fields] = await finding.fieldsOf(this.#open(), [id]);
    if (!fields?.has("name")) return null;
    const namedUntil = Number(fields.get("namedUntil") ?? 0);
    return { user: people.toUser(id, fields), namedUntil };
  }

  putHostUser(user: HostUser) {
    return this.#change([aUser(user.id)], (step) => people.putHostUser(step, user));
  }

  async account(username: string) {
    const key = username.toLowerCase();
    const id = await this.#open().call<string | null>("HGET", house.usernames, key);
    const [fields] = id === null ? [] : await finding.fieldsOf(this.#connection, [id]);
    const passwordHash = fields?.get("passwordHash");
    if (id === null || fields === undefined || passwordHash === undefined) return null;
    return { user: people.toUser(id, fields), passwordHash };
  }

  async passwordHash(user: UserId) {
    return this.#open().call<string | null>("HGET", userKeys(user).user, "passwordHash");
  }

  async settings(user: UserId) {
    const fields = ["presence", "receipts"];
    const [presence, receipts] = await this.#open().call<(string | null)[]>(
      "HMGET",
      userKeys(user).user,
      ...fields,
    );
    return people.toSettings(presence ?? null, receipts ?? null);
  }

  async companions(user: UserId, most: number) {
    return finding.companions(this.#open(), user, most);
  }

  sawUser(user: UserId, at: number) {
    return this.#change([aUser(user)], async (step) => {
      const [name, erased] = await step.watch(userKeys(user).user, "name", "erased");
      if (name !== null && !erased) step.set(userKeys(user).user, "lastSeen", at);
    });
  }

  async lastSeen(users: readonly UserId[]) {
    const found = await this.#open().all(
      users.map((user) => ["HGET", userKeys(user).user, "lastSeen"]),
    );
    return new Map(
      users.flatMap((user, index): [UserId, number][] => {
        const at = found[index] ?? null;
        return at === null ? [] : [[user, Number(at)]];
      }),
    );
  }

  changeUser(user: UserId, change: UserChange) {
    return this.#change([aUser(user)], async (step) => {
      const changed = await people.changeUser(step, user, change);
      if (changed === null) return null;
      if (changed.isOther) step.news.push({ kind: "presence", user });
      if (change.password !== undefined)
        await sessions.endSessions(step, user, sessions.isOtherDevice(change.password.keeps));
      return changed.user;
    });
  }

  eraseUser(user: UserId, leaves: readonly Draft[]) {
    return this.#change([ACCOUNTS, aUser(user), ...roomsOf(leaves)], async (step) => {
      for (const leave of leaves) await append(step, leave, this.#now);
      for (const id of await step.list("SMEMBERS", userKeys(user).told)) {
        const room = await roomOf(step, id);
        if (room === null) continue;
        await eraseName(room, user);
        step.write("HDEL", room.keys.about, user, othersAbout(user));
      }
      for (const { room, seq } of await files.heldBy(step, user)) await emptyOfFiles(room, seq);
      const ids = await step.list("SMEMBERS", userKeys(user).files);
      await files.lose(step, ids, ({ by }) => by === user);
      await sessions.dropSessions(step, user);
      await people.eraseUser(step, user);
      step.isFreeing = true;
      step.news.push({ kind: "user", user });
    });
  }

  addSession(user: UserId, session: NewSession, passwordHash?: string) {
    return this.#change([aUser(user)], (step) =>
      sessions.addSession(step, user, session, this.#now, passwordHash),
    );
  }

  async session(tokenHash: string) {
    return sessions.signed(this.#open(), tokenHash, this.#now, true);
  }

  async sessionById(id: string) {
    const token = await this.#open().call<string | null>("GET", sessionIdKey(id));
    return token === null ? null : sessions.signed(this.#connection, token, this.#now, false);
  }

  async sessions(user: UserId, kind: NewSession["kind"]) {
    return sessions.sessionsOf(this.#open(), user, kind, this.#now);
  }

  endSession(user: UserId, session: string, kind: NewSession["kind"]) {
    return this.#change([aUser(user)], (step) => sessions.endSession(step, user, session, kind));
  }

  endSessions(user: UserId, except: SessionId | null) {
    return this.#change([aUser(user)], (step) =>
      sessions.endSessions(step, user, sessions.isOtherDevice(except)),
    );
  }

  /** Once what was asked so far is done; after this every call fails. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#order.idle();
  }

  async #appendAll(
    step: Step,
    ...lists: readonly (readonly Draft[] | null | undefined)[]
  ): Promise<void> {
    for (const draft of lists.flatMap((drafts) => drafts ?? []))
      await append(step, draft, this.#now);
  }

  async #change<Value>(
    things: readonly string[],
    decide: (step: Step) => Promise<Value>,
  ): Promise<Value> {
    this.#open();
    for (const thing of things) this.#posts.closeBatch(thing);
    return this.#order.run(things, () => this.#commits.run(decide));
  }

  #changeIn<Value>(room: RoomId, decide: (room: RoomStep) => Promise<Value>): Promise<Value> {
    return this.#change([aRoom(room)], async (step) => decide(await knownRoom(step, room)));
  }

  async #look<Value>(room: RoomId, work: (room: RoomLook) => Promise<Value>): Promise<Value> {
    return look(this.#open(), room, work);
  }

  #open(): Connection {
    if (this.#closed) throw new StoreError("store_unavailable");
    return this.#connection;
  }

  get #now(): number {
    return this.#clock.now();
  }
}

function roomsOf(drafts: readonly Draft[], account?: NewAccount | null): string[] {
  const all = [...drafts, ...(account?.asAdmin ?? [])];
  return [...new Set(all.map(({ room }) => aRoom(room)))];
}

/** Takes a name out of the events that tell of its user. */
async function eraseName(room: RoomStep, user: UserId): Promise<void> {
  const { step, keys } = room;
  room.changes("m");
  const entries = await step.list("ZRANGEBYLEX", keys.entries, ...within(aboutEntries(user)));
  const nameless = (json: string) => {
    const event = JSON.parse(json) as { user: object };
    return JSON.stringify({ ...event, user: { ...event.user, name: "" } });
  };
  await Promise.all(entries.map((entry) => rewrite(room, lastOf(entry), nameless)));
}
