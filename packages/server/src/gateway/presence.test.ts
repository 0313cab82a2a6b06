import { expect, test } from "bun:test";
import { GENERAL as room, limits, type RoomId, type UserId } from "@snug/protocol";
import type { Committed } from "../core/ports.ts";
import { newRoom } from "../fixtures.ts";
import { settled, start } from "./testing.ts";

type World = Awaited<ReturnType<typeof start>>;
type Person = Awaited<ReturnType<World["guest"]>>;

/** Milliseconds by which the hand-moved clock goes at once. */
const STEP = 50;

/** Some people, each with a socket that has the room open. */
async function inRoom<Name extends string>(world: World, names: readonly Name[]) {
  const all = [];
  for (const name of names) {
    const person = await world.guest(name);
    const line = world.socket(person.actor);
    await world.settle();
    await line.open();
    all.push({ name, ...person, ...line });
  }
  await world.pass(1_100);
  return all;
}

const nameOf = (people: readonly { user: { id: string; name: string } }[]) => {
  const names = new Map(people.map(({ user }) => [user.id, user.name]));
  return (id: unknown) => names.get(String(id)) ?? String(id);
};

test("[PRS1] [PRS4] who opens a room gets all who are there, then who comes and goes, per person and not per tab", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  // Nobody else was there, and hers was told at once.
  const [first, second] = ada.signals("presence");
  expect(first).toEqual({ at: 0, whole: true, online: [ada.user], offline: [], count: 1 });
  expect(second).toMatchObject({ online: [bob.user], offline: [], count: 2 });
  expect(bob.signals("presence")).toMatchObject([
    { whole: true, online: [ada.user, bob.user], offline: [], count: 2 },
  ]);
  expect(await world.gateway.roster.present(room)).toEqual([ada.user.id, bob.user.id]);

  // A second tab and a stream of Bob's: nothing new to Ada, and all of it to them.
  const tab = world.socket(bob.actor);
  await tab.open();
  const stream = world.stream(bob.actor);
  await world.pass(2_000);
  expect(ada.signals("presence")).toHaveLength(2);
  expect(tab.signals("presence")).toMatchObject([{ whole: true, count: 2 }]);
  const told = stream.state.sent.filter(({ text }) => text.startsWith("event: signal\n"));
  expect(told.map(({ text }) => JSON.parse(text.split("\ndata: ")[1] ?? ""))).toEqual([
    {
      type: "signal",
      room,
      kind: "presence",
      whole: true,
      online: [ada.user, bob.user],
      offline: [],
      count: 2,
    },
  ]);

  // The room is closed on one, the other is gone, and at last the stream.
  await bob.send({ type: "close-room", ref: 2, room });
  tab.socket.gone();
  await world.pass(10_000);
  expect(ada.signals("presence")).toHaveLength(2);
  const before = world.clock.elapsed();
  stream.stream.closed();
  await world.pass(10_000);
  const last = ada.signals("presence").slice(2);
  expect(last).toMatchObject([{ online: [], offline: [bob.user.id], count: 1 }]);
  expect(Number(last[0]?.["at"]) - before).toBeLessThanOrEqual(5_000);
  expect(world.faults).toEqual([]);
});

test("[PRS3] a reload is silent; coming shows within 1 s and leaving within 5 s, also while others come and go", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  const before = ada.signals("presence").length;
  bob.socket.gone();
  await world.pass(limits.leaveMs - 100);
  const back = world.socket(bob.actor);
  await back.open();
  await world.pass(10_000);
  expect(ada.signals("presence")).toHaveLength(before);

  const others = [];
  for (let count = 0; count < 20; count++) {
    const cy = await world.guest(`Cy ${count}`);
    const line = world.socket(cy.actor);
    const came = world.clock.elapsed();
    await line.open();
    await world.pass(370);
    const left = world.clock.elapsed();
    line.socket.gone();
    others.push({ id: cy.user.id, came, left });
  }
  await world.pass(6_000);
  const told = ada.signals("presence").slice(before);
  for (const { id, came, left } of others) {
    const on = told.filter(({ online }) => online.some((user: { id: string }) => user.id === id));
    const off = told.filter(({ offline }) => offline.includes(id));
    expect([on.length, off.length]).toEqual([1, 1]);
    expect(on[0]?.["at"] - came).toBeLessThanOrEqual(1_000);
    expect(off[0]?.["at"] - left).toBeLessThanOrEqual(5_000);
  }
  const times = told.map(({ at }) => at);
  for (const [index, at] of times.entries())
    if (index > 0) expect(at - times[index - 1]).toBeGreaterThanOrEqual(850 - STEP);
  expect(told.at(-1)).toMatchObject({ count: 2 });
});

