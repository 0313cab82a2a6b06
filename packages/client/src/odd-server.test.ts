import type { Event } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import type { ChatOptions } from "./api.ts";
import type { FakeServer } from "./testing/fake-server.ts";
import { FastClock } from "./testing/clocks.ts";
import { eventually, until } from "./testing/until.ts";
import { texts, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const isLive = ({ status }: { status: string }) => status === "live";

function open(server: FakeServer, options: ChatOptions = { token: "t" }) {
  const clock = new FastClock(50);
  const chat = world.chat({ url: server.url, ...options }, clock);
  const room = chat.room("general");
  const heard: Event[] = [];
  world.after(room.on("message.posted", (event) => heard.push(event)));
  world.after(room.state.subscribe(() => {}));
  return { chat, room, heard, clock, seqs: () => heard.map(({ seq }) => seq) };
}

async function openLive(server: FakeServer) {
  const opened = open(server);
  await until(opened.room.state, isLive);
  return opened;
}

/** The next connection is made, and the room is live over it. */
async function again({ chat, room }: ReturnType<typeof open>, act: () => unknown): Promise<void> {
  const over = until(chat.connection, (state) => !isLive(state));
  await act();
  await over;
  await until(room.state, isLive);
}

test("[SDK6] frames, events and fields of a later server are stepped over, and their numbers count", async () => {
  const server = world.fake();
  const { room, seqs, chat } = await openLive(server);
  server.add("a");
  server.log.push({ type: "poll.opened", seq: 2, id: "m_2", question: "?" } as never);
  server.log.push({ ...server.add("b"), mood: "new" } as never);
  server.log.splice(2, 1);
  server.log[2] = { ...server.log[2], seq: 3 } as never;
  server.tell({ type: "weather", room: "general", is: ["fine"] });
  server.tell({ type: "signal", room: "general", kind: "mood", user: "u_other" });
  server.tell({ type: "inbox", changed: [], gone: [] });
  server.tell({ ...server.events(1, 2, 3), newer: true });
  await until(room.messages, ({ length }) => length === 2);
  server.add("c");
  server.tellEvents(4);
  await until(room.messages, ({ length }) => length === 3);
  expect([seqs(), texts(room.messages.get())]).toEqual([
    [1, 3, 4],
    ["a", "b", "c"],
  ]);
  expect(chat.connection.get().status).toBe("live");
});

test("[SDK1] what comes twice is told once", async () => {
  const server = world.fake();
  const { room, seqs } = await openLive(server);
  for (const text of ["a", "b", "c"]) server.add(text);
  server.tellEvents(1, 2);
  server.tellEvents(1, 2);
  server.tellEvents(2, 3);
  server.tellEvents(1);
  server.add("d");
  server.tellEvents(4);
  await until(room.messages, ({ length }) => length === 4);
  expect(seqs()).toEqual([1, 2, 3, 4]);
  // It is no reason to begin anew.
  expect(server.commands.filter(({ type }) => type === "open-room")).toHaveLength(1);
});

test("[SDK1] over a hole nothing is told: the room is resumed from the last sure place", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  for (const text of ["a", "b", "c", "d"]) server.add(text);
  server.tellEvents(1);
  await again(opened, () => server.tellEvents(3));
  expect(opened.seqs()).toEqual([1, 2, 3, 4]);
  server.add("e");
  server.add("f");
  server.add("g");
  await again(opened, () => server.tellEvents(5, 7));
  expect(opened.seqs()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("[SDK2] an ack long before its event holds the message in its place, and the event changes nothing", async () => {
  const server = world.fake();
  const { room, seqs } = await openLive(server);
  server.onCommand = (command, socket) => {
    if (command["type"] !== "post-message") return false;
    server.add("from another");
    server.reply(socket, command, { message: server.take(command) });
    return true;
  };
  const posting = room.post("mine");
  expect(posting.ok && (await posting.value.sent)).toMatchObject({ ok: true, value: { seq: 2 } });
  const key = posting.ok && posting.value.key;
  expect(room.messages.get()).toMatchObject([{ key, state: "sent", seq: 2 }]);
  const second = room.post("mine too");
  if (second.ok) await second.value.sent;
  expect(room.messages.get().map(({ seq }) => seq)).toEqual([2, 4]);
  server.tellEvents(1);
  await until(room.messages, ({ length }) => length === 3);
  expect(room.messages.get().map(({ seq }) => seq)).toEqual([1, 2, 4]);
  server.tellEvents(2, 3, 4);
  await until(room.messages, ({ length }) => length === 4);
  expect(room.messages.get().map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(seqs()).toEqual([1, 2, 3, 4]);
});

test("[SDK2] an event before its ack, and an ack that never comes, end as one sent message", async () => {
  const server = world.fake();
  const { room, seqs } = await openLive(server);
  server.onCommand = (command) => {
    if (command["type"] !== "post-message") return false;
    server.tellEvents(server.take(command).seq);
    return true;
  };
  const posting = room.post("mine");
  expect(posting.ok && (await posting.value.sent)).toMatchObject({ ok: true, value: { seq: 1 } });
  expect(room.messages.get()).toMatchObject([{ state: "sent", seq: 1 }]);
  expect(seqs()).toEqual([1]);
});

test("[SDK2] an ack that never comes, on a link that lives, leaves it on its way until the log tells", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  const posts: unknown[] = [];
  server.onCommand = (command) => {
    if (command["type"] !== "post-message") return false;
    posts.push(command["clientId"]);
    if (posts.length === 1) server.take(command);
    return true;
  };
  const posting = opened.room.post("mine");
  await eventually(() => posts.length === 1);
  await again(opened, () => server.tell("{"));
  expect(posting.ok && (await posting.value.sent)).toMatchObject({ ok: true, value: { seq: 1 } });
  expect([opened.seqs(), server.log.length]).toEqual([[1], 1]);
});

test.each([
  ["no JSON", "{"],
  ["null", "null"],
  ["events without events", { type: "events", room: "general", cursor: "e1.1.m_1" }],
  ["events of nothing", { type: "events", room: "general", events: [null], cursor: "e1.1.m_1" }],
  ["a gap to nowhere", { type: "gap", room: "general", reason: "too_far" }],
])("[AVL2] %s ends the link, throws nothing, and nothing is missed", async (_, frame) => {
  const server = world.fake();
  const opened = await openLive(server);
  server.add("a");
  await again(opened, () => server.tell(frame));
  expect(opened.seqs()).toEqual([1]);
});

test("[AVL2] an answer to open-room that cannot be read ends the link, throws nothing, and nothing is missed", async () => {
  const server = world.fake();
  let odd = 0;
  server.onCommand = (command, socket) => {
    if (command["type"] !== "open-room" || odd++ > 0) return false;
    // A text is asked of it, and it has none.
    server.reply(socket, command, { room: server.room(), cursor: { toString: 1, valueOf: 1 } });
    return true;
  };
  const { room, seqs } = open(server);
  await until(room.state, isLive);
  expect(odd).toBe(2);
  server.add("a");
  server.tellEvents(1);
  await until(room.messages, ({ length }) => length === 1);
  expect(seqs()).toEqual([1]);
});

test.each([4400, 1009])(
  "[SDK6] a server that closes with %d is of another version: refused, and nothing typed is lost",
  async (code) => {
    const server = world.fake();
    const { chat, room } = await openLive(server);
    server.onCommand = (command, socket) => {
      if (command["type"] !== "post-message") return false;
      socket.close(code);
      return true;
    };
    const posting = room.post("kept");
    expect(posting.ok && (await posting.value.sent)).toMatchObject({ error: { code: "outdated" } });
    expect(chat.connection.get()).toMatchObject({
      status: "refused",
      problem: { code: "outdated" },
    });
    expect(room.messages.get()).toMatchObject([{ text: "kept", state: "failed" }]);
    server.onCommand = () => false;
    chat.reconnect();
    await until(room.messages, ([first]) => first?.state === "sent");
    expect(texts(room.messages.get())).toEqual(["kept"]);
  },
);

test("[SLO2] closed for slowness, it comes back and resumes", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  server.add("a");
  await again(opened, () => {
    for (const socket of server.sockets) socket.close(4008, "slow");
  });
  expect(opened.seqs()).toEqual([1]);
});

test("[SDK7] a server that says goodbye is left for as long as it asks", async () => {
  const server = world.fake();
  const { chat } = await openLive(server);
  server.tell({ type: "bye", code: 1012, retry: 7_000 });
  for (const socket of server.sockets) socket.close(1012);
  const state = await until(chat.connection, ({ status }) => status === "offline");
  expect(state).toMatchObject({ problem: { code: "no_connection" }, retryIn: 7_000 });
  await until(chat.connection, isLive);
});

test("[SDK7] a server that asks for a year is asked again within a minute", async () => {
  const server = world.fake();
  const { chat } = await openLive(server);
  server.tell({ type: "bye", code: 1012, retry: 31_536_000_000 });
  for (const socket of server.sockets) socket.close(1012);
  expect(await until(chat.connection, ({ status }) => status === "offline")).toMatchObject({
    retryIn: 60_000,
  });
});

test("[SDK7] a server that ends each link at once is tried at ever longer intervals", async () => {
  const server = world.fake();
  server.onCommand = (command, socket) => {
    if (command["type"] !== "hello") return false;
    socket.send(JSON.stringify({ type: "welcome", user: server.user, limits: {} }));
    socket.close(1011);
    return true;
  };
  const { chat } = open(server);
  const waits: number[] = [];
  const undo = chat.connection.subscribe(() => {
    const state = chat.connection.get();
    if (state.status === "offline") waits.push(state.retryIn);
  });
  await eventually(() => waits.length >= 4);
  undo();
  expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
});

test.each([
  ["somebody else's JSON", () => Response.json({ hello: "guest" })],
  ["a login page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  [
    "a server's fault",
    () => Response.json({ code: "internal_error", detail: "x" }, { status: 500 }),
  ],
])(
  "[SDK7] %s in the server's place is offline, and it goes on once the server answers",
  async (_, answer) => {
    const server = world.fake();
    server.onCall = (_request, { pathname }) => (pathname === "/v1/me" ? answer() : null);
    const { chat, room } = open(server);
    await until(chat.connection, ({ status }) => status === "offline");
    server.onCall = () => null;
    await until(room.state, isLive);
  },
);

test.each(["messages", "open-room"])(
  "[AVL3] a store that is away when %s is asked for keeps the room catching up, with the reason, until it is back",
  async (where) => {
    const server = world.fake();
    const away = { code: "store_unavailable", detail: "Away.", retryAfter: 1 };
    server.onCall = (_, { pathname }) =>
      where === "messages" && pathname.endsWith("/messages")
        ? Response.json(away, { status: 503 })
        : null;
    server.onCommand = (command, socket) => {
      if (where !== "open-room" || command["type"] !== where) return false;
      server.refuse(socket, command, away);
      return true;
    };
    const { room } = open(server);
    await until(room.state, ({ problem }) => problem !== null);
    expect(room.state.get()).toMatchObject({ status: "catching up", problem: { detail: "Away." } });
    server.onCall = () => null;
    server.onCommand = () => false;
    await until(room.state, isLive);
    expect(room.state.get().problem).toBeNull();
  },
);

/** Answers each `open-room` that is behind with a gap to the head instead of events. */
function gapInstead(server: FakeServer): void {
  server.onCommand = (command, socket) => {
    if (command["type"] !== "open-room" || command["after"] === server.cursor()) return false;
    server.reply(socket, command, { room: server.room(), cursor: server.cursor() });
    const gap = { after: command["after"], next: server.cursor(), reason: "too_far" };
    server.tell({ type: "gap", room: "general", ...gap });
    return true;
  };
}

test("[RES7] what comes live while a gap is paged waits its turn, also over two gaps at once", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  for (let index = 1; index <= 450; index++) server.add(`${index}`);
  gapInstead(server);
  let pages = 0;
  server.onCall = (_, { pathname, searchParams }) => {
    if (!pathname.endsWith("/events")) return null;
    pages++;
    // Asked for the last page, the server tells what has just happened, and gives that page after it.
    const page = Response.json(server.eventPage(searchParams.get("after")));
    if (pages === 2) {
      const gap = { after: server.cursor(0), next: server.cursor(), reason: "too_far" };
      server.tell({ type: "gap", room: "general", ...gap });
    }
    server.add("live");
    server.tellEvents(server.log.length);
    return page;
  };
  await again(opened, () => server.tell("{"));
  await eventually(() => opened.seqs().length === server.log.length);
  expect(opened.seqs()).toEqual(server.log.map(({ seq }) => seq));
});

test("[RES7] what came while the last page of a gap was on its way is told after it", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  for (const text of ["a", "b"]) server.add(text);
  gapInstead(server);
  server.onCall = async (_, { pathname, searchParams }) => {
    if (!pathname.endsWith("/events")) return null;
    const page = Response.json(server.eventPage(searchParams.get("after")));
    server.add("live");
    server.tellEvents(3);
    server.tell({ type: "signal", room: "general", kind: "typing", user: server.user });
    await until(opened.room.typing, ({ length }) => length > 0);
    return page;
  };
  await again(opened, () => server.tell("{"));
  await eventually(() => opened.seqs().length === 3);
  expect(opened.seqs()).toEqual([1, 2, 3]);
});

