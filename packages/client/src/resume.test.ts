import type { Event } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import type { ChatRoom } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import { eventually, until } from "./testing/until.ts";
import { connectionsOf, readLog, texts, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const isLive = ({ status }: { status: string }) => status === "live";
const isOver = ({ status }: { status: string }) => status !== "live";

/** A room that is followed, and all that its app was told. */
async function follow(url: string, token: string, clock = new FastClock()) {
  const chat = world.chat({ url, token }, clock);
  const room = chat.room("general");
  const heard: number[] = [];
  const note = (event: Event) => heard.push(event.seq);
  for (const type of ["message.posted", "member.joined"] as const) world.after(room.on(type, note));
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  return { chat, room, heard };
}

const hasAll = (room: ChatRoom, count: number) =>
  until(
    room.state,
    ({ status, messages }) =>
      status === "live" &&
      messages.length === count &&
      messages.every(({ state }) => state === "sent"),
    `live with ${count} messages`,
  );

/** An own send may be answered before its event comes. */
async function hears(heard: readonly number[], seqs: readonly number[]): Promise<void> {
  await eventually(() => heard.length >= seqs.length);
  expect(heard).toEqual(seqs as number[]);
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test.each(["websocket", "sse"])(
  "[SDK1] [SDK4] [RES1] over %s a broken connection comes back by itself and misses nothing",
  async (transport) => {
    const server = await world.server();
    const ada = await server.guest("Ada");
    const proxy = await world.proxy(server.url);
    proxy.blocksWebSocket = transport === "sse";
    const { chat, room, heard } = await follow(proxy.url, ada.token);
    expect(chat.connection.get()).toMatchObject({ transport });
    for (const round of range(0, 2)) {
      if (round === 2) proxy.down();
      else proxy.cut();
      await ada.post(`${round}`);
      await until(chat.connection, isOver);
      expect(room.state.get().status).not.toBe("live");
      proxy.up();
      await hasAll(room, round + 1);
    }
    expect(texts(room.messages.get())).toEqual(["0", "1", "2"]);
    await hears(heard, range(2, 4));
  },
);

test.each(["websocket", "sse"])(
  "[SDK2] [SDK4] [IDM1] over %s a send whose answer is lost is there once",
  async (transport) => {
    const server = await world.server();
    const ada = await server.guest("Ada");
    const proxy = await world.proxy(server.url);
    proxy.blocksWebSocket = transport === "sse";
    const { chat, room, heard } = await follow(proxy.url, ada.token);
    proxy.isDeaf = true;
    const posting = room.post("once");
    await eventually(async () => (await readLog(server.url, ada.token)).length === 2);
    expect(room.messages.get()).toMatchObject([{ state: "sending" }]);
    proxy.cut();
    proxy.isDeaf = false;
    expect(posting.ok && (await posting.value.sent)).toMatchObject({ ok: true, value: { seq: 2 } });
    await hasAll(room, 1);
    await hears(heard, [2]);
    expect(await readLog(server.url, ada.token)).toHaveLength(2);
    expect(chat.connection.get()).toMatchObject({ transport });
  },
);

test("[SDK2] a send whose answer was lost with the name it was sent under is found in the log, and is not there twice", async () => {
  const server = await world.server();
  const proxy = await world.proxy(server.url);
  const chat = world.chat({ url: proxy.url });
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  const ada = await chat.becomeGuest("Ada");
  if (!ada.ok) throw new Error(ada.error.detail);
  await until(room.state, isLive);
  proxy.isDeaf = true;
  room.post("once");
  const posted = async () =>
    (await readLog(server.url, ada.value.token)).filter(({ type }) => type === "message.posted");
  await eventually(async () => (await posted()).length === 1);
  proxy.isDeaf = false;
  proxy.cut();
  await chat.becomeGuest("Bob");
  await until(chat.connection, ({ status, user }) => status === "live" && user?.name === "Bob");
  const messages = await until(room.messages, (list) => list.some(({ state }) => state === "sent"));
  expect(messages).toMatchObject([{ text: "once", mine: false, by: ada.value.user.id }]);
  expect(await posted()).toHaveLength(1);
});

test.each(["websocket", "sse"])(
  "[SDK7] over %s a connection that falls silent is found out and replaced",
  async (transport) => {
    const server = await world.server();
    const ada = await server.guest("Ada");
    const proxy = await world.proxy(server.url);
    proxy.blocksWebSocket = transport === "sse";
    const { chat, room } = await follow(proxy.url, ada.token, new FastClock(100));
    proxy.stalls = true;
    await ada.post("into the silence");
    await until(chat.connection, isOver);
    proxy.stalls = false;
    proxy.cut();
    await hasAll(room, 1);
  },
);

test.each(["bodies", "whole"] as const)(
  "[SDK4] [SDK1] [RES1] where WebSocket is blocked and the %s of streams are held back, it asks again and again, and misses nothing",
  async (held) => {
    const server = await world.server();
    const ada = await server.guest("Ada");
    const proxy = await world.proxy(server.url);
    proxy.blocksWebSocket = true;
    proxy.holdsStreams = held;
    const clock = new FastClock();
    const chat = world.chat({ url: proxy.url, token: ada.token }, clock);
    const room = chat.room("general");
    const ways: unknown[] = [];
    const heard: number[] = [];
    const undo = [
      chat.connection.subscribe(() => {
        const state = chat.connection.get();
        ways.push(state.status === "live" ? state.transport : state.status);
      }),
      chat.inbox.subscribe(() => {}),
      room.state.subscribe(() => {}),
      room.on("message.posted", ({ seq }) => heard.push(seq)),
    ];
    await until(room.state, isLive);
    expect(ways).toEqual(["polling"]);
    const bob = await server.guest("Bob");
    await bob.post("theirs");
    await hasAll(room, 1);
    const posting = room.post("mine");
    expect(posting.ok && (await posting.value.sent).ok).toBe(true);
    await hasAll(room, 2);
    await until(chat.inbox, ({ rooms }) => rooms[0]?.unread === 1);
    room.markRead();
    await until(chat.inbox, ({ rooms }) => rooms[0]?.unread === 0);

    proxy.down();
    await until(chat.connection, isOver);
    for (const number of range(1, 205)) await bob.post(`${number}`);
    proxy.up();
    await until(room.state, ({ messages }) => messages.at(-1)?.text === "205");
    expect(heard).toEqual(range(3, 209).slice(0, heard.length));
    await eventually(() => heard.length === 207);
    proxy.holdsStreams = null;
    proxy.down();
    await until(chat.connection, isOver);
    proxy.up();
    await until(chat.connection, (state) => state.status === "live" && state.transport === "sse");
    for (const each of undo) each();
    await eventually(() => clock.pending === 0);
    await eventually(async () => (await connectionsOf(server.url)) === 0);
  },
);

test("[SDK4] where WebSocket is blocked for a while, it is SSE, and after the next break WebSocket again", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const proxy = await world.proxy(server.url);
  const { chat, room, heard } = await follow(proxy.url, ada.token);
  for (const transport of ["sse", "websocket", "sse", "websocket"] as const) {
    proxy.blocksWebSocket = transport === "sse";
    proxy.cut();
    await until(
      chat.connection,
      (state) => state.status === "live" && state.transport === transport,
    );
    const posting = room.post(transport);
    expect(posting.ok && (await posting.value.sent).ok).toBe(true);
    await until(room.state, isLive);
  }
  await hasAll(room, 4);
  expect(texts(room.messages.get())).toEqual(["sse", "websocket", "sse", "websocket"]);
  await hears(heard, range(2, 5));
});

test.each(["websocket", "sse"])(
  "[RES7] [RES9] over %s more than the server sends inline is paged, while others go on posting",
  async (transport) => {
    const server = await world.server();
    const ada = await server.guest("Ada");
    const proxy = await world.proxy(server.url);
    proxy.blocksWebSocket = transport === "sse";
    const { chat, room, heard } = await follow(proxy.url, ada.token);
    await ada.post("before");
    await hasAll(room, 1);
    proxy.down();
    await until(chat.connection, isOver);
    await Promise.all(range(1, 700).map((index) => ada.post(`m${index}`)));
    proxy.up();
    await until(room.state, ({ status }) => status === "catching up");
    for (const index of range(701, 740)) await ada.post(`m${index}`);
    await hasAll(room, 741);
    const log = await readLog(server.url, ada.token);
    await hears(heard, range(2, log.length));
    expect(room.messages.get().map(({ seq }) => seq)).toEqual(range(2, log.length));
  },
);

test("[RES7] a connection that breaks again and again while it pages goes on from where it was", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const proxy = await world.proxy(server.url);
  const { chat, room, heard } = await follow(proxy.url, ada.token, new FastClock(50));
  proxy.down();
  await until(chat.connection, isOver);
  await Promise.all(range(1, 900).map((index) => ada.post(`m${index}`)));
  proxy.up();
  for (let reached = 0; reached < 900 && heard.length < 900;) {
    await until(room.messages, ({ length }) => length > reached);
    reached = heard.length;
    proxy.cut();
  }
  await hasAll(room, 900);
  await hears(heard, range(2, 901));
});

