import { afterEach } from "bun:test";
import type { Cursor, Message, Role, RoomId, UserId } from "@snug/protocol";
import { joinDraft } from "../../core/draft.ts";
import type {
  Appended,
  Clock,
  Committed,
  Draft,
  Engine,
  NewAccount,
  StoredEvent,
} from "../../core/ports.ts";
import { listener, newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";

/** What a test needs of an engine under contract. */
export interface Candidate {
  open(clock: Clock): Promise<Engine>;
  /** Closes it and opens it again on the same data; `null` for an engine that keeps none. */
  reopen: ((engine: Engine, clock: Clock) => Promise<Engine>) | null;
  /** What this engine promises of an answered send. */
  durability: Engine["store"]["durability"];
}

export const ROOM = "room" as RoomId;
export const ANN = "ann" as UserId;
export const BOB = "bob" as UserId;
export const EVE = "eve" as UserId;
export const DAY = 24 * 60 * 60 * 1_000;
export const all = { events: 1_000, bytes: 10_000_000 };

export type Stage = ReturnType<typeof setStage>;

/** An engine for each test, which ends with it, and what tests say to it again and again. */
export function setStage(candidate: Candidate) {
  const clock = new SteppedClock();
  let engine: Engine | null = null;
  afterEach(async () => {
    await engine?.close();
    engine = null;
  });
  const running = () => {
    if (engine === null) throw new Error("open an engine first");
    return engine;
  };

  const open = async () => {
    engine = await candidate.open(clock);
    return engine.store;
  };
  /** The same data in a new engine. */
  const reopen = async () => {
    if (candidate.reopen === null) throw new Error("this engine keeps nothing");
    engine = await candidate.reopen(running(), clock);
    return engine.store;
  };
  /** Somebody new, in these rooms. */
  const join = (user: string, rooms: readonly string[] = [], account: NewAccount | null = null) => {
    const person = newUser(user, { createdAt: clock.now(), account });
    return running().store.addUser(
      person,
      newSession(`s-${user}`, { tokenHash: `h-${user}`, createdAt: clock.now() }),
      rooms.map((room) => joinDraft(randomIds, room as RoomId, person)),
    );
  };
  /** These public rooms, with Ann and Bob in them. */
  const start = async (rooms: readonly string[] = [ROOM]) => {
    const store = await open();
    for (const room of rooms) await store.addRoom(newRoom(room));
    for (const user of [ANN, BOB]) await join(user, rooms);
    return store;
  };
  const post = (
    text: string,
    {
      room = ROOM as string,
      by = ANN as string,
      clientId = crypto.randomUUID() as string | null,
      place = {} as Parameters<typeof posting>[4],
    } = {},
  ) => running().store.append(posting(room, by, text, clientId, place));
  const stored = async (text: string, more: Parameters<typeof post>[1] = {}) =>
    event(await post(text, more));
  const log = async (room: string = ROOM) =>
    (await running().store.read(room as RoomId, null, all)).events;

  return {
    clock,
    get engine() {
      return running();
    },
    get store() {
      return running().store;
    },
    open,
    reopen,
    join,
    start,
    post,
    stored,
    log,
    /** The parsed events of a log. */
    events: async (room: string = ROOM) => (await log(room)).map(({ json }) => parse(json)),
    texts: async (room: string = ROOM) =>
      (await log(room)).flatMap(({ json }) => parse(json).text ?? []),
    head: async (room: string = ROOM): Promise<Cursor> => {
      const { epoch, head } = await running().store.read(room as RoomId, null, all);
      return { epoch, seq: head.seq, id: head.id };
    },
    roles: async (room: string = ROOM) =>
      Object.fromEntries(
        (await running().store.members(room as RoomId)).map(({ user, role }) => [user.id, role]),
      ) as Record<string, Role>,
    /** What listeners are told from now on. */
    listen() {
      const told = {
        commits: [] as Committed[],
        sessions: [] as string[],
        erased: [] as string[],
        rooms: [] as string[],
        reads: [] as unknown[],
        levels: [] as string[],
        presences: [] as string[],
        undo: () => {},
      };
      told.undo = running().backplane.listen(
        listener({
          committed: (commit) => told.commits.push(commit),
          readMoved: (_room, user, read) => told.reads.push({ user, ...read }),
          levelChanged: (_room, user) => told.levels.push(user),
          presenceChanged: (user) => told.presences.push(user),
          sessionEnded: (session) => told.sessions.push(session),
          userErased: (user) => told.erased.push(user),
          roomDestroyed: (room) => told.rooms.push(room),
        }),
      );
      return told;
    },
  };
}

export interface ParsedEvent {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly by: string;
  readonly text?: string;
  readonly user?: { readonly id: string; readonly name: string };
  readonly role?: Role;
}

export function parse(json: string): ParsedEvent {
  return JSON.parse(json) as ParsedEvent;
}

/** The event that was stored, or was there before. */
export function event(appended: Appended): StoredEvent {
  if (appended.kind !== "stored" && appended.kind !== "repeated")
    throw new Error(`expected an event, got ${JSON.stringify(appended)}`);
  return appended.event;
}

/** A message or an event as it says itself. */
export function parsed<Of = Message>(stored: StoredEvent | null | undefined): Of {
  if (!stored) throw new Error("expected a message, and there is none");
  return JSON.parse(stored.json) as Of;
}

/** Ids of users, rooms and the like. */
export function idsOf(things: readonly { readonly id: string }[]): string[] {
  return things.map(({ id }) => id);
}

/** Somebody who is called as their id says, coming in. */
export function joining(
  room: string,
  user: string,
  more: Parameters<typeof joinDraft>[3] = {},
): Draft {
  return joinDraft(randomIds, room as RoomId, { id: user as UserId, name: user }, more);
}

/** The system's timers, with a wall clock that tests may set. */
class SteppedClock implements Clock {
  #offset = 0;
  step(ms: number): void {
    this.#offset += ms;
  }
  now = () => Date.now() + this.#offset;
  elapsed = () => performance.now();
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }
  soon = (callback: () => void) => void setImmediate(callback);
}
