import { afterAll, expect, test } from "bun:test";
import type { RoomKind, SessionId, UserId } from "@snug/protocol";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Action } from "../core/authorize.ts";
import { changeDraft, leaveDraft, roleDraft } from "../core/draft.ts";
import type { Clock, Engine, Ids, Store } from "../core/ports.ts";
import { listener, newRoom, newSession, newUser, posting } from "../fixtures.ts";
import { openEmbedded } from "./embedded/engine.ts";
import { joining } from "./contract/stage.ts";
import { memoryBlobs } from "./memory/blobs.ts";
import { openMemory } from "./memory/engine.ts";
import { openRedis } from "./redis/engine.ts";
import { startRedis } from "./redis/testing.ts";
import {
  all,
  counting,
  HOUR,
  maybe,
  plain,
  room,
  roomId,
  ROOMS,
  step,
  StillClock,
  user,
  USERS,
  type Step,
} from "./same-answers/script.ts";
import { lookAtReading, lookAtTalk, talk } from "./same-answers/talk.ts";

// The plain engine is the oracle: whatever is asked of both, they answer alike.

const root = mkdtempSync(join(tmpdir(), "snug-same-"));
const redis = await startRedis();
afterAll(async () => {
  rmSync(root, { recursive: true });
  await redis.close();
});

const role = fc.constantFrom("owner", "moderator", "member", "reader");
const needs = fc.constantFrom<Action | null>(null, "add", "appoint", "change", "moderate");
const name = fc.constantFrom("Hall", "hall", "HALL", "Tea", "ärger", "Ärger");
const kind = fc.constantFrom<RoomKind>("public", "private", "ephemeral", "direct");
const username = fc.constantFrom("ann", "Ann", "tea.time", "TEA.time", "x");
const passwordHash = fc.constantFrom("hash of ann", "hash of x", "hash of tea.time");
const sessionKind = fc.constantFrom("device", "token");
const session = fc.constantFrom(...USERS.map((id) => `s-${id}` as SessionId));

const account = (called: string, id: string, ids: Ids) => ({
  username: called,
  passwordHash: `hash of ${called}`,
  asAdmin: called === "x" ? null : [{ ...joining("r1", id, { role: "owner" }), id: ids.id() }],
});
const person = (id: string) => ({ id: id as UserId, name: id });
const invite = (number: number) => `invite ${number}`;

