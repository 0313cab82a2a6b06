import { expect, test } from "bun:test";
import { fail, GENERAL as room, succeed } from "@snug/protocol";
import type { HostTokens } from "../core/ports.ts";
import { sseResponse } from "../transport/sse.ts";
import { Stream } from "./stream.ts";
import { settled, start } from "./testing.ts";

const QUEUE = 1024 * 1024;

test("[WS2] without a hello a socket is closed with 4401 after 5 s, and not before", async () => {
  const { clock, socket } = await start();
  const silent = socket();
  const chatty = socket();
  clock.advance(4_999);
  await chatty.send({ type: "ping", ref: 1 });
  expect([silent.state.ends, chatty.state.ends]).toEqual([[], []]);
  clock.advance(1);
  expect(silent.state.ends).toEqual([[4401, "no hello"]]);
  expect(chatty.state.ends).toEqual([[4401, "no hello"]]);
  expect(silent.frames()).toEqual([]);
});

test("[WS2] a hello in time ends the waiting", async () => {
  const { clock, socket, guest } = await start();
  const { token, actor } = await guest("Ada");
  const late = socket();
  const greeted = socket(actor);
  clock.advance(4_999);
  await late.send({ type: "hello", token });
  clock.advance(60_000);
  expect(late.frames().map((frame) => frame.type)).toEqual(["welcome"]);
  expect(greeted.frames().map((frame) => frame.type)).toEqual(["welcome"]);
  expect([late.state.ends, greeted.state.ends]).toEqual([[], []]);
});

test("[WS2] [HOST4] who said hello in time is not sent away while their token is looked at, however long", async () => {
  const keys = Promise.withResolvers<Awaited<ReturnType<HostTokens["read"]>>>();
  const { clock, socket } = await start({ hostTokens: { read: () => keys.promise } });
  const waiting = socket();
  clock.advance(4_000);
  await waiting.send({ type: "hello", token: "a.host.token" });
  clock.advance(60_000);
  expect(waiting.state.ends).toEqual([]);
  keys.resolve(fail("store_unavailable", "The keys cannot be fetched."));
  await settled();
  clock.turn();
  expect(waiting.frames()).toMatchObject([{ type: "bye", code: 1012 }]);
  expect(waiting.state.ends).toEqual([[1012, "restart"]]);

  // Something else that is called so is no hello.
  const odd = socket();
  await odd.send({ type: "hello", token: 5, ref: 1 });
  clock.advance(5_000);
  expect(odd.state.ends).toEqual([[4401, "no hello"]]);
});

test("[HOST3] a connection ends with its token, also where the clock was set or the machine slept", async () => {
  const { clock, socket, guest } = await start();
  const { actor } = await guest("Ada");
  const hour = 3_600_000;
  const one = socket({ ...actor, expiresAt: clock.now() + hour });
  const { now } = clock;
  clock.now = () => now() + hour - 1_001;
  clock.advance(1_000);
  expect(one.state.ends).toEqual([]);
  clock.now = () => now() + hour;
  clock.advance(1_000);
  expect(one.state.ends).toEqual([[4401, "session ended"]]);
});

test("[RES13] [HOST3] whom the host vouches for has no session that a new store could lack: they are to come back", async () => {
  const claims = {
    subject: "ada",
    name: "Ada",
    avatar: "",
    rooms: new Map([[room, "post" as const]]),
    expiresAt: 1_700_000_900_000,
  } as const;
  const { clock, socket, gateway } = await start({
    hostTokens: { read: async () => succeed(claims) },
  });
  const line = socket();
  await line.send({ type: "hello", token: "a.host.token" });
  expect(line.frames().map(({ type }) => type)).toEqual(["welcome"]);
  await gateway.storeReplaced();
  clock.turn();
  expect(line.frames().at(-1)).toMatchObject({ type: "bye", code: 1012 });
  expect(line.state.ends).toEqual([[1012, "restart"]]);
});