test("[RES7] a page of the gap that fails in passing is asked for again, without a hole or a repeat", async () => {
  const server = world.fake();
  const opened = await openLive(server);
  for (let index = 1; index <= 450; index++) server.add(`${index}`);
  gapInstead(server);
  let pages = 0;
  server.onCall = (_, { pathname }) =>
    pathname.endsWith("/events") && ++pages === 2
      ? Response.json({ code: "store_unavailable", detail: "Away." }, { status: 503 })
      : null;
  await again(opened, () => server.tell("{"));
  expect(opened.seqs()).toEqual(server.log.map(({ seq }) => seq));
});

test("[RES6] [RES8] a log that turns out to be another while its gap is paged is read afresh, once", async () => {
  const server = world.fake();
  server.add("old");
  const opened = await openLive(server);
  const { room } = opened;
  let resets = 0;
  world.after(room.onReset(() => resets++));
  for (let index = 2; index <= 450; index++) server.add(`${index}`);
  gapInstead(server);
  server.onCall = (_, { pathname }) => {
    if (!pathname.endsWith("/events")) return null;
    server.onCommand = () => false;
    server.onCall = () => null;
    server.epoch = "e2";
    server.log.splice(3);
    const gap = { after: "e1.1.m_1", next: "e2.0.-", reason: "new_log" };
    return Response.json({ ...server.eventPage("e2.0.-"), gap });
  };
  await again(opened, () => server.tell("{"));
  expect(resets).toBe(1);
  expect(texts(room.messages.get())).toEqual(["old", "2", "3"]);
  server.add("new");
  server.tellEvents(4);
  await until(room.messages, ({ length }) => length === 4);
  expect(opened.seqs()).toEqual([4]);
});