/** Everything that changes something. */
const steps = [
  step("wait", 1, fc.nat(3), async (halves, _store, { clock }) => clock.step((halves * HOUR) / 2)),
  step(
    "addRoom",
    4,
    fc.record({ room, kind, name, by: user, other: user, capacity: maybe(fc.nat(3)) }),
    async ({ room: id, kind: of, name: called, by, other, capacity }, store, { clock, ids }) => {
      // Ids are never given twice.
      if (await store.isGone(id)) return "gone";
      const made = newRoom(id, {
        kind: of,
        name: called,
        capacity: capacity === undefined ? null : capacity + 1,
        expiresAt: of === "ephemeral" ? clock.now() + HOUR : null,
        directKey: of === "direct" ? [by, other].sort().join(" ") : null,
      });
      const join = { ...joining(id, by, { role: "owner" }), id: ids.id() };
      return existing(store, by, () => store.addRoom(made, [join]));
    },
  ),
  step("destroyRoom", 1, room, (id, store) => store.destroyRoom(roomId(id))),
  step(
    "addUser",
    4,
    fc.record({ user, room: maybe(room), username: maybe(username), invite: maybe(fc.nat(2)) }),
    async ({ user: id, room: where, username: called, invite: number }, store, { clock, ids }) => {
      if ((await store.users([id])).length > 0) return "there already";
      const made = called === undefined ? null : account(called, id, ids);
      const used = number === undefined ? null : invite(number);
      return store.addUser(
        newUser(id, { createdAt: clock.now(), account: made }),
        newSession(`s-${id}`, { createdAt: clock.now() }),
        where === undefined ? [] : [{ ...joining(where, id, { invite: used }), id: ids.id() }],
      );
    },
  ),
  step(
    "join",
    4,
    fc.record({ user, room, role, by: user, needs, invite: maybe(fc.nat(2)) }),
    ({ user: id, room: where, role: as, by, needs: right, invite: number }, store, { ids }) => {
      const used = number === undefined ? null : invite(number);
      const who = { by: by as UserId, needs: right };
      const join = joining(where, id, { ...who, role: as, invite: used });
      return existing(store, id, () => store.append({ ...join, id: ids.id() }));
    },
  ),
  step(
    "leave",
    2,
    fc.record({ user, room, by: user, needs, ban: fc.boolean() }),
    ({ user: id, room: where, by, needs: right, ban }, store, { ids }) => {
      const who = { by: by as UserId, needs: right };
      const leave = leaveDraft(ids, roomId(where), person(id), { ...who, ban });
      return existing(store, id, () => store.append(leave));
    },
  ),
  step(
    "role",
    1,
    fc.record({ user, room, role, by: user, needs }),
    ({ user: id, room: where, role: as, by, needs: right }, store, { ids }) =>
      store.append(roleDraft(ids, roomId(where), person(id), as, by as UserId, right)),
  ),
  step(
    "change",
    2,
    fc.record(
      { room, needs, name, topic: name, archived: fc.boolean(), capacity: fc.option(fc.nat(4)) },
      { requiredKeys: ["room", "needs"] },
    ),
    ({ room: where, needs: right, ...change }, store, { ids }) =>
      store.append(changeDraft(ids, roomId(where), change, "ann" as UserId, right)),
  ),
  step("unban", 1, fc.record({ user, room, by: user }), ({ user: id, room: where, by }, store) =>
    store.unban(roomId(where), id as UserId, by as UserId),
  ),
  step(
    "post",
    4,
    fc.record({ user, room, clientId: fc.nat(3), text: name }),
    ({ user: by, room: where, clientId, text }, store, { ids }) =>
      store.append({ ...posting(where, by, text, `c${clientId}`), id: ids.id() }),
  ),
  step("trim", 1, fc.record({ room, upTo: fc.nat(10) }), ({ room: where, upTo }, store) =>
    store.trim(roomId(where), upTo),
  ),
  step(
    "addInvite",
    2,
    fc.record({ room, uses: maybe(fc.nat(2)), hours: maybe(fc.nat(2)), number: fc.nat(2) }),
    async ({ room: where, uses, hours, number }, store, { clock }) => {
      // No invite is made twice; of one that is spent an engine may know still, or not.
      const hash = invite(number);
      for (const one of ROOMS) await store.endInvite(roomId(one), hash).catch(() => false);
      return store.addInvite(roomId(where), {
        id: hash,
        hash,
        can: "post",
        createdBy: "ann" as UserId,
        createdAt: clock.now(),
        uses: uses === undefined ? null : uses + 1,
        expiresAt: hours === undefined ? null : clock.now() + (hours + 1) * HOUR,
      });
    },
  ),
  step(
    "addAccount",
    1,
    fc.record({ user, username, name: maybe(name), room: maybe(room), invite: maybe(fc.nat(2)) }),
    ({ user: id, username: called, name: other, room: where, invite: number }, store, both) => {
      const { clock, ids } = both;
      const used = number === undefined ? null : invite(number);
      return store.addAccount(
        id as UserId,
        other ?? null,
        account(called, id, ids),
        newSession(ids.id(), { createdAt: clock.now() }),
        where === undefined ? [] : [{ ...joining(where, id, { invite: used }), id: ids.id() }],
      );
    },
  ),
  step(
    "putHostUser",
    1,
    fc.record({ user, name, avatar: fc.constantFrom("", "A"), expiresAt: fc.nat(3) }),
    ({ user: id, ...said }, store, { clock }) =>
      store.putHostUser({ id: id as UserId, createdAt: clock.now(), ...said }),
  ),
  step(
    "changeUser",
    1,
    fc.record(
      {
        user,
        name,
        avatar: fc.constantFrom("", "A"),
        presence: fc.constantFrom("auto", "busy", "invisible"),
        receipts: fc.boolean(),
        password: fc.record({ hash: passwordHash, was: passwordHash, keeps: session }),
      },
      { requiredKeys: ["user"] },
    ),
    ({ user: id, ...change }, store) =>
      existing(store, id, () => store.changeUser(id as UserId, change)),
  ),
  step("eraseUser", 1, user, (id, store, { ids }) =>
    existing(store, id, async () => {
      const rooms = await store.roomsFor(id as UserId, "mine");
      const nobody = { id: id as UserId, name: "" };
      const leaves = rooms.map((one) => leaveDraft(ids, one.id, nobody));
      return store.eraseUser(id as UserId, leaves);
    }),
  ),
  step(
    "addSession",
    2,
    fc.record({
      user,
      token: fc.boolean(),
      room,
      hours: maybe(fc.nat(3)),
      hash: maybe(passwordHash),
    }),
    ({ user: id, token, room: where, hours, hash }, store, { clock, ids }) => {
      const added = newSession(ids.id(), {
        kind: token ? "token" : "device",
        createdAt: clock.now(),
        scope: token
          ? {
              room: roomId(where),
              can: "read",
            }
          : null,
        expiresAt: hours === undefined ? null : clock.now() + (hours + 1) * HOUR,
      });
      return existing(store, id, () => store.addSession(id as UserId, added, hash));
    },
  ),
  step("endSession", 1, fc.record({ user, whose: user, kind: sessionKind }), (given, store) =>
    store.endSession(given.user as UserId, `s-${given.whose}`, given.kind),
  ),
  step("endSessions", 1, fc.record({ user, except: maybe(user) }), ({ user: id, except }, store) =>
    store.endSessions(id as UserId, except === undefined ? null : (`s-${except}` as SessionId)),
  ),
];