test("[SLO1] [SLO3] a socket that takes nothing for 10 s is closed with 4008, and no other", async () => {
  const { clock, socket, guest, say, slow, faults } = await start();
  const { actor } = await guest("Ada");
  const [stalled, well] = [socket(actor), socket(actor)];
  for (const one of [stalled, well]) await one.send({ type: "open-room", ref: 1, room });
  stalled.stall();
  clock.advance(500);
  await say(actor, "waits");
  for (let second = 0; second < 9; second++) clock.advance(1_000);
  expect([stalled.state.ends, slow]).toEqual([[], []]);
  clock.advance(2_000);
  expect(stalled.state.ends).toEqual([[4008, "slow"]]);
  expect(slow).toHaveLength(1);
  await say(actor, "later");
  expect(well.frames().filter((frame) => frame.type === "events")).toHaveLength(2);
  expect(stalled.frames().filter((frame) => frame.type === "events")).toHaveLength(1);
  expect([well.state.ends, faults]).toEqual([[], []]);
});

test("[SLO1] a stream that takes nothing for 10 s is ended", async () => {
  const { clock, stream, guest, say, slow } = await start();
  const { actor } = await guest("Ada");
  const stalled = stream(actor);
  clock.advance(500);
  stalled.stall();
  await say(actor, "waits");
  for (let second = 0; second < 9; second++) clock.advance(1_000);
  expect(stalled.state.ends).toEqual([]);
  clock.advance(2_000);
  expect(stalled.state.ends).toEqual([[]]);
  expect(slow).toHaveLength(1);
});

test("[SLO1] a stream in whose own buffer anything waits for 10 s is ended too", async () => {
  const { clock, world, guest, say, slow } = await start();
  const { actor } = await guest("Ada");
  // A real response body that nobody reads.
  const response = sseResponse(
    (wire) => new Stream(world, wire, actor, room, { epoch: "ep", seq: 0, id: "-" }),
    () => {},
    () => {},
  );
  // Each frame leaves in a turn of its own.
  clock.turn();
  await settled();
  clock.turn();
  await say(actor, "a few bytes that wait");
  for (let second = 0; second < 12; second++) clock.advance(1_000);
  expect(slow).toHaveLength(1);
  await response.body?.cancel().catch(() => {});
});

test("[SLO1] 1 MiB that waits closes a socket with 4008 and ends a stream", async () => {
  const { socket, stream, guest, say, slow } = await start();
  const { actor } = await guest("Ada");
  const one = socket(actor);
  await one.send({ type: "open-room", ref: 1, room });
  const other = stream(actor);
  await settled();
  one.stall();
  other.stall();
  const text = "x".repeat(16 * 1024);
  const fits = Math.floor(QUEUE / (text.length + 400));
  for (let count = 0; count < fits; count++) await say(actor, text);
  expect([one.state.ends, other.state.ends]).toEqual([[], []]);
  for (let count = 0; count < 3; count++) await say(actor, text);
  expect([one.state.ends, other.state.ends]).toEqual([[[4008, "slow"]], [[]]]);
  expect(slow).toHaveLength(2);
  for (const { state } of [one, other]) expect(state.waiting).toBeLessThanOrEqual(QUEUE);
});

test("[SSE3] a silent stream carries a comment at least every 15 s", async () => {
  const { clock, stream, guest, say } = await start();
  const { actor } = await guest("Ada");
  const { state } = stream(actor);
  await settled();
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(60_000);
    if (minute === 4) await say(actor, "in between");
  }
  const times = state.sent.map(({ at }) => at);
  const pauses = [...times, clock.elapsed()].slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
  expect(times.length).toBeLessThan(60);
  const comments = state.sent.filter(({ text }) => text.startsWith(":"));
  expect(comments.length).toBeGreaterThanOrEqual(39);
});

test("[OPS5] everybody is told once to come back, at different times, and is closed with 1012", async () => {
  const { clock, socket, stream, guest, gateway, say } = await start();
  const { actor } = await guest("Ada");
  const sockets = Array.from({ length: 20 }, (_, index) => socket(index % 2 ? actor : null));
  const streams = Array.from({ length: 20 }, () => stream(actor));
  await settled();
  clock.turn();
  gateway.bye();
  gateway.bye();
  clock.turn();
  const retries: number[] = [];
  for (const { state, frames } of sockets) {
    const byes = frames().filter((frame) => frame.type === "bye");
    expect(byes).toEqual([{ type: "bye", code: 1012, retry: expect.any(Number) }]);
    expect(state.ends).toEqual([[1012, "restart"]]);
    retries.push(Number(byes[0]?.["retry"]));
  }
  for (const { state } of streams) {
    const byes = state.sent.filter(({ text }) => text.startsWith("event: bye\n"));
    expect(byes).toHaveLength(1);
    expect(state.ends).toEqual([[]]);
    retries.push(Number(/"retry":(\d+)/.exec(byes[0]?.text ?? "")?.[1]));
  }
  expect(retries.every((retry) => Number.isInteger(retry) && retry >= 500 && retry < 2_600)).toBe(
    true,
  );
  expect(new Set(retries).size).toBe(40);
  const sent = streams.map(({ state }) => state.sent.length);
  await say(actor, "to nobody");
  clock.advance(60_000);
  expect(streams.map(({ state }) => state.sent.length)).toEqual(sent);

  // Who was on the way in is told too.
  const late = [socket(actor), stream(actor)];
  clock.turn();
  expect(late.map(({ state }) => state.ends)).toEqual([[[1012, "restart"]], [[]]]);
  for (const { state } of late) expect(state.sent.at(-1)?.text).toContain("bye");
});