test("[DUR1] [SDK2] 200 messages wait while the server is away, and all arrive in order, once, when it is back", async () => {
  const movable = await world.movable();
  const ada = await movable.server.guest("Ada");
  const { chat, room, heard } = await follow(movable.proxy.url, ada.token);
  await movable.stop();
  await until(chat.connection, isOver);
  const lines = range(1, 200).map((index) => `line ${index}`);
  const postings = lines.map((line) => room.post(line));
  expect(texts(room.messages.get())).toEqual(lines);
  await until(room.state, ({ status }) => status === "offline");
  expect(room.state.get().problem).toMatchObject({ code: "no_connection" });
  await movable.start();
  for (const posting of postings) expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  await hasAll(room, 200);
  expect(texts(room.messages.get())).toEqual(lines);
  await hears(heard, range(2, 201));
  expect(await readLog(movable.server.url, ada.token)).toHaveLength(201);
});

test("[SDK1] a server that restarts says so, and its clients are back without a hole", async () => {
  const movable = await world.movable();
  const ada = await movable.server.guest("Ada");
  const { room, heard, chat } = await follow(movable.proxy.url, ada.token);
  for (const round of range(1, 3)) {
    const before = room.post(`before ${round}`);
    await movable.restart();
    const after = room.post(`after ${round}`);
    for (const posting of [before, after])
      expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  }
  await hasAll(room, 6);
  await hears(heard, range(2, 7));
  expect(chat.connection.get().status).toBe("live");
});

