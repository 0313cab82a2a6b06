import { limits, type Event } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import type { ConnectionState, Outcome } from "./api.ts";
import { createChat } from "./chat.ts";
import { FastClock } from "./testing/clocks.ts";
import { eventually, until } from "./testing/until.ts";
import { connectionsOf, readLog, texts, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const isLive = ({ status }: { status: string }) => status === "live";
const settled = ({ status }: ConnectionState) => status === "live" || status === "refused";

test("[SDK5] a chat that nobody looks at calls nobody, not even for a room that is drawn", () => {
  let calls = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void calls++, data() {} },
  });
  world.after(() => listener.stop(true));
  const chat = createChat({ url: `http://127.0.0.1:${listener.port}`, token: () => "t" });
  const room = chat.room("general");
  expect(chat.room("general")).toBe(room);
  expect([chat.connection.get(), chat.connection.initial]).toEqual([
    { status: "connecting", user: null },
    { status: "connecting", user: null },
  ]);
  expect(room.state.get()).toBe(room.state.initial);
  expect(room.state.get()).toMatchObject({ status: "connecting", messages: [], older: "unknown" });
  expect(room.messages.get()).toEqual([]);
  expect(chat.inbox.get()).toEqual({ status: "loading", rooms: [] });
  chat.close();
  chat.close();
  expect(calls).toBe(0);
});

test("outside a page a chat needs to be told where its server is", () => {
  expect(() => createChat()).toThrow("createChat needs the server's url, as");
  for (const url of [
    "nowhere",
    "127.0.0.1:3000",
    "localhost:3000",
    "ws://127.0.0.1:3000",
    "http://",
    "/chat",
  ])
    expect(() => createChat({ url })).toThrow(
      `createChat needs the server's url, as http://127.0.0.1:3000, not "${url}".`,
    );
});

test("[SDK1] [SDK2] from nobody to guest to a message that both see, once, with names, over WebSocket", async () => {
  const server = await world.server();
  const bob = await server.guest("Bob");
  const chat = world.chat({ url: `${server.url}/` });
  const room = chat.room("general");
  const posted: Event[] = [];
  world.after(room.on("message.posted", (event) => posted.push(event)));

  const states: string[] = [];
  world.after(chat.connection.subscribe(() => states.push(chat.connection.get().status)));
  expect(await until(chat.connection, settled)).toMatchObject({
    status: "refused",
    user: null,
    problem: { code: "unauthorized" },
  });
  expect(room.state.get()).toMatchObject({
    status: "refused",
    problem: { code: "unauthorized" },
    messages: [],
  });

  const guest = await chat.becomeGuest("Ada");
  if (!guest.ok) throw new Error(guest.error.detail);
  await until(room.state, isLive);
  expect(chat.connection.get()).toEqual({
    status: "live",
    user: guest.value.user,
    transport: "websocket",
  });
  expect(chat.inbox.get().rooms.map(({ room }) => String(room.id))).toEqual(["general"]);
  expect(states).toEqual(["refused", "connecting", "live"]);

  const posting = room.post("Hello");
  if (!posting.ok) throw new Error(posting.error.detail);
  expect(room.messages.get().at(-1)).toMatchObject({
    key: posting.value.key,
    state: "waiting",
    text: "Hello",
    mine: true,
    author: { name: "Ada" },
  });
  const sent = await posting.value.sent;
  await bob.post("Hello yourself");
  // Whose message comes before one has heard of them is looked up.
  const messages = await until(room.messages, (list) => Boolean(list[1]?.author));
  expect(messages).toMatchObject([
    { key: posting.value.key, state: "sent", mine: true, author: { name: "Ada" } },
    { state: "sent", mine: false, author: { name: "Bob" }, text: "Hello yourself" },
  ]);
  expect(sent).toMatchObject({
    ok: true,
    value: { text: "Hello", seq: messages[0]?.seq as number },
  });
  expect(posted.map((event) => event.seq)).toEqual(messages.map(({ seq }) => seq as number));
  expect(room.user(bob.user.id)).toMatchObject({ name: "Bob" });
  expect(room.state.get().room).toMatchObject({ id: "general", memberCount: 2 });
});

test("[SDK2] what no server would take is refused at once and not shown", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const room = world.chat({ url: server.url, token }).room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  for (const [text, code] of [
    ["", "invalid_request"],
    [" \n ", "invalid_request"],
    ["a\0b", "invalid_request"],
    ["\ud800", "invalid_request"],
    ["x".repeat(16_385), "too_large"],
  ] as const) {
    expect(room.post(text)).toMatchObject({ ok: false, error: { code } });
  }
  expect(room.messages.get()).toEqual([]);
  const longest = room.post("x".repeat(limits.textBytes));
  expect(longest.ok && (await longest.value.sent).ok).toBe(true);
});