test("[OPS5] [SLO1] a goodbye that no longer fits the queue ends that stream once, and reaches all others", async () => {
  const { socket, stream, guest, say, gateway, world } = await start();
  const { actor } = await guest("Ada");
  const full = stream(actor);
  const last = socket(actor);
  await settled();
  full.stall();
  await say(actor, "waits");
  full.state.waiting = QUEUE - 1;
  expect(() => gateway.bye()).not.toThrow();
  expect(full.state.ends).toEqual([[]]);
  expect(last.state.ends).toEqual([[1012, "restart"]]);
  expect(world.gateway.count("sse")).toBe(0);
});

test("[ACC3] the end of a session ends its connections and those of no other, and nothing more reaches them", async () => {
  const { clock, engine, socket, stream, guest, say, gateway } = await start();
  const [ada, bob] = [await guest("Ada"), await guest("Bob")];
  const hers = [socket(ada.actor), socket()];
  await hers[1]?.send({ type: "hello", token: ada.token });
  const his = socket(bob.actor);
  for (const one of [...hers, his]) await one.send({ type: "open-room", ref: 1, room });
  const streams = [stream(ada.actor), stream(bob.actor)];
  await settled();
  clock.turn();
  expect([gateway.count("websocket"), gateway.count("sse")]).toEqual([3, 2]);

  expect(await engine.store.endSession(ada.user.id, ada.actor.session, "device")).toBe(true);
  clock.turn();
  expect(hers.map(({ state }) => state.ends)).toEqual([
    [[4401, "session ended"]],
    [[4401, "session ended"]],
  ]);
  expect(streams.map(({ state }) => state.ends)).toEqual([[[]], []]);
  expect(his.state.ends).toEqual([]);
  expect([gateway.count("websocket"), gateway.count("sse")]).toEqual([1, 1]);

  const before = hers.map(({ state }) => state.sent.length);
  await say(bob.actor, "she is gone");
  expect(hers.map(({ state }) => state.sent.length)).toEqual(before);
  expect(his.frames().at(-1)).toMatchObject({ type: "events", events: [{ text: "she is gone" }] });
});

test.each([
  ["its session ends", "endSession"],
  ["its user is erased", "eraseUser"],
] as const)("[ACC3] a connection that is let in while %s is ended as well", async (_, how) => {
  const { clock, engine, socket, stream, guest } = await start();
  const { actor, user } = await guest("Ada");
  if (how === "eraseUser") await engine.store.eraseUser(user.id, []);
  else await engine.store.endSession(user.id, actor.session, "device");
  // Its session was looked up just before, and the connection opens only now.
  const [late, lateStream] = [socket(actor), stream(actor)];
  clock.advance(1_000);
  expect(late.state.ends).toEqual([[4401, "session ended"]]);
  expect(lateStream.state.ends).toEqual([[]]);
});