test("[PRS4] over 200 only the count is told, and all by name again when it is less", async () => {
  const world = await start();
  const [ada] = await inRoom(world, ["Ada"]);
  if (!ada) throw new Error("nobody came");
  const crowd = [];
  for (let count = 0; count < limits.presenceMax; count++) {
    const one = await world.guest(`Guest ${count}`);
    const line = world.socket(one.actor);
    await world.settle();
    await line.open();
    crowd.push({ ...one, ...line });
  }
  await world.pass(1_500);
  const full = ada.signals("presence").at(-1);
  expect(full).toMatchObject({ online: [], offline: [], count: limits.presenceMax + 1 });
  expect(full).not.toHaveProperty("whole");
  expect(crowd.at(-1)?.signals("presence").at(-1)).toMatchObject({
    whole: true,
    online: [],
    count: 201,
  });
  const [one] = crowd;
  const asked = one && (await world.chat.execute("show-presence", one.actor, { room }));
  const { online, count } = asked?.ok ? asked.value : { online: [], count: 0 };
  expect([online.length, count]).toEqual([limits.presenceMax, limits.presenceMax + 1]);
  crowd[0]?.socket.gone();
  crowd[1]?.socket.gone();
  await world.pass(6_000);
  const again = ada.signals("presence").at(-1);
  expect(again).toMatchObject({ whole: true, offline: [], count: 199 });
  expect(again?.["online"]).toHaveLength(199);
});

test("[PRS3] whoever is sent out, banned or erased, or whose session ends, is gone at once", async () => {
  const world = await start();
  const people = await inRoom(world, ["Ada", "Bob", "Cy", "Dot"]);
  const [ada, bob, cy, dot] = people;
  if (!ada || !bob || !cy || !dot) throw new Error("nobody came");
  const { store } = world.engine;
  const since = world.clock.elapsed();
  await store.endSession(cy.user.id as UserId, cy.actor.session, "device");
  await store.eraseUser(dot.user.id as UserId, []);
  // Bob has just closed it, and might be back in a moment.
  await bob.send({ type: "close-room", ref: 2, room });
  expect(await world.gateway.roster.present(room)).toContain(bob.user.id as UserId);
  const left = await world.chat.execute("leave-room", bob.actor, { room });
  expect(left.ok).toBe(true);
  expect(await world.gateway.roster.present(room)).toEqual([ada.user.id]);
  await world.pass(1_000);
  const offline = ada
    .signals("presence")
    .flatMap((told) => (told["at"] >= since ? told["offline"] : []));
  expect(offline.map(nameOf(people)).toSorted()).toEqual(["Bob", "Cy", "Dot"]);
  expect(ada.signals("presence").at(-1)).toMatchObject({ count: 1 });

  // Who loses the room while they have it open is told of nobody any more.
  const [eve] = await inRoom(world, ["Eve"]);
  if (!eve) throw new Error("nobody came");
  await world.chat.execute("leave-room", eve.actor, { room });
  expect(await world.gateway.roster.present(room)).toEqual([ada.user.id as UserId]);
  await world.pass(1_500);
  const closing = eve.state.sent.findIndex(({ text }) => text.includes('"closed"'));
  expect(closing).toBeGreaterThan(0);
  const after = eve.state.sent.slice(closing).filter(({ text }) => text.includes('"presence"'));
  expect(after).toEqual([]);
});