/** A room with people in it, so that something can happen. */
async function begin(store: Store): Promise<void> {
  await store.addRoom(newRoom("r1"));
  for (const id of ["ann", "bob", "eve"]) {
    const session = newSession(`s-${id}`, { createdAt: 1_700_000_000_000 });
    await store.addUser(newUser(id), session, [{ ...joining("r1", id), id: `j-${id}` }]);
  }
}

/** Only of people who were there once: the core asks for no others. */
async function existing(store: Store, id: string, work: () => Promise<unknown>): Promise<unknown> {
  return (await store.users([id])).length === 0 ? "nobody" : work();
}

/** All that can be asked. */
async function look(store: Store): Promise<unknown> {
  const rooms = ROOMS.map(async (id) => {
    const record = await store.room(id);
    if (record === null) return { id, gone: await store.isGone(id) };
    const slice = await store.read(roomId(id), null, all);
    const middle = slice.events.at(Math.floor(slice.events.length / 2));
    return {
      record,
      slice,
      after:
        middle &&
        (await store.read(
          roomId(id),
          {
            epoch: slice.epoch,
            ...middle,
          },
          all,
        )),
      page: await store.messages(roomId(id), {
        at: "end",
        limit: 3,
        thread: null,
      }),
      around: await store.messages(roomId(id), {
        at: "around",
        seq: 3,
        limit: 4,
        thread: null,
      }),
      talk: await lookAtTalk(store, roomId(id)),
      members: byUser(await store.members(roomId(id))),
      banned: (await store.banned(roomId(id))).map((one) => one.id).sort(),
      standings: await Promise.all(USERS.map((one) => store.standing(roomId(id), one as UserId))),
      last: await Promise.all(USERS.map((one) => store.lastRole(roomId(id), one as UserId))),
      invites: (await store.invites(roomId(id))).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    };
  });
  const people = USERS.map(async (id) => ({
    session: await store.session(`h-s-${id}`),
    devices: await sessionsOf(store, id, "device"),
    tokens: await sessionsOf(store, id, "token"),
    rooms: [
      await store.roomsFor(id as UserId, "mine"),
      await store.roomsFor(id as UserId, "visible"),
    ],
    found: await Promise.all(["", "a", "Är", "T"].map((q) => store.findUsers(id as UserId, q, 3))),
    known: await Promise.all(USERS.map((other) => store.acquainted(id as UserId, other))),
    hash: await store.passwordHash(id as UserId),
    named: await store.hostUser(id as UserId),
    settings: await store.settings(id as UserId),
    companions: await Promise.all(
      [1, 2, 9].map(async (most) => (await store.companions(id as UserId, most)).sort()),
    ),
  }));
  return plain({
    rooms: await Promise.all(rooms),
    people: await Promise.all(people),
    all: await store.allUsers(),
    namesakes: await Promise.all(
      ["HALL", "Ärger", "bob", ""].map(async (one) => (await store.namesakes(one)).toSorted()),
    ),
    accounts: await Promise.all(["ANN", "tea.TIME", "x"].map((one) => store.account(one))),
    invites: await Promise.all([0, 1, 2].map((number) => store.invite(invite(number)))),
    reading: await lookAtReading(store),
    inboxes: await Promise.all(USERS.map((one) => store.readings(one as UserId))),
    seen: await store.lastSeen(USERS as UserId[]),
    expiring: (await store.expiring()).map(({ id }) => id).sort(),
  });
}

const byUser = <Member extends { user: { id: string } }>(members: Member[]) =>
  members.toSorted((a, b) => (a.user.id < b.user.id ? -1 : 1));

/** Times of use are kept to the hour by one engine and exactly by the other. */
const sessionsOf = async (store: Store, id: string, which: "device" | "token") =>
  (await store.sessions(id as UserId, which)).map((session) => ({ ...session, usedAt: null }));