test("[SDK2] a text that fits, and whose frame would be too long, fails visibly and harms nothing else", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const chat = world.chat({ url: server.url, token });
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  const binary = room.post(`a${"\u0001".repeat(12_000)}`);
  const next = room.post("b");
  expect(binary.ok && (await binary.value.sent)).toMatchObject({
    ok: false,
    error: { code: "too_large" },
  });
  expect(next.ok && (await next.value.sent).ok).toBe(true);
  expect(chat.connection.get().status).toBe("live");
});

test("[SDK1] items keep their reference until they change, and so do lists and states", async () => {
  const server = await world.server();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  await ada.post("one");
  const room = world.chat({ url: server.url, token: ada.token }).room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  const [before, state] = [room.messages.get(), room.state.get()];
  expect(room.messages.get()).toBe(before);
  expect(state.messages).toBe(before);
  await bob.post("two");
  const after = await until(room.messages, (list) => Boolean(list[1]?.author));
  expect(after).not.toBe(before);
  expect(after[0]).toBe(before[0] as never);
  const posting = room.post("three");
  const waiting = room.messages.get();
  expect(waiting.slice(0, 2).every((item, index) => item === after[index])).toBe(true);
  if (posting.ok) await posting.value.sent;
  const sent = await until(room.messages, (list) => list[2]?.state === "sent");
  expect(sent.slice(0, 2).every((item, index) => item === after[index])).toBe(true);
  expect(room.state.get().messages).toBe(room.messages.get());
});

test("[SDK1] older pages come before, as far back as the log goes, also asked for twice at once", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  for (let index = 0; index < 120; index++) await ada.post(`${index}`);
  const room = world.chat({ url: server.url, token: ada.token }).room("general");
  await room.loadOlder();
  expect(room.state.get().older).toBe("unknown");
  world.after(room.state.subscribe(() => {}));
  const first = await until(room.state, isLive);
  expect([first.messages.length, first.older]).toEqual([50, "some"]);
  const pages = [room.loadOlder(), room.loadOlder()];
  expect(room.state.get().older).toBe("loading");
  await Promise.all(pages);
  const second = room.state.get();
  expect([second.messages.length, second.older]).toEqual([100, "some"]);
  expect(second.messages.slice(50).every((item, index) => item === first.messages[index])).toBe(
    true,
  );
  await room.loadOlder();
  await room.loadOlder();
  expect(room.state.get().older).toBe("none");
  expect(texts(room.messages.get())).toEqual(Array.from({ length: 120 }, (_, index) => `${index}`));
});

test("[SDK1] an older page that fails says so, and may be asked for again", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  for (let index = 0; index < 60; index++) await ada.post(`${index}`);
  const proxy = await world.proxy(server.url);
  const room = world.chat({ url: proxy.url, token: ada.token }).room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  proxy.down();
  await room.loadOlder();
  expect(room.state.get().older).toBe("failed");
  proxy.up();
  await room.loadOlder();
  expect(room.state.get()).toMatchObject({ older: "none" });
  expect(room.messages.get()).toHaveLength(60);
});

test("[ACC2] a room that one may not see is refused with the reason, and another goes on", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const chat = world.chat({ url: server.url, token });
  const [nowhere, general] = [chat.room("nowhere"), chat.room("general")];
  for (const room of [nowhere, general]) world.after(room.state.subscribe(() => {}));
  await until(nowhere.state, ({ status }) => status === "refused");
  expect(nowhere.state.get().problem).toMatchObject({ code: "room_not_found" });
  await until(general.state, isLive);
  const posting = nowhere.post("anyone?");
  expect(posting.ok && (await posting.value.sent)).toMatchObject({
    ok: false,
    error: { code: "room_not_found" },
  });
  expect(nowhere.messages.get()).toMatchObject([{ state: "failed", text: "anyone?" }]);
  nowhere.discard(nowhere.messages.get()[0]?.key ?? "");
  expect(nowhere.messages.get()).toEqual([]);
});

test("[SDK2] written before anything is subscribed to, it is sent all the same, and nothing is left", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const clock = new FastClock();
  const posting = world.chat({ url: server.url, token }, clock).room("general").post("by the way");
  expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  await eventually(() => clock.pending === 0);
  await eventually(async () => (await connectionsOf(server.url)) === 0);
});