test("[WS1] [SDK7] a token of one's own is announced: where there is a cookie, it comes along by itself", async () => {
  const server = world.fake();
  const asked: string[] = [];
  server.onCall = (_, { pathname, search }) => {
    if (pathname === "/v1/socket") asked.push(search);
    return null;
  };
  const { room } = open(server);
  await until(room.state, isLive);
  expect(asked).toEqual(["?hello"]);
});

test("[SSE4] [SDK1] on a stream, what follows a gap in the same piece is not taken for the new list's", async () => {
  const server = world.fake();
  let streams = 0;
  let finish = () => {};
  server.onCall = (request, { pathname, searchParams }) => {
    if (pathname === "/v1/socket") return new Response(null, { status: 403 });
    if (request.headers.get("accept") !== "text/event-stream" || !pathname.endsWith("/events"))
      return null;
    const body = new ReadableStream<string>({
      start(controller) {
        finish = () => controller.close();
        const put = (event: Event | undefined) =>
          `id: ${server.cursor(event?.seq)}\ndata: ${JSON.stringify(event)}\n\n`;
        const gap = { after: searchParams.get("after"), next: "e2.0.-", reason: "new_log" };
        const [first, second] = server.log;
        controller.enqueue(
          streams++ === 0
            ? `event: gap\ndata: ${JSON.stringify(gap)}\n\n${put(first)}${put(second)}`
            : ": hello\n\n",
        );
      },
    });
    return new Response(body as never, { headers: { "content-type": "text/event-stream" } });
  };
  world.after(() => finish());
  for (const text of ["a", "b", "c"]) server.add(text);
  const { room, seqs } = open(server);
  await eventually(() => streams === 2);
  await until(room.state, isLive);
  expect([seqs(), texts(room.messages.get())]).toEqual([[], ["a", "b", "c"]]);
});

