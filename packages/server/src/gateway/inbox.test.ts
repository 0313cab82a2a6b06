import { expect, test } from "bun:test";
import { GENERAL as room, type RoomId, type UserId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { newRoom, posting } from "../fixtures.ts";
import type { Frame } from "../testing.ts";
import { start } from "./testing.ts";

type World = Awaited<ReturnType<typeof start>>;

async function listed(world: World, name: string) {
  const person = await world.guest(name);
  const line = world.socket(person.actor);
  await world.settle();
  return { ...person, ...line };
}

/** What was told of changes, as short as can be. */
const changes = (line: { inboxes(): Frame[] }) =>
  line
    .inboxes()
    .slice(1)
    .map(({ at, changed, gone }) => ({
      at,
      changed: changed.map((entry: Frame) => [
        entry["room"].id,
        entry["read"],
        entry["unread"],
        entry["mentions"],
      ]),
      gone,
    }));

test("[INB4] what moves a room is told to all who are in it, with what is unread, once a second at most", async () => {
  const world = await start();
  const [ada, bob] = [await listed(world, "Ada"), await listed(world, "Bob")];
  await world.pass(3_000);
  const [begin, first] = [world.clock.elapsed(), changes(bob).length];
  for (let count = 0; count < 30; count++) {
    await world.say(ada.actor, `${count}`);
    await world.pass(100);
  }
  await world.pass(3_000);
  const told = changes(bob).slice(first);
  // Joins were numbers 1 and 2.
  expect(told.at(0)).toMatchObject({ changed: [[room, 2, 1, 0]], gone: [] });
  expect(told.at(0)?.at - begin).toBeLessThanOrEqual(100);
  expect(told.at(-1)).toMatchObject({ changed: [[room, 2, 30, 0]] });
  expect(told.length).toBeLessThanOrEqual(5);
  for (const [index, { at }] of told.entries())
    expect(at - (told[index - 1]?.at ?? -1_000)).toBeGreaterThanOrEqual(950);
  const [last] = bob.inboxes().at(-1)?.["changed"] ?? [];
  expect(last).toMatchObject({
    room: { id: room, seq: 32, memberCount: 2 },
    role: "member",
    level: "all",
    threads: 0,
  });
  // It says what a look says.
  const looked = await world.chat.execute("read-inbox", bob.actor, {});
  expect(looked.ok && looked.value).toEqual([last]);
  expect(world.faults).toEqual([]);
});

test("[INB4] own marks, levels and mentions are told at once, on all of one's devices", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob] = [await listed(world, "Ada"), await listed(world, "Bob")];
  const phone = world.socket(bob.actor);
  for (let count = 0; count < 3; count++) await world.say(ada.actor, `${count}`);
  await world.pass(5_000);
  const devices = [bob, phone];
  const since = () => devices.map((line) => changes(line).length);
  const expectAtOnce = async (change: () => Promise<unknown>, entry: unknown[]) => {
    await world.pass(5_000);
    const [counts, others, now] = [since(), changes(ada).length, world.clock.elapsed()];
    await change();
    await world.settle();
    for (const [index, line] of devices.entries())
      expect(changes(line).slice(counts[index])).toEqual([{ at: now, changed: [entry], gone: [] }]);
    return changes(ada).length - others;
  };
  const user = bob.user.id as UserId;
  const mark =
    (seq: number, back = false) =>
    () =>
      store.markRead(room, user, { seq, back, thread: null });
  // What is Bob's own is told to nobody else.
  expect(await expectAtOnce(mark(4), [room, 4, 1, 0])).toBe(0);
  expect(await expectAtOnce(mark(3, true), [room, 3, 2, 0])).toBe(0);
  expect(await expectAtOnce(() => store.setLevel(room, user, "none"), [room, 3, 2, 0])).toBe(0);
  expect(bob.inboxes().at(-1)?.["changed"][0].level).toBe("none");
  await expectAtOnce(() => world.say(ada.actor, `Look, <@${user}>`), [room, 3, 3, 1]);
});

test("[INB4] what happens while a list is read for the first time is told after it", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob] = [await world.guest("Ada"), await world.guest("Bob")];
  const gate = Promise.withResolvers<void>();
  const readings = store.readings.bind(store);
  store.readings = async (...what) => {
    const found = await readings(...what);
    await gate.promise;
    return found;
  };
  const line = world.socket(bob.actor);
  await world.settle();
  await world.say(ada.actor, "meanwhile");
  await world.pass(3_000);
  gate.resolve();
  await world.pass(3_000);
  expect(line.inboxes()).toMatchObject([
    { rooms: [{ room: { seq: 3 }, unread: 0 }] },
    { changed: [{ room: { seq: 3 }, unread: 1 }] },
  ]);
});