const outcome = (asked: Promise<unknown>) =>
  asked.then(plain, (fault: unknown) => (fault as Error).constructor.name);

/** What listeners were told since it was asked last: of rooms in order, of sessions that end together in any. */
function hear(engine: Engine) {
  const nothing = () => ({
    rooms: [] as unknown[],
    sessions: [] as string[],
    erased: [] as string[],
  });
  let heard = nothing();
  engine.backplane.listen(
    listener({
      committed({ room: where, events, effects }) {
        heard.rooms.push(
          ...events.map(({ seq, id, json }) => ({ where, seq, id, json })),
          ...effects,
        );
      },
      readMoved: (where, who, read) => heard.rooms.push({ where, who, read }),
      levelChanged: (where, who) => heard.rooms.push({ where, who }),
      presenceChanged: (who) => heard.rooms.push({ who }),
      sessionEnded: (session) => heard.sessions.push(session),
      userErased: (id) => heard.erased.push(id),
      roomDestroyed: (id, of) => heard.rooms.push({ id, of }),
    }),
  );
  return () => {
    const { sessions, ...rest } = heard;
    heard = nothing();
    return { ...rest, sessions: sessions.sort() };
  };
}

/** An engine that is held against the plain one: opened on nothing, and once more on what it kept. */
interface Real {
  open(clock: Clock): Promise<Engine>;
  again(clock: Clock): Promise<Engine>;
  forget(): void;
}

function embedded(): Real {
  const folder = mkdtempSync(join(root, "data-"));
  const open = (clock: Clock) => openEmbedded({ folder, clock });
  return { open, again: open, forget: () => rmSync(folder, { recursive: true }) };
}

function onRedis(): Real {
  const open = (clock: Clock) => openRedis({ url: redis.url, clock, blobs: memoryBlobs() });
  return {
    open(clock) {
      redis.ask("FLUSHALL");
      return open(clock);
    },
    again: open,
    forget() {},
  };
}

/** Does all of it to both, and compares every answer, what is told, and what is left. */
const compare = (make: () => Real) => async (script: readonly Step[]) => {
  const clock = new StillClock();
  const candidate = make();
  let real = await candidate.open(clock);
  const model = openMemory({ clock });
  const [told, toldByModel] = [hear(real), hear(model)];
  const ids = [counting(), counting()] as const;
  try {
    for (const { store } of [real, model]) await begin(store);
    for (const { what, run } of script) {
      const given = await outcome(run(real.store, { clock, ids: ids[0] }));
      const expected = await outcome(run(model.store, { clock, ids: ids[1] }));
      expect([what, given]).toEqual([what, expected]);
      expect([what, told()]).toEqual([what, toldByModel()]);
      const reading = await lookAtReading(real.store).then(plain);
      expect([what, reading]).toEqual([what, plain(await lookAtReading(model.store))]);
    }
    expect(await look(real.store)).toEqual(await look(model.store));
    // And once more from what was kept alone.
    await real.close();
    real = await candidate.again(clock);
    expect(await look(real.store)).toEqual(await look(model.store));
  } finally {
    await real.close();
    await model.close();
    candidate.forget();
  }
};

const numRuns = Number(process.env["SNUG_TEST_RUNS"] ?? 15);
const script = (from: typeof steps, lengths: { minLength: number; maxLength: number }) =>
  fc.array(fc.oneof(...from), lengths);
const anything = script([...steps, ...talk], { minLength: 20, maxLength: 80 });
const moves = steps.filter(({ what }) => ["join", "leave", "trim", "eraseUser"].includes(what));
const muchTalk = script([...talk, ...talk, ...moves], { minLength: 30, maxLength: 120 });

// Each question to Redis is a trip; what it answers was asked of the other engine, too.
for (const [name, make, runs] of [
  ["embedded", embedded, numRuns],
  ["Redis", onRedis, Math.ceil(numRuns / 5)],
] as const) {
  test(`[ORD1] [ORD5] [ORD6] [ORD7] whatever happens, in whatever order, the ${name} engine and the plain one give the same answers`, async () => {
    await fc.assert(fc.asyncProperty(anything, compare(make)), { numRuns: runs });
  });

  test(`[UNR1] [UNR3] [UNR4] [MSG8] [MSG9] [MSG11] [MSG13] after any talk what the ${name} engine keeps of messages, threads and reading equals a recount of the whole log`, async () => {
    await fc.assert(fc.asyncProperty(muchTalk, compare(make)), { numRuns: runs });
  });
}
