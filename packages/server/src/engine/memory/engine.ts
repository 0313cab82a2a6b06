import {
  BEGINNING,
  limits,
  type Member,
  type Position,
  type RoomId,
  type SessionId,
  type User,
  type UserId,
} from "@snug/protocol";
import { eventText, sameContent } from "../../core/event-text.ts";
import { locate } from "../../core/locate.ts";
import type {
  Appended,
  BackplaneListener,
  Clock,
  Draft,
  Engine,
  NewRoom,
  NewSession,
  RoomRecord,
  SessionRecord,
  Store,
  StoredEvent,
  Window,
} from "../../core/ports.ts";
import { StoreError } from "../../core/ports.ts";

interface Entry extends StoredEvent {
  readonly draft: Draft;
  readonly at: number;
}

interface MemoryRoom {
  readonly room: NewRoom;
  base: Position & { at: number };
  log: Entry[];
  /** What was trimmed: who sends it again must find it. */
  erased: Entry[];
  members: Member[];
}

/**
 * The plainest engine that keeps the contract, in arrays and maps: the model
 * that real engines are held against. It forgets everything when it closes.
 */
export function openMemory({ clock }: { clock: Clock }): Engine {
  const listeners = new Set<BackplaneListener>();
  const store = new MemoryStore(clock, listeners);
  return {
    store,
    backplane: {
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    async close() {
      store.closed = true;
    },
  };
}

class MemoryStore implements Store {
  readonly durability = "memory";
  closed = false;
  readonly #clock: Clock;
  readonly #listeners: ReadonlySet<BackplaneListener>;
  readonly #rooms = new Map<string, MemoryRoom>();
  readonly #users = new Map<string, User>();
  readonly #sessions: (NewSession & { user: User; usedAt: number })[] = [];

  constructor(clock: Clock, listeners: ReadonlySet<BackplaneListener>) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  async probe() {
    if (this.closed) throw new StoreError("store_unavailable");
  }

  async room(id: string): Promise<RoomRecord | null> {
    await this.probe();
    const found = this.#rooms.get(id);
    if (!found) return null;
    return { ...found.room, head: this.#head(found), memberCount: found.members.length };
  }

  async roomsFor(user: UserId, which: "mine" | "visible"): Promise<RoomRecord[]> {
    const rooms: RoomRecord[] = [];
    for (const { room, members } of this.#rooms.values()) {
      const mine = members.some((member) => member.user.id === user);
      const record =
        mine || (which === "visible" && room.kind === "public") ? await this.room(room.id) : null;
      if (record) rooms.push(record);
    }
    return rooms;
  }

  async addRoom(room: NewRoom) {
    await this.probe();
    if (this.#rooms.has(room.id)) return;
    this.#rooms.set(room.id, {
      room,
      base: { ...BEGINNING, at: 0 },
      log: [],
      erased: [],
      members: [],
    });
  }

  async role(room: RoomId, user: UserId) {
    return this.#known(room).members.find((member) => member.user.id === user)?.role ?? null;
  }

  async members(room: RoomId) {
    return [...this.#known(room).members];
  }

  async acquainted(one: UserId, other: string) {
    const has = (members: Member[], id: string) => members.some((member) => member.user.id === id);
    return [...this.#rooms.values()].some(
      ({ members }) => has(members, one) && has(members, other),
    );
  }

  async users(ids: readonly string[]) {
    return ids.flatMap((id) => this.#users.get(id) ?? []);
  }

  async addUser(user: User, session: NewSession, joins: readonly Draft[]) {
    await this.probe();
    this.#users.set(user.id, user);
    this.#sessions.push({ ...session, user, usedAt: session.createdAt });
    for (const join of joins) await this.append(join);
  }

  async session(tokenHash: string) {
    await this.probe();
    const session = this.#sessions.find((one) => one.tokenHash === tokenHash);
    if (!session || this.#isOver(session)) return null;
    session.usedAt = this.#clock.now();
    return { id: session.id, user: session.user };
  }

  async sessions(user: UserId): Promise<SessionRecord[]> {
    return this.#sessions
      .filter((session) => session.user.id === user && !this.#isOver(session))
      .map(({ id, device, createdAt, usedAt }) => ({ id, device, createdAt, usedAt }));
  }

  async endSession(user: UserId, session: string) {
    const index = this.#sessions.findIndex((one) => one.id === session && one.user.id === user);
    if (index < 0) return false;
    this.#sessions.splice(index, 1);
    for (const listener of this.#listeners) listener.sessionEnded(session as SessionId);
    return true;
  }

  // Nothing in it waits, so calls are stored in the order in which they are made.
  async append(draft: Draft): Promise<Appended> {
    if (this.closed) throw new StoreError("store_unavailable");
    const target = this.#known(draft.room);
    const { clientId, by, id } = draft;
    const first = [...target.erased, ...target.log].find(
      (entry) => clientId !== null && entry.draft.by === by && entry.draft.clientId === clientId,
    );
    if (first)
      return sameContent(first.json, draft.body)
        ? { kind: "repeated", event: first }
        : { kind: "conflict" };

    const seq = this.#head(target).seq + 1;
    const at = Math.max(this.#clock.now(), (target.log.at(-1) ?? target.base).at);
    const event: Entry = { seq, id, at, draft, json: eventText(seq, at, id, draft.body) };
    target.log.push(event);
    const user = this.#users.get(by);
    if (draft.type === "member.joined" && user)
      target.members.push({ user, role: "member", joinedAt: at });
    for (const listener of this.#listeners) {
      listener.committed({ room: draft.room, epoch: target.room.epoch, events: [event] });
    }
    return { kind: "stored", event };
  }

  async read(
    room: RoomId,
    after: Parameters<Store["read"]>[1],
    most: { events: number; bytes: number },
  ) {
    await this.probe();
    const found = this.#known(room);
    const { log } = found;
    const { epoch } = found.room;
    const base = { seq: found.base.seq, id: found.base.id };
    const head = this.#head(found);
    const place = locate(
      { epoch, base, head },
      after,
      (seq) => log.find((entry) => entry.seq === seq)?.id ?? null,
    );
    const events: StoredEvent[] = [];
    let bytes = 0;
    for (const event of log.filter((entry) => entry.seq > place.from.seq).slice(0, most.events)) {
      bytes += Buffer.byteLength(event.json);
      if (bytes > most.bytes && events.length > 0) break;
      events.push(event);
    }
    return { epoch, ...place, events, head };
  }

  async messages(room: RoomId, window: Window) {
    const { room: record, base, log } = this.#known(room);
    const all = log.filter((entry) => entry.draft.type === "message.posted");
    const messages = select(all, window);
    const last = messages.at(-1);
    const complete = last === undefined ? window.at !== "before" : last === all.at(-1);
    return {
      epoch: record.epoch,
      messages,
      unreadable: [],
      until: complete ? (log.at(-1) ?? base) : (last ?? base),
    };
  }

  async message(room: RoomId, seq: number) {
    const { log } = this.#known(room);
    return log.find((entry) => entry.seq === seq && entry.draft.type === "message.posted") ?? null;
  }

  async trim(room: RoomId, upTo: number) {
    const target = this.#known(room);
    const last = target.log.findLast((entry) => entry.seq <= upTo);
    if (last) target.base = { seq: last.seq, id: last.id, at: last.at };
    for (const entry of target.log.filter((entry) => entry.seq <= upTo)) {
      const json = JSON.stringify({
        ...JSON.parse(entry.json),
        text: "",
        deletedAt: this.#clock.now(),
      });
      target.erased.push({ ...entry, json });
    }
    target.log = target.log.filter((entry) => entry.seq > upTo);
  }

  #known(room: string) {
    const found = this.#rooms.get(room);
    if (!found) throw new Error(`room ${room} was not looked up before it was used`);
    return found;
  }

  #head({ log, base }: MemoryRoom): Position {
    const { seq, id } = log.at(-1) ?? base;
    return { seq, id };
  }

  #isOver(session: { usedAt: number }): boolean {
    return this.#clock.now() - session.usedAt > limits.sessionIdleMs;
  }
}

function select(all: readonly Entry[], window: Window): readonly Entry[] {
  const before = (seq: number) => all.filter((entry) => entry.seq < seq);
  const from = (seq: number) => all.filter((entry) => entry.seq >= seq);
  const last = (entries: readonly Entry[], count: number) =>
    count > 0 ? entries.slice(-count) : [];
  switch (window.at) {
    case "end":
      return last(all, window.limit);
    case "before":
      return last(before(window.seq), window.limit);
    case "after":
      return from(window.seq + 1).slice(0, window.limit);
    case "around": {
      const half = Math.floor(window.limit / 2);
      return [...last(before(window.seq), half), ...from(window.seq).slice(0, window.limit - half)];
    }
  }
}