test("[PRS7] whoever is invisible is nowhere and writes without a sign of it; what they see is whole", async () => {
  const world = await start();
  const { store } = world.engine;
  const hidden = await world.guest("Hidden");
  await store.changeUser(hidden.user.id as UserId, { presence: "invisible" });
  const [ada] = await inRoom(world, ["Ada"]);
  if (!ada) throw new Error("nobody came");
  const line = world.socket(hidden.actor);
  await line.open();
  await world.pass(1_500);
  await line.send({ type: "set-typing", ref: 2, room });
  await world.pass(1_500);
  expect(line.signals("presence").at(-1)).toMatchObject({ online: [ada.user], count: 1 });
  expect(ada.signals("presence")).toHaveLength(1);
  expect(ada.signals("typing")).toEqual([]);
  expect(await world.gateway.roster.present(room)).toEqual([ada.user.id]);
  expect(await world.gateway.roster.statusOf([hidden.user.id as UserId])).toEqual(
    new Map([[hidden.user.id, { availability: "offline" }]]),
  );

  // Seen, and not any more; of their last stay nothing is kept.
  await store.changeUser(hidden.user.id as UserId, { presence: "auto" });
  await world.pass(1_000);
  expect(ada.signals("presence").at(-1)).toMatchObject({ online: [{ name: "Hidden" }], count: 2 });
  const sawUser = store.sawUser.bind(store);
  store.sawUser = () => Promise.reject(new Error("away"));
  await store.changeUser(hidden.user.id as UserId, { presence: "invisible" });
  await world.settle();
  store.sawUser = sawUser;
  expect(world.faults.splice(0)).toHaveLength(1);
  const left = world.clock.now() + 2_000;
  await world.pass(3_000);
  expect(ada.signals("presence").at(-1)).toMatchObject({ offline: [hidden.user.id], count: 1 });
  line.socket.gone();
  await world.pass(6_000);
  expect(await store.lastSeen([hidden.user.id as UserId])).toEqual(
    new Map([[hidden.user.id, left]]),
  );
});

test("[PRS5] that one is writing is told to the others who have the room open, now and then", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  const tab = world.socket(ada.actor);
  await tab.open();
  const elsewhere = world.socket((await world.guest("Cy")).actor);
  for (let count = 0; count < 10; count++) {
    await ada.send({ type: "set-typing", ref: 2, room });
    await world.pass(500);
  }
  expect(bob.signals("typing").map(({ user }) => user)).toEqual([ada.user, ada.user, ada.user]);
  expect([ada, tab, elsewhere].flatMap((one) => one.signals("typing"))).toEqual([]);

  // A whole room that writes at once is a handful of signs in a second.
  const crowd = await inRoom(
    world,
    Array.from({ length: 30 }, (_, index) => `Guest ${index}`),
  );
  const before = bob.signals("typing").length;
  for (const one of crowd) await one.send({ type: "set-typing", ref: 3, room });
  await world.settle();
  expect(bob.signals("typing").length - before).toBe(5);
});

test("[PRS5] [PRS7] who writes over HTTP, with nothing open, is told of too, unless they are invisible", async () => {
  const world = await start();
  const [ada] = await inRoom(world, ["Ada"]);
  if (!ada) throw new Error("nobody came");
  const [cy, hidden] = [await world.guest("Cy"), await world.guest("Hidden")];
  await world.engine.store.changeUser(hidden.user.id as UserId, { presence: "invisible" });
  for (const { actor } of [hidden, cy])
    expect((await world.chat.execute("set-typing", actor, { room })).ok).toBe(true);
  await world.settle();
  expect(ada.signals("typing").map(({ user }) => user)).toEqual([cy.user]);
});

test("[PRS7] how far the invisible read is signalled to nobody, whether they have a connection or not", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  const cy = await world.guest("Cy");
  for (let count = 0; count < 5; count++) await world.say(ada.actor, `${count}`);
  const marks = async (seq: number) => {
    for (const { user } of [bob, cy])
      await store.markRead(room, user.id as UserId, { seq, back: false, thread: null });
    await world.pass(1_500);
    return ada.signals("read").map(({ user, seq: to }) => [nameOf([bob, cy])(user), to]);
  };
  for (const { user } of [bob, cy])
    await store.changeUser(user.id as UserId, { presence: "invisible" });
  await world.settle();
  expect(await marks(4)).toEqual([]);
  for (const { user } of [bob, cy]) await store.changeUser(user.id as UserId, { presence: "auto" });
  await world.settle();
  expect(await marks(5)).toEqual([
    ["Bob", 5],
    ["Cy", 5],
  ]);
});

test("[UNR5] how far others have read is told to those who have the room open, once a second each", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  for (let count = 0; count < 5; count++) await world.say(bob.actor, `${count}`);
  const mark = async (person: Person, seq: number) =>
    world.engine.store.markRead(room, person.user.id as UserId, { seq, back: false, thread: null });
  for (const seq of [3, 4, 5, 6]) await mark(ada, seq);
  await world.pass(500);
  expect(bob.signals("read")).toMatchObject([{ user: ada.user.id, seq: 6 }]);
  await mark(ada, 7);
  await world.pass(300);
  expect(bob.signals("read")).toHaveLength(1);
  await world.pass(300);
  expect(bob.signals("read").at(-1)).toMatchObject({ user: ada.user.id, seq: 7 });
  // Who does not want it is not told of.
  await world.engine.store.changeUser(bob.user.id as UserId, { receipts: false });
  await mark(bob, 7);
  await world.pass(1_500);
  expect(ada.signals("read").filter(({ user }) => user === bob.user.id)).toEqual([]);
});