test("[SDK1] who comes in while it is live is met and counted; two chats of one process are two people", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const room = world.chat({ url: server.url, token: ada.token }).room("general");
  const joined: Event[] = [];
  world.after(room.on("member.joined", (event) => joined.push(event)));
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  const bob = await server.guest("Bob");
  await until(room.state, (state) => state.room?.memberCount === 2);
  expect(joined).toMatchObject([{ user: { id: bob.user.id } }]);
  const theirs = world.chat({ url: server.url, token: bob.token }).room("general");
  world.after(theirs.state.subscribe(() => {}));
  await until(theirs.state, isLive);
  const postings = [room.post("a"), theirs.post("b")];
  for (const posting of postings) expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  await until(
    room.messages,
    (list) => list.length === 2 && list.every(({ state }) => state === "sent"),
  );
  await until(
    theirs.messages,
    (list) => list.length === 2 && list.every(({ state }) => state === "sent"),
  );
  expect(room.messages.get().map(({ mine }) => mine)).toEqual(
    theirs.messages.get().map(({ mine }) => !mine),
  );
});

test("[SDK2] signing out refuses, empties the inbox and fails what is written then; the next name sends it", async () => {
  const server = await world.server();
  const chat = world.chat({ url: server.url });
  const room = chat.room("general");
  let resets = 0;
  world.after(room.onReset(() => resets++));
  world.after(room.state.subscribe(() => {}));
  await chat.becomeGuest("Ada");
  await until(room.state, isLive);
  expect(await chat.signOut()).toEqual({ ok: true, value: null });
  await until(chat.connection, ({ status }) => status === "refused");
  expect(chat.inbox.get()).toEqual({ status: "loading", rooms: [] });
  const posting = room.post("who am I?");
  expect(posting.ok && (await posting.value.sent)).toMatchObject({
    error: { code: "unauthorized" },
  });
  expect(resets).toBe(0);
  const bob = await chat.becomeGuest("Bob");
  const list = await until(room.messages, ([first]) => first?.state === "sent");
  expect(list).toMatchObject([{ text: "who am I?", mine: true, author: { name: "Bob" } }]);
  expect(resets).toBe(1);
  const log = await readLog(server.url, bob.ok ? bob.value.token : "");
  expect(log.filter(({ type }) => type === "message.posted")).toHaveLength(1);
});

test("[ACC3] a session that ends elsewhere is refused, over WebSocket and SSE alike", async () => {
  const server = await world.server();
  const proxy = await world.proxy(server.url);
  proxy.blocksWebSocket = true;
  for (const [url, transport] of [
    [server.url, "websocket"],
    [proxy.url, "sse"],
  ] as const) {
    const ada = await server.guest("Ada");
    const chat = world.chat({ url, token: ada.token });
    const room = chat.room("general");
    world.after(room.state.subscribe(() => {}));
    await until(room.state, isLive);
    expect(chat.connection.get()).toMatchObject({ transport });
    await ada.call("DELETE", "/v1/sessions/current");
    expect(await until(chat.connection, ({ status }) => status === "refused")).toMatchObject({
      problem: { code: "unauthorized" },
    });
  }
});

test("[SDK7] a provider whose token is refused is asked for another, once, and again for the next session", async () => {
  const server = await world.server();
  const guests = [await server.guest("Ada"), await server.guest("Bob")];
  let asked = 0;
  const tokens = ["stale", guests[0]?.token, guests[1]?.token];
  const chat = world.chat({ url: server.url, token: () => tokens[asked++] ?? "no more" });
  world.after(chat.connection.subscribe(() => {}));
  await until(chat.connection, isLive);
  expect([asked, chat.connection.get().user?.name]).toEqual([2, "Ada"]);
  await guests[0]?.call("DELETE", "/v1/sessions/current");
  await until(chat.connection, ({ user }) => user?.name === "Bob");
  expect(asked).toBe(3);
  await guests[1]?.call("DELETE", "/v1/sessions/current");
  await until(chat.connection, ({ status }) => status === "refused");
  expect(asked).toBe(4);
});

test("[SDK7] a provider that fails or hangs is offline with that reason, and is asked again", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const answers = [
    () => Promise.reject(new Error("no vault")),
    () => new Promise<string>(() => {}),
    () => Promise.resolve(token),
  ];
  let asked = 0;
  const chat = world.chat(
    { url: server.url, token: () => answers[asked++]?.() ?? token },
    new FastClock(100),
  );
  const problems: string[] = [];
  const note = () => {
    const state = chat.connection.get();
    if (state.status === "offline") problems.push(state.problem.code);
  };
  world.after(chat.connection.subscribe(note));
  await until(chat.connection, isLive);
  expect(problems).toEqual(["no_token", "no_token"]);
});

test("[SDK7] becoming a guest does not wait for a provider that hangs", async () => {
  const server = await world.server();
  const chat = world.chat(
    { url: server.url, token: () => new Promise<string>(() => {}) },
    new FastClock(1),
  );
  world.after(chat.connection.subscribe(() => {}));
  await chat.becomeGuest("Ada");
  expect(await until(chat.connection, isLive)).toMatchObject({ user: { name: "Ada" } });
});