test("[INB4] a room in which it is dear to see what is unread delays no other, nor does one that cannot be read", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob] = [await listed(world, "Ada"), await listed(world, "Bob")];
  const dear = "dear" as RoomId;
  await store.addRoom(newRoom(dear));
  const join = (actor: Actor) => world.chat.execute("join-room", actor, { room: dear });
  await join(ada.actor);
  for (let count = 1; count < 20; count++) await join((await listed(world, `${count}`)).actor);
  await world.pass(2_500);
  const readingsIn = store.readingsIn.bind(store);
  const asked: number[] = [];
  store.readingsIn = async (where, users) => {
    if (where === dear) {
      world.clock.pass(users.length * 20);
      asked.push(users.length);
    }
    return readingsIn(where, users);
  };
  const talk = async (seconds: number) => {
    const begin = changes(bob).length;
    for (let second = 0; second < seconds; second++) {
      await store.append(posting(dear, ada.user.id, "x"));
      await world.say(ada.actor, `${second}`);
      await world.pass(1_500);
    }
    return changes(bob).slice(begin);
  };
  await talk(2);
  asked.length = 0;
  expect(await talk(8)).toHaveLength(8);
  // Meanwhile that one was read once, for one after the other.
  expect(asked).toEqual(Array.from({ length: 20 }, () => 1));
  expect(world.faults).toEqual([]);

  // What could not be read is told when it can be.
  store.readingsIn = async (where, users) => {
    if (where === room) throw new Error("away");
    return readingsIn(where, users);
  };
  await world.say(ada.actor, "unheard");
  await world.pass(1_500);
  const before = changes(bob).length;
  store.readingsIn = readingsIn;
  await world.pass(3_500);
  expect(changes(bob).length - before).toBe(1);
  expect(world.faults).toHaveLength(1);

  // That it is gone is found once, not for one after the other.
  const find = store.room.bind(store);
  let found = 0;
  store.room = async (where) => (where === dear ? (found++, null) : find(where));
  await store.append(posting(dear, ada.user.id, "x"));
  await world.pass(10_000);
  expect(found).toBe(1);
});

test("[INB2] [AVL3] of what is one's own doing one is told when the store is back, where it was away", async () => {
  const world = await start();
  const { store } = world.engine;
  const [, bob] = [await listed(world, "Ada"), await listed(world, "Bob")];
  await world.say(bob.actor, "one");
  await world.pass(3_000);
  const before = changes(bob).length;
  const readings = store.readings.bind(store);
  store.readings = () => Promise.reject(new Error("away"));
  await store.setLevel(room, bob.user.id as UserId, "none");
  await world.pass(1_500);
  store.readings = readings;
  await world.pass(3_500);
  expect(bob.inboxes().slice(1 + before)).toMatchObject([
    { changed: [{ room: { id: room }, level: "none" }] },
  ]);
  expect(world.faults.length).toBeGreaterThan(0);
});

test("[INB4] a store that is waited for is asked for many at once: it holds nobody up", async () => {
  const world = await start();
  const { store } = world.engine;
  const ada = await listed(world, "Ada");
  for (let count = 1; count < 20; count++) await listed(world, `${count}`);
  await world.pass(2_500);
  const readingsIn = store.readingsIn.bind(store);
  const asked: number[] = [];
  store.readingsIn = async (where, users) => {
    asked.push(users.length);
    const { promise, resolve } = Promise.withResolvers<void>();
    world.clock.after(20, resolve);
    await promise;
    return readingsIn(where, users);
  };
  for (let second = 0; second < 6; second++) {
    await world.say(ada.actor, `${second}`);
    await world.pass(3_000);
  }
  expect(asked.at(-1)).toBe(20);
});

test("[INB4] [INB2] whatever happens while a list is read, and in whatever order: at last it is right", async () => {
  const world = await start();
  const { store } = world.engine;
  const ada = await world.guest("Ada");
  const others = ["den", "hut"] as RoomId[];
  for (const id of others) await store.addRoom(newRoom(id));
  // Reading takes a while, so that much happens meanwhile.
  const readings = store.readings.bind(store);
  store.readings = async (...what) => {
    const found = await readings(...what);
    for (let turn = 0; turn < 3; turn++) await new Promise((resume) => setImmediate(resume));
    return found;
  };
  const bob = await world.guest("Bob");
  const line = world.socket(bob.actor);
  const rng = mulberry(7);
  const say = async (where: RoomId) => void (await store.append(posting(where, ada.user.id, "x")));
  const join = (where: RoomId, who = bob) =>
    world.chat.execute("join-room", who.actor, { room: where });
  for (const where of others) await join(where, ada);
  for (let step = 0; step < 200; step++) {
    const where = [room, ...others][Math.floor(rng() * 3)] as RoomId;
    const what = rng();
    if (what < 0.5) await say(where);
    else if (what < 0.65) await join(where);
    else if (what < 0.75) await world.chat.execute("leave-room", bob.actor, { room: where });
    else if (what < 0.85)
      await store.markRead(where, bob.user.id as UserId, { seq: step, back: false, thread: null });
    else await world.pass(Math.floor(rng() * 700));
  }
  await world.pass(5_000);
  const told = new Map<string, unknown>();
  for (const [index, frame] of line.inboxes().entries()) {
    expect(frame["at"] - (line.inboxes()[index - 1]?.["at"] ?? -1_000)).toBeGreaterThanOrEqual(950);
    for (const entry of frame["rooms"] ?? frame["changed"]) told.set(entry.room.id, entry);
    for (const id of frame["gone"] ?? []) told.delete(id);
  }
  const looked = await world.chat.execute("read-inbox", bob.actor, {});
  if (!looked.ok) throw new Error("no inbox");
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(looked.value.map((entry) => [entry.room.id, entry])),
  );
  expect(world.faults).toEqual([]);
});

/** Chance that is the same each time. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