test("[SLO4] with 256 KiB waiting a reader gets events and no signals; once it has drained it hears who is here", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  ada.stall();
  await world.say(bob.actor, "waits");
  ada.state.waiting = limits.signalBytes;
  const sent = ada.state.sent.length;
  bob.socket.gone();
  const [cy] = await inRoom(world, ["Cy"]);
  if (!cy) throw new Error("nobody came");
  await cy.send({ type: "set-typing", ref: 2, room });
  await world.say(cy.actor, "an event");
  await world.pass(6_000);
  const meanwhile = ada.state.sent.slice(sent).map(({ text }) => JSON.parse(text));
  expect(meanwhile.filter(({ type }) => type === "signal")).toEqual([]);
  expect(meanwhile.filter(({ type }) => type === "events")).toHaveLength(2);
  ada.drain();
  await world.pass(1_500);
  expect(ada.signals("presence").at(-1)).toMatchObject({
    whole: true,
    online: [ada.user, cy.user],
    offline: [],
    count: 2,
  });
  expect(ada.signals("typing")).toEqual([]);
});

test("[PRS2] [PRS6] those who share a small room are told how one is: online, away, busy, offline and since when", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob, cy] = [
    await world.guest("Ada"),
    await world.guest("Bob"),
    await world.guest("Cy"),
  ];
  const people = [ada, bob, cy];
  const name = nameOf(people);
  const line = world.socket(ada.actor);
  await world.pass(1_500);
  expect(line.signals("status").map(({ people }) => people)).toEqual([
    { [bob.user.id]: { availability: "offline" }, [cy.user.id]: { availability: "offline" } },
  ]);
  expect(line.signals("status")[0]).toHaveProperty("whole", true);
  const order = line.state.sent.map(
    ({ text }) => JSON.parse(text) as { type: string; kind?: string },
  );
  const index = (what: string) => order.findIndex(({ type, kind }) => (kind ?? type) === what);
  expect(index("inbox")).toBeLessThan(index("status"));

  const phone = world.socket(bob.actor);
  const laptop = world.socket(bob.actor);
  await world.pass(1_500);
  await phone.send({ type: "set-away", ref: 1, away: true });
  await world.pass(1_500);
  await laptop.send({ type: "set-away", ref: 1, away: true });
  await world.pass(1_500);
  await store.changeUser(bob.user.id as UserId, { presence: "busy" });
  await world.pass(1_500);
  await store.changeUser(bob.user.id as UserId, { presence: "auto" });
  await world.pass(1_500);
  await phone.send({ type: "set-away", ref: 1, away: false });
  await world.pass(1_500);
  phone.socket.gone();
  laptop.socket.gone();
  const left = world.clock.now();
  await world.pass(6_000);
  const changes = line.signals("status").slice(1);
  expect(
    changes.flatMap(({ people: told }) => Object.entries(told).map(([id, how]) => [name(id), how])),
  ).toEqual([
    ["Bob", { availability: "online" }],
    ["Bob", { availability: "away" }],
    ["Bob", { availability: "busy" }],
    ["Bob", { availability: "away" }],
    ["Bob", { availability: "online" }],
    ["Bob", { availability: "offline", lastSeen: left }],
  ]);
  expect(changes.every((told) => !("whole" in told))).toBe(true);
  expect(await store.lastSeen([bob.user.id as UserId])).toEqual(new Map([[bob.user.id, left]]));
  expect(world.faults).toEqual([]);
});