test("what got no answer says so, and does not claim to be tried again", async () => {
  const server = await world.server();
  const proxy = await world.proxy(server.url);
  proxy.down();
  const chat = world.chat({ url: proxy.url, token: "t" });
  for (const answer of [await chat.call("GET /v1/me", {}), await chat.becomeGuest("Ada")]) {
    expect(answer).toMatchObject({ ok: false, error: { code: "no_connection" } });
    expect(!answer.ok && answer.error.detail).not.toContain("by itself");
  }
});

test("[SDK7] a provider is asked for what is done first, or after a session ended, without a connection", async () => {
  const server = await world.server();
  const people = [await server.guest("Ada"), await server.guest("Bob")];
  let asked = 0;
  const provider = () => people[asked++]?.token ?? "no more";
  const deeds: ((chat: ReturnType<typeof world.chat>) => Promise<Outcome<unknown>>)[] = [
    (chat) => chat.call("GET /v1/me", {}),
    (chat) => chat.search("tea"),
    (chat) => chat.room("general").setLevel("mentions"),
    (chat) => chat.room("general").upload(new Blob(["x"]), { name: "x" }),
  ];
  for (const deed of deeds) {
    asked = 0;
    const chat = world.chat({ url: server.url, token: provider });
    expect([(await deed(chat)).ok, asked]).toEqual([true, 1]);
    expect([(await deed(chat)).ok, asked]).toEqual([true, 1]);
    expect(chat.connection.get().status).toBe("connecting");
  }
  asked = 0;
  const chat = world.chat({ url: server.url, token: provider });
  const me = () => chat.call("GET /v1/me", {});
  expect(await me()).toMatchObject({ value: { user: { name: "Ada" } } });
  for (const person of people) await person.call("DELETE", "/v1/sessions/current");
  // Nobody is asked again and again.
  people.push(await server.guest("Eve"));
  expect([await me(), asked]).toMatchObject([{ error: { code: "unauthorized" } }, 2]);
  expect([await me(), asked]).toMatchObject([{ value: { user: { name: "Eve" } } }, 3]);
  // What anybody may ask waits for no provider.
  const hanging = world.chat({ url: server.url, token: () => new Promise<string>(() => {}) });
  expect(await hanging.call("GET /v1/limits", {})).toMatchObject({ ok: true });
});

test("[SDK7] a listener of a refusal may try again at once", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  let isRight = false;
  const chat = world.chat({ url: server.url, token: () => (isRight ? token : "wrong") });
  const undo = chat.connection.subscribe(() => {
    if (chat.connection.get().status !== "refused") return;
    isRight = true;
    chat.reconnect();
  });
  world.after(undo);
  await until(chat.connection, isLive);
});

test("[SDK7] who reconnects is connecting at once, whatever was before; after the end nothing connects", async () => {
  const server = await world.server();
  const chat = world.chat({ url: server.url });
  world.after(chat.connection.subscribe(() => {}));
  await until(chat.connection, ({ status }) => status === "refused");
  chat.reconnect();
  expect(chat.connection.get()).toEqual({ status: "connecting", user: null });
  await until(chat.connection, ({ status }) => status === "refused");
  await chat.becomeGuest("Ada");
  await until(chat.connection, isLive);
  chat.reconnect();
  expect(chat.connection.get()).toMatchObject({ status: "connecting", user: { name: "Ada" } });
  for (const ended of [chat, world.chat({ url: server.url })]) {
    ended.close();
    ended.reconnect();
    expect(ended.connection.get().status).toBe("refused");
  }
});

test("[SDK7] reconnecting again and again, while it connects and while it is live, ends live on one connection", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const chat = world.chat({ url: server.url, token });
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  for (let round = 0; round < 20; round++) {
    chat.reconnect();
    if (round % 3 === 0) await until(chat.connection, isLive);
    if (round % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(room.state, isLive);
  await eventually(async () => (await connectionsOf(server.url)) === 1);
  expect(chat.connection.get().status).toBe("live");
});

test("[SDK5] an app that subscribes to a room as soon as it hears of the connection has one connection", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const clock = new FastClock();
  const chat = world.chat({ url: server.url, token }, clock);
  const undo: (() => void)[] = [];
  undo.push(
    chat.connection.subscribe(() => {
      if (undo.length < 2) undo.push(chat.room("general").state.subscribe(() => {}));
    }),
  );
  await until(chat.room("general").state, isLive);
  await eventually(async () => (await connectionsOf(server.url)) === 1);
  for (const each of undo) each();
  await eventually(() => clock.pending === 0);
  await eventually(async () => (await connectionsOf(server.url)) === 0);
  expect(chat.connection.get().status).toBe("connecting");
});