test("[SSE3] a room's stream that never begins is given up", async () => {
  const server = world.fake();
  let streams = 0;
  server.onCall = (request, { pathname }) => {
    if (pathname === "/v1/socket") return new Response(null, { status: 403 });
    if (request.headers.get("accept") !== "text/event-stream") return null;
    if (pathname === "/v1/me/events") return endless(said({ type: "inbox", rooms: [] }));
    streams++;
    return new Promise<Response>(() => {});
  };
  open(server);
  await eventually(() => streams === 2);
});

test("[SDK1] somebody who is not to be found is looked for once, and somebody who is has a name", async () => {
  const server = world.fake();
  const { room } = await openLive(server);
  server.onCall = (_, { pathname }) =>
    pathname === "/v1/users/u_found"
      ? Response.json({ user: { id: "u_found", name: "Found", guest: true } })
      : null;
  for (let index = 1; index <= 6; index++) {
    server.add(`${index}`, { by: index % 2 ? "u_found" : "u_gone" });
    server.tellEvents(index);
    await until(room.messages, (list) => list.length === index);
  }
  await until(room.messages, (list) => list[4]?.author?.name === "Found");
  expect(room.messages.get().map(({ author }) => author?.name)).toEqual([
    "Found",
    undefined,
    "Found",
    undefined,
    "Found",
    undefined,
  ]);
  await eventually(() => server.calls.includes("GET /v1/users/u_gone"));
  expect(server.calls.filter((call) => call.startsWith("GET /v1/users/"))).toHaveLength(2);
});