test("[PRS6] whom one shares no small room with any more is not told of, and who comes is", async () => {
  const world = await start();
  const { store } = world.engine;
  const [ada, bob] = [await world.guest("Ada"), await world.guest("Bob")];
  const [hers, his] = [world.socket(ada.actor), world.socket(bob.actor)];
  await world.pass(2_500);
  const statuses = (line: typeof hers) =>
    line.signals("status").map(({ at: _at, ...told }) => told);
  expect(statuses(hers).at(-1)?.["people"]).toEqual({ [bob.user.id]: { availability: "online" } });

  // Whoever leaves is told of everybody anew; the others are told of that one alone.
  const [den, cy] = ["den" as RoomId, await world.guest("Cy")];
  await store.addRoom(newRoom(den));
  const third = world.socket(cy.actor);
  for (const { actor } of [bob, cy]) await world.chat.execute("join-room", actor, { room: den });
  await world.pass(2_500);
  expect(statuses(hers).at(-1)?.["people"][cy.user.id]).toEqual({ availability: "online" });
  const before = statuses(third).length;
  await world.chat.execute("leave-room", bob.actor, { room });
  await world.pass(2_500);
  expect([statuses(hers).at(-1), statuses(his).at(-1)]).toEqual([
    { people: { [bob.user.id]: { availability: "offline" } } },
    { whole: true, people: { [cy.user.id]: { availability: "online" } } },
  ]);
  expect(statuses(third)).toHaveLength(before);
  await world.chat.execute("join-room", bob.actor, { room });
  await world.pass(2_500);
  expect(statuses(hers).at(-1)).toEqual({ people: { [bob.user.id]: { availability: "online" } } });
  expect(Object.keys(statuses(his).at(-1)?.["people"])).toEqual([ada.user.id, cy.user.id]);
  await world.chat.execute("leave-room", cy.actor, { room });
  // Also of somebody who was never seen.
  const dot = await world.guest("Dot");
  await world.pass(2_500);
  expect(statuses(hers).at(-1)).toEqual({
    people: {
      [cy.user.id]: { availability: "offline" },
      [dot.user.id]: { availability: "offline" },
    },
  });

  // The room grows too large for it in one commit, and is small again in another.
  const inOne = async (act: () => Promise<unknown>) => {
    const commits: Committed[] = [];
    const committed = world.gateway.committed.bind(world.gateway);
    world.gateway.committed = (commit) => void commits.push(commit);
    await act();
    world.gateway.committed = committed;
    const [first] = commits;
    if (!first) throw new Error("nothing happened");
    const events = commits.flatMap((commit) => commit.events);
    committed({ ...first, events, effects: commits.flatMap(({ effects }) => effects) });
    await world.pass(3_000);
  };
  for (let count = 4; count < limits.presenceMax; count++) await world.guest(`Guest ${count}`);
  const crowd: Person[] = [];
  await inOne(async () => {
    for (let count = 0; count < 3; count++) crowd.push(await world.guest(`Late ${count}`));
  });
  expect(statuses(hers).at(-1)).toEqual({ whole: true, people: {} });
  const listed = await world.chat.execute("list-members", ada.actor, { room });
  const told = listed.ok ? listed.value.filter(({ status }) => status !== undefined) : null;
  expect(told).toEqual([]);
  his.socket.gone();
  await world.pass(6_000);
  expect(statuses(hers).at(-1)).toEqual({ whole: true, people: {} });
  await inOne(async () => {
    for (const { actor } of crowd) await world.chat.execute("leave-room", actor, { room });
  });
  const all = statuses(hers).at(-1);
  expect(all).toHaveProperty("whole", true);
  expect(Object.keys(all?.["people"])).toHaveLength(limits.presenceMax - 2);
  expect(all?.["people"][bob.user.id]).toEqual({
    availability: "offline",
    lastSeen: expect.any(Number),
  });

  // A token that is bound to a room tells of nobody.
  const bound = world.socket({ ...ada.actor, scope: { room, can: "read" } });
  await world.pass(2_500);
  expect(bound.inboxes()).toHaveLength(1);
  expect(bound.signals("status")).toEqual([]);
  expect(world.faults).toEqual([]);
});

