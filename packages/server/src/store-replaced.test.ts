import { afterEach, expect, test } from "bun:test";
import { systemClock } from "./clock.ts";
import { memoryBlobs } from "./engine/memory/blobs.ts";
import { openRedis } from "./engine/redis/engine.ts";
import { startCable, startRedis, type TestRedis } from "./engine/redis/testing.ts";
import { cheapPasswords, startTestServer, type Frame, type TestServer } from "./testing.ts";

const blobs = memoryBlobs();
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

/** A Redis that keeps nothing, and a way to it that can be led to another one. */
async function start(...options: string[]) {
  const redis = await startRedis(...options);
  undo.push(() => redis.close());
  return redis;
}

async function join(url: string) {
  const words: string[] = [];
  const engine = await openRedis({ url, clock: systemClock, blobs });
  const adminClaim = (word: string) => void words.push(word);
  const server = await startTestServer({ engine, passwords: cheapPasswords, adminClaim });
  undo.push(() => server.close());
  return Object.assign(server, { words });
}

type Node = Awaited<ReturnType<typeof join>>;
type Person = Awaited<ReturnType<TestServer["guest"]>>;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`never so: ${String(isSo)}`);
    await Bun.sleep(20);
  }
}

const at = (server: TestServer, { user, token }: Person) => server.with(user, token);

/** Redis may be on its way back; what was answered with 503 was not done. */
async function post(person: Person, text: string): Promise<void> {
  await until(async () => (await person.post(text, text)).ok);
}

const texts = (events: readonly Frame[]) =>
  events.flatMap(({ type, text }) => (type === "message.posted" ? [text as string] : []));

const log = async (person: Person) =>
  texts((await person.get("/v1/rooms/general/events?limit=200")).events);

/** A Redis and its copy, which got all that was written so far and gets nothing more. */
async function detach(redis: TestRedis, copy: TestRedis): Promise<void> {
  redis.ask("SET", "mark", crypto.randomUUID());
  await until(() => copy.ask("GET", "mark") === redis.ask("GET", "mark"));
  copy.ask("REPLICAOF", "NO", "ONE");
}

test("[RES13] [RES4] [ACC6] [INB1] when a replica takes over that had not all, each follower is told `rewritten` on every door and goes on; sessions, memberships and rooms that are no more end", async () => {
  const redis = await start();
  const copy = await start("--replicaof", "127.0.0.1", `${redis.port}`);
  const cable = await startCable(redis.port);
  undo.push(() => cable.close());
  const [east, west] = [await join(cable.url), await join(cable.url)];
  const [ada, bob] = [await east.guest("Ada"), await west.guest("Bob")];
  const cellar = await ada.room("private", { name: "Cellar" });
  await post(ada, "kept");
  await detach(redis, copy);

  const { cursor: kept } = await ada.get("/v1/rooms/general/messages");
  const late = await west.guest("Cat");
  const attic = await bob.room("private", { name: "Attic" });
  await ada.call("PUT", `/v1/rooms/${cellar}/members/${bob.user.id}`, {});
  const sockets = [await ada.socket(), await at(west, ada).socket(), await bob.socket()] as const;
  const [, , his] = sockets;
  const hers = await late.socket();
  for (const socket of sockets) await socket.ask({ type: "open-room", room: "general" });
  for (const room of [attic, cellar])
    expect(await his.ask({ type: "open-room", room })).toMatchObject({ ok: true });
  const stream = await at(west, ada).stream();
  for (const text of ["lost 1", "lost 2"]) await post(bob, text);
  for (const socket of sockets) expect(texts(await socket.events(2))).toEqual(["lost 1", "lost 2"]);
  const seen = await stream.events(2);
  const { cursor: lost } = await ada.get("/v1/rooms/general/messages");

  for (const { asides } of sockets) asides.length = 0;
  cable.leadTo(copy.port);
  cable.cut();
  cable.mend();
  const back = performance.now();
  const rewritten = { room: "general", after: lost, reason: "rewritten" };
  for (const socket of sockets) expect(await socket.next("gap")).toMatchObject(rewritten);
  expect(performance.now() - back).toBeLessThan(2_000);
  expect(await hers.closed).toMatchObject({ code: 4401 });
  const closed = [await his.next("closed"), await his.next("closed")];
  expect(closed.map(({ room, code }) => `${room} ${code}`).sort()).toEqual(
    [`${attic} room_gone`, `${cellar} forbidden`].sort(),
  );
  const inbox = await his.next("inbox");
  expect(inbox["rooms"].map(({ room }: Frame) => room.id)).toEqual(["general"]);
  for (let block = await stream.next(); ; block = await stream.next())
    if (block?.event === "gap") {
      expect(JSON.parse(block.data ?? "")).toMatchObject({ reason: "rewritten" });
      break;
    }
  expect(seen.at(-1)?.id).toBe(lost);
  const page = await bob.get(`/v1/rooms/general/events?after=${lost}`);
  expect([page.gap.reason, texts(page.events)]).toEqual(["rewritten", ["kept"]]);

  // On it goes: numbers are given out anew, and nobody takes them for those that were lost.
  for (const text of ["new 1", "new 2", "new 3"]) await post(ada, text);
  const all = await log(bob);
  expect(all).toEqual(["kept", "new 1", "new 2", "new 3"]);
  for (const socket of sockets) {
    const heard: string[] = [];
    while (heard.length < all.length) heard.push(...texts(await socket.events(1)));
    expect(heard).toEqual(all);
  }
  const streamed: string[] = [];
  while (streamed.length < all.length)
    streamed.push(...texts((await stream.events(1)).map(({ event }) => event)));
  expect(streamed).toEqual(all);
  const resumed = await at(west, bob).socket();
  await resumed.ask({ type: "open-room", room: "general", after: kept });
  expect(texts(await resumed.events(3))).toEqual(["new 1", "new 2", "new 3"]);
  stream.close();
  for (const socket of [...sockets, resumed]) socket.close();
});