test("[ORD3] [WS2] a command is not overtaken by the next, however long the store takes for it", async () => {
  const { engine, socket, guest, clock, settle } = await start();
  const { token, user } = await guest("Ada");
  const { store } = engine;
  const look = { session: store.session.bind(store), room: store.room.bind(store) };
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let rooms = 0;
  store.session = (hash) => gates[0]?.promise.then(() => look.session(hash)) ?? Promise.reject();
  store.room = async (id) => {
    if (rooms++ === 0) await gates[1]?.promise;
    return look.room(id);
  };
  const one = socket();
  const post = (text: string) => ({ type: "post-message", ref: text, room, clientId: text, text });
  one.socket.receive(JSON.stringify({ type: "hello", token }));
  for (const text of ["a", "b", "c"]) one.socket.receive(JSON.stringify(post(text)));
  for (const gate of gates) {
    await settled();
    clock.turn();
    gate.resolve();
  }
  await settle();
  await one.send({ type: "ping", ref: "last" });
  expect(one.frames().map((frame) => frame["ref"] ?? frame.type)).toEqual([
    "welcome",
    "a",
    "b",
    "c",
    "last",
  ]);
  const { events } = await store.read(room, null, { events: 10, bytes: QUEUE });
  const said = events.map(({ json }) => JSON.parse(json) as { by: string; text?: string });
  expect(said.map(({ by, text }) => [by, text])).toEqual([
    [user.id, undefined],
    [user.id, "a"],
    [user.id, "b"],
    [user.id, "c"],
  ]);
});

test("[AVL2] a socket's commands are dealt with one after another, and none after its end", async () => {
  const { engine, socket, guest } = await start();
  const { actor } = await guest("Ada");
  const one = socket(actor);
  for (const [index, text] of ["a", "b"].entries()) {
    const command = { type: "post-message", ref: index, room, clientId: text, text };
    one.socket.receive(JSON.stringify(command));
  }
  one.socket.receive("not JSON");
  await one.send({ type: "post-message", ref: 3, room, clientId: "c", text: "c" });
  expect(one.state.ends).toEqual([[4400, "not a JSON object"]]);
  expect((await engine.store.room(room))?.head.seq).toBe(3);
});

test("[AVL2] a socket that asks for history again and again gets the next only when the last has left", async () => {
  const { guest, say, socket, clock } = await start();
  const { actor } = await guest("Ada");
  for (let count = 0; count < 5; count++) await say(actor, "x".repeat(1_000));
  const greedy = socket(actor);
  greedy.stall();
  for (let ref = 0; ref < 50; ref++) {
    greedy.socket.receive(JSON.stringify({ type: "open-room", ref, room, after: "ep.0.-" }));
  }
  for (let turn = 0; turn < 200; turn++) {
    await settled();
    clock.turn();
  }
  const events = greedy.frames().filter((frame) => frame.type === "events");
  expect(events.length).toBeGreaterThan(0);
  expect(events.length).toBeLessThan(4);
});

test("[AVL2] where a whole house comes back at once, what each missed leaves as it is read", async () => {
  const { guest, say, socket } = await start();
  const { actor } = await guest("Ada");
  await say(actor, "x");
  const house = Array.from({ length: 20 }, () => socket(actor));
  const frame = JSON.stringify({ type: "open-room", ref: 1, room, after: "ep.0.-" });
  for (const one of house) one.socket.receive(frame);
  // Without a turn of the loop: the runtime reads all sockets that are ready before it gives one.
  await settled();
  for (const one of house)
    expect(one.frames().map(({ type }) => type)).toEqual(["welcome", "reply", "events"]);
});

test("[SLO1] a socket that sends on without taking its answers is closed with 4008", async () => {
  const { guest, say, socket, clock } = await start();
  const { actor } = await guest("Ada");
  await say(actor, "x");
  const greedy = socket(actor);
  greedy.stall();
  const frame = JSON.stringify({ type: "open-room", ref: "r".repeat(64), room, after: "ep.0.-" });
  for (let sent = 0; sent < 2 * QUEUE && greedy.state.ends.length === 0; sent += frame.length) {
    greedy.socket.receive(frame);
    if (sent % 100 === 0) await settled();
  }
  clock.turn();
  expect(greedy.state.ends).toEqual([[4008, "slow"]]);
});

test("[AVL2] a stream far behind leaves a turn to everybody else between two pieces of history", async () => {
  const { guest, say, stream, clock } = await start();
  const { actor } = await guest("Ada");
  for (let count = 0; count < 450; count++) await say(actor, `${count}`);
  const { state } = stream(actor);
  const pieces = () => state.sent.filter(({ text }) => text.startsWith("id: ")).length;
  const seen = [];
  for (let turn = 0; turn < 10; turn++) {
    await settled();
    clock.turn();
    seen.push(pieces());
  }
  for (const [index, count] of seen.entries())
    expect(count - (seen[index - 1] ?? 0)).toBeLessThan(2);
  expect(seen.at(-1)).toBe(3);
});