test.each(["websocket", "sse"])(
  "[RES5] [SDK1] over %s a log of another life is read afresh, the app is told, and what is unsent stays",
  async (transport) => {
    const movable = await world.movable();
    const { proxy } = movable;
    proxy.blocksWebSocket = transport === "sse";
    const chat = world.chat({ url: proxy.url });
    const room = chat.room("general");
    const resets: number[] = [];
    const heard: number[] = [];
    world.after(room.on("message.posted", ({ seq }) => heard.push(seq)));
    world.after(room.onReset(() => resets.push(room.messages.get().length)));
    world.after(room.state.subscribe(() => {}));
    await chat.becomeGuest("Ada");
    await until(room.state, isLive);
    for (const text of ["a", "b"]) room.post(text);
    await hasAll(room, 2);
    await hears(heard, [2, 3]);

    await movable.stop();
    await until(chat.connection, isOver);
    const unsent = room.post("c");
    movable.empty();
    await movable.start();
    await until(chat.connection, ({ status }) => status === "refused");
    expect(unsent.ok && (await unsent.value.sent)).toMatchObject({
      error: { code: "unauthorized" },
    });
    await chat.becomeGuest("Ada again");
    await until(room.state, isLive);
    expect(resets).toEqual([1]);
    const [waiting] = room.messages.get();
    expect(room.messages.get()).toMatchObject([
      { state: "failed", text: "c", problem: { code: "other_sender" } },
    ]);
    room.retry(waiting?.key ?? "");
    await hasAll(room, 1);
    expect(room.messages.get()).toMatchObject([{ text: "c", author: { name: "Ada again" } }]);
    await hears(heard, [2, 3, 2]);
  },
);