const claim = (server: Node, username: string, word: string | undefined) =>
  server.fetch("/v1/accounts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: "correct horse", claim: word }),
  });

test("[OPS9] a link is good for as long as the node lives that gave it out, also where another gave it back", async () => {
  const redis = await start();
  const [east, west] = [await join(redis.url), await join(redis.url)];
  const [word, other] = [east.words.at(-1), west.words.at(-1)];
  await west.account("taken");
  await until(async () => (await claim(west, "taken", word)).status === 409);
  await until(async () => (await claim(east, "taken", other)).status === 409);
  await west.close();
  await until(async () => (await claim(east, "taken", other)).status === 403);
  expect((await claim(east, "ann", word)).status).toBe(201);
});

test("[RES13] [RES5] [OPS9] a Redis that lost everything, under its connections or by its death, is a new house within a second: one first room, a link for an administrator, and who held a cursor hears `new_log`", async () => {
  const redis = await start();
  const [east, west] = [await join(redis.url), await join(redis.url)];
  const epochs = new Set<string>();
  const enter = async (server: Node) => server.guest("Ada").catch(() => null);
  for (const lose of [() => redis.ask("FLUSHALL"), () => redis.dieAndRise()]) {
    // Whichever node gave the link out, each takes it, and no other after it.
    const [word, other] = [east.words.at(-1), west.words.at(-1)];
    await until(async () => (await claim(west, "ann", word)).status === 201);
    await until(async () => (await claim(west, "eve", other)).status === 403);
    expect((await claim(east, "eve", word)).status).toBe(403);

    const ada = await east.guest("Ada");
    const [here, there] = [await ada.socket(), await at(west, ada).socket()];
    for (const socket of [here, there]) await socket.ask({ type: "open-room", room: "general" });
    const stream = await at(west, ada).stream();
    await post(ada, "before");
    const [{ id: last } = { id: "" }] = await stream.events(1);
    const given = [east.words.length, west.words.length];

    const from = performance.now();
    await lose();
    expect(await here.closed).toMatchObject({ code: 4401 });
    expect(await there.closed).toMatchObject({ code: 4401 });
    while ((await stream.next()) !== null);
    expect((await ada.call("GET", "/v1/me")).status).toBe(401);
    let again: Person | null = null;
    await until(async () => (again = await enter(west)) !== null);
    expect(performance.now() - from).toBeLessThan(2_000);
    await until(() => east.words.length > (given[0] ?? 0) && west.words.length > (given[1] ?? 0));

    const back = again as unknown as Person;
    const socket = await at(east, back).socket();
    await socket.ask({ type: "open-room", room: "general", after: last });
    expect(await socket.next("gap")).toMatchObject({ after: last, reason: "new_log" });
    expect(await log(back)).toEqual([]);
    await post(back, "after");
    expect([await log(back), await log(at(east, back))]).toEqual([["after"], ["after"]]);
    const { cursor } = await back.get("/v1/rooms/general/messages");
    epochs.add(cursor.split(".")[0]).add(last.split(".")[0] ?? "");
    socket.close();
  }
  expect(epochs.size).toBe(3);
});