test("[AVL4] a record that the server cannot read stands in the list and is told", async () => {
  const server = world.fake();
  const { room } = await openLive(server);
  const unreadable: number[] = [];
  world.after(room.on("event.unreadable", ({ seq }) => unreadable.push(seq)));
  server.add("a");
  server.log.push({ type: "event.unreadable", seq: 2, id: "m_2" } as never);
  server.tellEvents(1, 2);
  await until(room.messages, ({ length }) => length === 2);
  expect([texts(room.messages.get()), unreadable]).toEqual([["a", "?"], [2]]);
});

test("[SDK1] an app's listener that throws keeps no event from another, and no event after it", async () => {
  const server = world.fake();
  const { room, seqs } = await openLive(server);
  const { queueMicrotask } = globalThis;
  const later: (() => void)[] = [];
  world.after(() => (globalThis.queueMicrotask = queueMicrotask));
  globalThis.queueMicrotask = (act) => void later.push(act);
  const second: number[] = [];
  const broken = () => {
    throw new Error("the app's own");
  };
  world.after(room.on("message.posted", broken));
  world.after(room.state.subscribe(broken));
  world.after(room.on("message.posted", ({ seq }) => second.push(seq)));
  for (const text of ["a", "b"]) server.add(text);
  server.tellEvents(1);
  server.tellEvents(2);
  await eventually(() => second.length === 2);
  const posting = room.post("c");
  expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  await eventually(() => second.length === 3);
  expect([seqs(), second]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(later.length).toBeGreaterThan(3);
});

test("[SDK2] a clock that is off by a day, before or after, orders nothing and sends once", async () => {
  const server = world.fake();
  const { room, clock } = await openLive(server);
  for (const [index, skew] of [0, 86_400_000, -86_400_000, 0].entries()) {
    clock.skew = skew;
    const posting = room.post(`${index}`);
    expect(posting.ok && (await posting.value.sent).ok).toBe(true);
  }
  await until(room.messages, (list) => list.every(({ state }) => state === "sent"));
  expect(texts(room.messages.get())).toEqual(["0", "1", "2", "3"]);
});

test("[SDK3] what was written 21 h ago is looked for in the log before it is sent, page by page", async () => {
  const server = world.fake();
  for (let index = 1; index <= 250; index++) server.add(`${index}`);
  const { room, clock } = await openLive(server);
  const clientIds: unknown[] = [];
  let unanswered = 0;
  server.onCommand = (command, socket) => {
    if (command["type"] !== "post-message") return false;
    clientIds.push(command["clientId"]);
    unanswered++;
    for (let index = 1; index <= 450; index++) server.add(`between ${index}`);
    server.take(command);
    // Nobody is told: the answer and the event are lost with the link.
    server.onCommand = (next) => next["type"] === "open-room";
    socket.close(1011);
    return true;
  };
  const posting = room.post("once");
  await eventually(() => unanswered === 1);
  clock.skew = 21 * 3_600_000;
  const calls = server.calls.length;
  server.onCommand = (command, socket) => {
    if (command["type"] !== "open-room") return false;
    // And nothing of it is told by the log.
    server.reply(socket, command, { room: server.room(), cursor: command["after"] });
    return true;
  };
  expect(posting.ok && (await posting.value.sent)).toMatchObject({ ok: true, value: { seq: 701 } });
  expect(clientIds).toHaveLength(1);
  const pages = server.calls.slice(calls).filter((call) => call.endsWith("/events"));
  expect(pages.length).toBe(3);
});

const away = () =>
  Response.json(
    { code: "store_unavailable", detail: "Away.", retryAfter: 1 },
    { status: 503, headers: { "retry-after": "1" } },
  );

test.each([
  ["the store is away", away],
  ["nobody answers", () => new Response("<html>", { status: 502 })],
])("[AVL3] a directory that is asked for while %s is asked for again", async (_, fault) => {
  const server = world.fake();
  let asked = 0;
  server.onCall = (_request, { pathname }) => {
    if (pathname !== "/v1/rooms") return null;
    return ++asked < 3 ? fault() : Response.json({ rooms: [server.room()] });
  };
  const { chat, clock } = open(server);
  const undo = chat.directory.subscribe(() => {});
  await until(chat.directory, ({ status }) => status === "loaded");
  expect(chat.directory.get().rooms.map(({ name }) => name)).toEqual(["general"]);
  undo();
  chat.close();
  await eventually(() => clock.pending === 0);
});

test("[WS10] a room that comes or goes while the directory is asked for is not missed", async () => {
  const server = world.fake();
  let answer: (response: Response) => void = () => {};
  server.onCall = (_, { pathname }) =>
    pathname === "/v1/rooms" ? new Promise((resolve) => (answer = resolve)) : null;
  const { chat, room } = await openLive(server);
  world.after(chat.directory.subscribe(() => {}));
  await eventually(() => server.calls.includes("GET /v1/rooms"));
  const old = { ...server.room(), id: "old", name: "old" };
  server.tell({ type: "signal", kind: "room", room: { ...old, id: "new", name: "new" } });
  server.tell({ type: "signal", kind: "room-gone", room: "old" });
  server.add("after the signals");
  server.tellEvents(1);
  await until(room.messages, ({ length }) => length === 1);
  answer(Response.json({ rooms: [server.room(), old] }));
  const { rooms } = await until(chat.directory, ({ status }) => status === "loaded");
  expect(rooms.map(({ name }) => name)).toEqual(["general", "new"]);
});

test.each([
  ["the store is away", away],
  ["nobody answers", () => new Response("<html>", { status: 502 })],
])("[INB3] [SDK4] an inbox that is asked for while %s is asked for again", async (_, fault) => {
  const server = world.fake();
  let asked = 0;
  server.onCall = (_request, { pathname }) => {
    if (pathname === "/v1/socket") return new Response(null, { status: 403 });
    if (pathname === "/v1/me/events")
      return ++asked < 3 ? fault() : endless(said({ type: "inbox", rooms: [] }));
    return null;
  };
  // No faster: who is held up for a moment would be one who has waited too long, and ask again and again instead.
  const clock = new FastClock(10);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  const undo = chat.inbox.subscribe(() => {});
  await until(chat.inbox, ({ rooms, status }) => status === "loaded" && rooms.length === 0);
  expect(asked).toBe(3);
  undo();
  chat.close();
  await eventually(() => clock.pending === 0);
});

/** A stream that says this, and nothing after it. */
const endless = (piece: Uint8Array) =>
  new Response(new ReadableStream({ start: (sink) => sink.enqueue(piece) }), {
    headers: { "content-type": "text/event-stream" },
  });

const said = (data: object) => new TextEncoder().encode(`data: ${JSON.stringify(data)}\n\n`);