test("[PRS2] [PRS6] whatever becomes of somebody while others are told, and where the store fails: nobody stays a ghost", async () => {
  const world = await start();
  const { store } = world.engine;
  const companions = store.companions.bind(store);
  const [ada, bob, cy] = [
    await world.guest("Ada"),
    await world.guest("Bob"),
    await world.guest("Cy"),
  ];
  const hers = world.socket(ada.actor);
  await world.pass(1_500);
  /** How she believes the two to be. */
  const known = () => {
    const told = hers.signals("status");
    const since = told.slice(told.findLastIndex(({ whole }) => whole));
    const all = Object.assign({}, ...since.map(({ people }) => people));
    return [bob, cy].map(({ user }) => all[user.id]?.availability);
  };

  // The store is away when the two come, and back before one of them goes.
  store.companions = () => Promise.reject(new Error("away"));
  const his = world.socket(cy.actor);
  world.socket(bob.actor);
  await world.pass(1_500);
  store.companions = companions;
  await world.pass(1_500);
  expect([known(), world.faults.length > 0]).toEqual([["online", "online"], true]);
  await store.endSession(bob.user.id as UserId, bob.actor.session, "device");
  await world.pass(3_000);
  expect(known()).toEqual(["offline", "online"]);

  // The other is away while she is told of all, and back before he is told of.
  const opened = Promise.withResolvers<void>();
  store.companions = async (...whose) => {
    const found = await companions(...whose);
    await opened.promise;
    return found;
  };
  world.gateway.roster.refresh([ada.user.id as UserId]);
  await world.pass(1_500);
  await his.send({ type: "set-away", ref: 1, away: true });
  opened.resolve();
  await settled();
  await his.send({ type: "set-away", ref: 1, away: false });
  expect(known()).toEqual(["offline", "away"]);
  await world.pass(3_000);
  expect(known()).toEqual(["offline", "online"]);

  // He leaves, and how large the room is now cannot be read.
  const [append, look] = [store.append.bind(store), store.room.bind(store)];
  store.append = async (draft) => {
    store.room = () => Promise.reject(new Error("away"));
    const appended = await append(draft);
    store.room = look;
    return appended;
  };
  expect((await world.chat.execute("leave-room", cy.actor, { room })).ok).toBe(true);
  await world.pass(3_000);
  expect(known()).toEqual(["offline", undefined]);
});

test("[PRS3] what is told of people ends with the server, and when they were here is kept", async () => {
  const world = await start();
  const [ada] = await inRoom(world, ["Ada"]);
  if (!ada) throw new Error("nobody came");
  world.gateway.bye();
  await world.gateway.close();
  await world.settle();
  expect(await world.engine.store.lastSeen([ada.user.id as UserId])).toEqual(
    new Map([[ada.user.id, world.clock.now()]]),
  );
  expect(world.clock.pending).toBe(0);
});

test("[PRS3] while the store is away nobody is told of, and nothing of the waiting outlives the server", async () => {
  const world = await start();
  const [ada] = await inRoom(world, ["Ada"]);
  if (!ada) throw new Error("nobody came");
  const { store } = world.engine;
  const settings = store.settings.bind(store);
  store.settings = () => Promise.reject(new Error("away"));
  const bob = await world.guest("Bob");
  const line = world.socket(bob.actor);
  await line.open();
  for (let count = 0; count < 20; count++) world.gateway.presenceChanged(bob.user.id as UserId);
  await world.pass(1_500);
  expect(ada.signals("presence").at(-1)).toMatchObject({ count: 1 });
  const failed = world.faults.length;
  await world.pass(2_000);
  // However often it failed, it is tried again once.
  expect(world.faults.length - failed).toBe(1);
  store.settings = settings;
  await world.pass(3_500);
  expect(ada.signals("presence").at(-1)).toMatchObject({ online: [bob.user], count: 2 });

  store.settings = () => Promise.reject(new Error("away"));
  world.gateway.presenceChanged(bob.user.id as UserId);
  await world.settle();
  world.gateway.bye();
  await world.gateway.close();
  await world.settle();
  expect(world.clock.pending).toBe(0);
});

test("[PRS3] whose connection is dead is gone within 45 s, however much is sent to it, and no other", async () => {
  const world = await start();
  const [ada, bob] = await inRoom(world, ["Ada", "Bob"]);
  if (!ada || !bob) throw new Error("nobody came");
  bob.state.isDead = true;
  const died = world.clock.elapsed();
  for (let second = 0; second < 44; second++) {
    await world.say(ada.actor, `${second}`);
    await world.pass(1_000);
  }
  expect(bob.state.ends).toEqual([[4008, "no sign of life"]]);
  expect(ada.signals("presence").at(-1)).toMatchObject({ offline: [bob.user.id], count: 1 });
  expect(ada.signals("presence").at(-1)?.["at"] - died).toBeLessThanOrEqual(45_000);
  await world.pass(120_000);
  expect(ada.state.ends).toEqual([]);
  expect([ada.state.pings > 0, world.faults]).toEqual([true, []]);
});