test.each(["websocket", "sse"])(
  "[RES4] [SDK1] [SDK14] over %s a server that was put back from a copy is read afresh, and what it lost of one's own is sent again, in order, before what waits",
  async (transport) => {
    const movable = await world.movable();
    const { proxy } = movable;
    proxy.blocksWebSocket = transport === "sse";
    const [ada, bob] = [await movable.server.guest("Ada"), await movable.server.guest("Bob")];
    const atFirst = await follow(proxy.url, ada.token);
    const kept = atFirst.room.post("kept");
    expect(kept.ok && (await kept.value.sent).ok).toBe(true);
    atFirst.chat.close();
    await movable.stop();
    const putBack = movable.backUp();
    await movable.start();
    const { chat, room, heard } = await follow(proxy.url, ada.token);
    let resets = 0;
    world.after(room.onReset(() => resets++));
    room.post("lost 1", { replyTo: 3 });
    await hasAll(room, 2);
    await movable.server.with(bob.user, bob.token).post("another's");
    await hasAll(room, 3);
    for (const text of ["lost 2", "taken back"]) room.post(text, { replyTo: 5 });
    await hasAll(room, 5);
    expect((await room.remove(7)).ok).toBe(true);
    await hears(heard, [4, 5, 6, 7]);
    await movable.stop();
    await until(chat.connection, isOver);
    const unsent = room.post("unsent", { replyTo: 5 });
    putBack();
    await movable.start();
    expect(unsent.ok && (await unsent.value.sent)).toMatchObject({ ok: true, value: { seq: 6 } });
    await hasAll(room, 4);
    // The number that was answered is another message's now.
    expect(room.messages.get()).toMatchObject([
      { text: "kept" },
      { text: "lost 1", replyTo: 3 },
      { text: "lost 2", replyTo: null },
      { text: "unsent", replyTo: null },
    ]);
    await hears(heard, [4, 5, 6, 7, 4, 5, 6]);
    expect([resets, chat.connection.get().status]).toEqual([1, "live"]);
  },
);

test("[SDK5] after the last undo and its grace nothing is left: no connection, no timer, over both transports", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const proxy = await world.proxy(server.url);
  for (const blocks of [false, true]) {
    proxy.blocksWebSocket = blocks;
    const clock = new FastClock();
    const chat = world.chat({ url: proxy.url, token: ada.token }, clock);
    const room = chat.room("general");
    const undo = [
      room.state.subscribe(() => {}),
      room.messages.subscribe(() => {}),
      room.on("message.posted", () => {}),
      chat.connection.subscribe(() => {}),
      chat.inbox.subscribe(() => {}),
    ];
    await until(room.state, isLive);
    const posting = room.post("x");
    if (posting.ok) await posting.value.sent;
    for (const each of undo) each();
    await eventually(async () => (await connectionsOf(server.url)) === 0);
    await eventually(() => clock.pending === 0);
    expect([chat.connection.get().status, room.state.get().status]).toEqual([
      "connecting",
      "connecting",
    ]);

    // What was missed while nobody looked is there when somebody does.
    await ada.post("meanwhile");
    const again = room.state.subscribe(() => {});
    await until(
      room.state,
      ({ status, messages }) => status === "live" && texts(messages).at(-1) === "meanwhile",
    );
    again();
    await eventually(() => clock.pending === 0);
  }
});

test("[SDK5] nothing is left of what was only half done: a stalled connection, page, stream or upgrade", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  for (let index = 0; index < 60; index++) await ada.post(`${index}`);
  for (const blocks of [false, true]) {
    for (const through of range(0, 5)) {
      const proxy = await world.proxy(server.url);
      proxy.blocksWebSocket = blocks;
      proxy.stallsAfter = through;
      const clock = new FastClock(1);
      const chat = world.chat({ url: proxy.url, token: ada.token }, clock);
      const room = chat.room("general");
      const undo = room.state.subscribe(() => {});
      if (through < 3) await eventually(() => proxy.isSilent);
      else {
        await until(room.messages, ({ length }) => length > 0);
        void room.loadOlder();
        room.post("never");
      }
      undo();
      chat.close();
      await eventually(() => clock.pending === 0);
      proxy.stalls = false;
    }
  }
  await eventually(async () => (await connectionsOf(server.url)) === 0);
});

test("[SDK1] subscribing and undoing again and again, mid-load and mid-reconnect, is one follow without a hole", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const proxy = await world.proxy(server.url);
  const { room, heard } = await follow(proxy.url, ada.token, new FastClock(1_000));
  for (const round of range(1, 30)) {
    const undo = [room.state.subscribe(() => {}), room.messages.subscribe(() => {})];
    await ada.post(`${round}`);
    if (round % 5 === 0) proxy.cut();
    for (const each of undo) each();
    room.messages.subscribe(() => {})();
  }
  await hasAll(room, 30);
  await hears(heard, range(2, 31));
});
