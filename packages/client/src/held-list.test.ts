import { afterEach, expect, test } from "bun:test";
import type { ChatMessage, FoundMessage, MessageList, SentMessage } from "./api.ts";
import type { Readable } from "./store.ts";
import { FastClock } from "./testing/clocks.ts";
import type { FakeServer } from "./testing/fake-server.ts";
import { eventually, until } from "./testing/until.ts";
import { texts, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const isLive = ({ status }: { status: string }) => status === "live";

async function openLive(server: FakeServer) {
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock(50));
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, isLive);
  return { chat, room };
}

/** `count` messages of somebody else's, called by their numbers. */
function talk(count: number): FakeServer {
  const server = world.fake();
  while (server.log.length < count) server.add(String(server.log.length + 1));
  return server;
}

/** Puts a message into the log and tells of it. */
function say(
  server: FakeServer,
  text: string,
  more: Parameters<FakeServer["add"]>[1] = {},
): number {
  const { seq } = server.add(text, more);
  server.tellEvents(seq);
  return seq;
}

const ends = ({ messages }: MessageList) => [
  messages.get()[0]?.text,
  messages.get().at(-1)?.text,
  messages.get().length,
];

/** What pages show, as a list shows it. */
const asServed = (server: FakeServer, thread: number | null) =>
  server.messages().filter((message) => message.thread === thread);
const bare = (messages: readonly ChatMessage[]) =>
  messages.map((message) => {
    const { key: _, state: _s, author: _a, mine: _m, saving: _g, ...rest } = message as SentMessage;
    return rest;
  });

test("[SDK9] a list moves to a place, and pages down from there until it joins its end and follows it", async () => {
  const server = talk(200);
  const { room } = await openLive(server);
  expect(ends(room)).toEqual(["151", "200", 50]);
  const before = room.messages.get()[10];
  expect(await room.loadAround(161)).toMatchObject({ ok: true });
  expect(room.messages.get()[10]).toBe(before as ChatMessage);

  expect(await room.loadAround(60)).toMatchObject({ ok: true });
  expect(ends(room)).toEqual(["35", "84", 50]);
  expect(room.state.get()).toMatchObject({ older: "some", newer: "some" });
  say(server, "201");
  await room.loadNewer();
  expect([ends(room), room.state.get().newer]).toEqual([["35", "134", 100], "some"]);
  await room.loadNewer();
  await room.loadNewer();
  expect([ends(room), room.state.get().newer]).toEqual([["35", "201", 167], "none"]);
  say(server, "202");
  await until(room.messages, ({ length }) => length === 168);
  await room.loadOlder();
  expect([ends(room), room.state.get().older]).toEqual([["1", "202", 202], "none"]);
  expect(bare(room.messages.get())).toEqual(asServed(server, null));
});

test("[SDK9] the end is had back at once, and posting goes there; what was sent never leaves the list", async () => {
  const server = talk(120);
  const { room } = await openLive(server);
  await room.loadAround(20);
  expect(room.state.get().newer).toBe("some");
  expect(await room.loadLatest()).toMatchObject({ ok: true });
  expect([ends(room), room.state.get().newer]).toEqual([["71", "120", 50], "none"]);

  await room.loadAround(20);
  let lost = 0;
  world.after(
    room.messages.subscribe(() => {
      if (room.messages.get().filter(({ text }) => text === "own").length !== 1) lost++;
    }),
  );
  const posted = room.post("own");
  if (posted.ok) await posted.value.sent;
  await until(room.state, ({ newer }) => newer === "none");
  expect([ends(room)[1], lost]).toEqual(["own", 0]);
});

test("[SDK2] [SDK9] at its end and in a thread, whatever one writes is there once at every moment", async () => {
  const server = talk(3);
  const { room } = await openLive(server);
  const thread = room.thread(2);
  world.after(thread.state.subscribe(() => {}));
  await until(thread.state, isLive);
  for (const list of [room, thread]) {
    for (const order of ["event first", "answer first"]) {
      server.onCommand = (command, socket) => {
        if (command["type"] !== "post-message") return false;
        const posted = server.take(command);
        const tell = () => server.tellEvents(posted.seq);
        const answer = () => server.reply(socket, command, { message: posted });
        for (const act of order === "event first" ? [tell, answer] : [answer, tell]) act();
        return true;
      };
      const counts = new Set<number>();
      const count = () => list.messages.get().filter(({ text }) => text === order).length;
      const undo = list.messages.subscribe(() => counts.add(count()));
      const posting = list.post(order);
      if (posting.ok) await posting.value.sent;
      await until(list.messages, (all) => all.every(({ state }) => state === "sent"));
      say(server, "after");
      await until(room.messages, (all) => all.at(-1)?.text === "after");
      undo();
      expect([...counts]).toEqual([1]);
    }
  }
});

test("[SDK9] a move to where the list is already, or a post, overtakes one that was asked for before", async () => {
  const server = talk(120);
  const { room } = await openLive(server);
  for (const stay of [
    () => room.loadLatest(),
    () => room.loadAround(100),
    () => Promise.resolve(room.post("x")),
  ]) {
    const away = room.loadAround(20);
    expect((await stay()).ok).toBe(true);
    expect(await away).toMatchObject({ ok: false, error: { code: "given_up" } });
    expect(room.state.get().newer).toBe("none");
  }
  // Also before the list was begun.
  const early = world.chat({ url: server.url, token: "t" }, new FastClock(50)).room("general");
  const away = early.loadAround(20);
  early.post("y");
  world.after(early.state.subscribe(() => {}));
  expect(await away).toMatchObject({ ok: false, error: { code: "given_up" } });
  await until(early.state, isLive);
  expect(early.state.get().newer).toBe("none");
});

test("[SDK9] what no connection will bring is refused: without a session, when the chat is closed, and after it", async () => {
  const server = await world.server();
  const refused = world.chat({ url: server.url, token: "bad" });
  const room = refused.room("general");
  const deeds = (one: typeof room) => [
    one.loadLatest(),
    one.thread(5).loadAround(5),
    one.react(5, "👍"),
  ];
  const codes = async (answers: ReturnType<typeof deeds>) =>
    (await Promise.all(answers)).map((answer) => (answer.ok ? "ok" : answer.error.code));
  expect(await codes(deeds(room))).toEqual(Array(3).fill("unauthorized"));

  const { token } = await server.guest("Ada");
  const proxy = await world.proxy(server.url);
  proxy.down();
  const clock = new FastClock();
  const closed = world.chat({ url: proxy.url, token }, clock);
  const waiting = codes(deeds(closed.room("general")));
  await until(closed.connection, ({ status }) => status === "offline");
  closed.close();
  expect(await waiting).toEqual(Array(3).fill("given_up"));
  expect(await codes(deeds(closed.room("general")))).toEqual(Array(3).fill("given_up"));
  expect(await codes(deeds(closed.room("another")))).toEqual(Array(3).fill("given_up"));
  const late = closed.room("general").post("too late");
  expect(late.ok && (await late.value.sent)).toMatchObject({ error: { code: "given_up" } });
  await eventually(() => clock.pending === 0);
});

test("[SDK9] [SDK1] a page that stands in the midst of events that are told together is shown with those after it", async () => {
  const server = talk(0);
  const { room } = await openLive(server);
  // Its own message is on its way still when its event comes: the outbox hears of it while the lists do.
  server.onCommand = (command) =>
    command["type"] === "post-message" && Boolean(server.take(command));
  room.post("mine");
  await eventually(() => server.log.length === 1);
  let asked = false;
  server.onCall = (_, { searchParams }) => ((asked ||= searchParams.has("around")), null);
  const moved = room.loadAround(1);
  await eventually(() => asked);
  // Nothing shows that the answer is there and waits.
  await new Promise((resolve) => setTimeout(resolve, 20));
  server.happen({ type: "message.pinned", target: 1 });
  server.add("theirs");
  server.tellEvents(1, 2, 3);
  expect(await moved).toMatchObject({ ok: true });
  expect(texts(room.messages.get())).toEqual(["mine", "theirs"]);
  expect(room.messages.get()[0]).toMatchObject({ pinned: true });
});

test("[SDK9] a move that fails leaves the list as it is, and one of two that are asked for at once is the last", async () => {
  const server = talk(120);
  const { room } = await openLive(server);
  const before = room.messages.get();
  server.onCall = (_, { searchParams }) =>
    searchParams.has("around") ? new Response("nothing of Snug's", { status: 502 }) : null;
  expect(await room.loadAround(20)).toMatchObject({ ok: false, error: { code: "no_connection" } });
  expect(room.messages.get()).toBe(before);
  server.onCall = () => null;
  const [first, second] = await Promise.all([room.loadAround(20), room.loadAround(60)]);
  expect([first.ok, second.ok]).toEqual([false, true]);
  // The server has nothing to do with it.
  expect(first).toMatchObject({ error: { code: "given_up" } });
  expect(ends(room)).toEqual(["35", "84", 50]);
  server.onCall = (_, { searchParams }) =>
    searchParams.has("after") ? new Response("nothing of Snug's", { status: 502 }) : null;
  await room.loadNewer();
  expect(room.state.get().newer).toBe("failed");
  server.onCall = () => null;
  await room.loadNewer();
  expect([ends(room), room.state.get().newer]).toEqual([["35", "120", 86], "none"]);
});

for (const place of ["ahead of", "behind"]) {
  test(`[SDK9] a page that is ${place} what was told is shown as the log says, and each reply is counted once`, async () => {
    const server = talk(120);
    const { room } = await openLive(server);
    const change = () => {
      server.add("reply", { thread: 30 });
      server.add("reply", { thread: 30 });
      server.happen({ type: "message.edited", target: 31, text: "better" });
      server.happen({ type: "message.deleted", target: 121, thread: 30 });
      server.happen({ type: "reaction.added", target: 32, emoji: "👍" });
      server.happen({ type: "message.deleted", target: 33 });
      server.add("newest");
    };
    const tell = () => server.tellEvents(...server.log.slice(120).map(({ seq }) => seq));
    let told = false;
    world.after(room.on("message.posted", () => (told = true)));
    let asked = false;
    server.onCall = async (_, { searchParams }) => {
      if (asked || !searchParams.has("around")) return null;
      asked = true;
      if (place === "ahead of") change();
      const answer = Response.json(server.page(searchParams));
      if (place === "ahead of") return answer;
      change();
      tell();
      await eventually(() => told);
      return answer;
    };
    const moved = room.loadAround(31);
    if (place === "ahead of") {
      // Nothing shows by which one could wait for the answer's coming, and then nothing is to happen.
      await eventually(() => asked);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(ends(room)[0]).toBe("71");
      tell();
    }
    expect(await moved).toMatchObject({ ok: true });
    const shown = bare(room.messages.get());
    expect(shown).toEqual(asServed(server, null).slice(5, 55));
    expect(shown.find(({ seq }) => seq === 30)).toMatchObject({ replies: { count: 1, seq: 122 } });
  });
}

test("[SDK9] what is said while the last page comes stands behind it", async () => {
  const server = talk(120);
  const { room } = await openLive(server);
  await room.loadAround(60);
  let told = false;
  world.after(room.on("message.posted", () => (told = true)));
  server.onCall = async (_, { searchParams }) => {
    if (told || !searchParams.has("after")) return null;
    const page = Response.json(server.page(searchParams));
    say(server, "121");
    await eventually(() => told);
    return page;
  };
  await room.loadNewer();
  expect([ends(room), room.state.get().newer]).toEqual([["35", "121", 87], "none"]);
});

test("[SDK9] a thread holds its replies, and its room does not; the message that began it counts them", async () => {
  const server = talk(3);
  say(server, "a", { thread: 2 });
  const { room } = await openLive(server);
  expect(texts(room.messages.get())).toEqual(["1", "2", "3"]);
  const thread = room.thread(2);
  expect(room.thread(2)).toBe(thread);
  world.after(thread.state.subscribe(() => {}));
  await until(thread.state, isLive);
  expect(thread.state.get()).toMatchObject({ older: "none", newer: "none" });
  expect(thread.state.get().root).toBe(room.messages.get()[1] as SentMessage);
  say(server, "b", { thread: 2 });
  const posting = thread.post("own", { replyTo: 4 });
  expect(thread.messages.get().at(-1)).toMatchObject({ text: "own", thread: 2, replyTo: 4 });
  expect(room.messages.get()).toHaveLength(3);
  if (posting.ok) expect(await posting.value.sent).toMatchObject({ ok: true });
  await until(thread.messages, ({ length }) => length === 3);
  await until(thread.state, ({ root }) => root?.replies?.count === 3);
  expect(texts(thread.messages.get())).toEqual(["a", "b", "own"]);
  const sent = server.commands.find(({ type }) => type === "post-message");
  expect(sent).toMatchObject({ thread: 2, replyTo: 4 });
  expect(bare(room.messages.get())).toEqual(asServed(server, null));
  expect(bare(thread.messages.get())).toEqual(asServed(server, 2));
});

test("[SDK9] a thread follows its own room over a loss, is read afresh with it, and ends with the last who looks", async () => {
  const server = talk(3);
  for (let reply = 1; reply <= 120; reply++) server.add(`r${reply}`, { thread: 2 });
  const { room, chat } = await openLive(server);
  const thread = room.thread(2);
  const undo = thread.messages.subscribe(() => {});
  await until(thread.messages, ({ length }) => length === 50);
  await thread.loadOlder();
  await thread.loadOlder();
  expect([ends(thread), thread.state.get().older]).toEqual([["r1", "r120", 120], "none"]);
  const lost = until(chat.connection, ({ status }) => status !== "live");
  for (const socket of server.sockets) socket.close(4008);
  server.add("meanwhile", { thread: 2 });
  await lost;
  await until(thread.messages, ({ length }) => length === 121);
  expect(thread.messages.get()[7]?.key).toBe("m_11");

  server.epoch = "e2";
  const last = server.log.length;
  server.tell({
    type: "gap",
    room: "general",
    after: server.cursor(last),
    next: server.cursor(last),
    reason: "rewritten",
  });
  await until(thread.messages, ({ length }) => length === 50);
  undo();
  await eventually(() => thread.messages.get().length === 50);
  say(server, "later", { thread: 2 });
  world.after(thread.state.subscribe(() => {}));
  await until(thread.messages, (all) => all.at(-1)?.text === "later");
});

test("[SDK2] a reply that nobody takes is seen in its room too, where nobody looks at the thread", async () => {
  const server = talk(3);
  const { room } = await openLive(server);
  server.onCommand = (command, socket) => {
    if (command["type"] !== "post-message") return false;
    server.refuse(socket, command, { code: "message_not_found", detail: "It was deleted." });
    return true;
  };
  const posting = room.thread(2).post("lost?");
  await until(room.state, ({ unsent }) => unsent[0]?.state === "failed");
  expect(room.state.get().unsent).toMatchObject([{ text: "lost?", thread: 2 }]);
  expect(texts(room.messages.get())).toEqual(["1", "2", "3"]);
  server.onCommand = () => false;
  if (posting.ok) room.retry(posting.value.key);
  await until(room.state, ({ unsent }) => unsent.length === 0);
  expect(server.messages().at(-1)).toMatchObject({ text: "lost?", thread: 2 });
});

test("[SDK9] a cleared history leaves what came after it", async () => {
  const server = talk(60);
  const { room } = await openLive(server);
  server.tellEvents(server.happen({ type: "room.cleared", upTo: 58 }));
  await until(room.messages, ({ length }) => length === 2);
  expect([texts(room.messages.get()), room.state.get().older]).toEqual([["59", "60"], "none"]);

  const other = talk(120);
  const { room: away } = await openLive(other);
  await away.loadAround(20);
  other.log.splice(
    0,
    118,
    ...other.log.slice(0, 118).map((event) => ({ ...event, type: "gone" }) as never),
  );
  other.tellEvents(other.happen({ type: "room.cleared", upTo: 118 }));
  await until(away.state, ({ newer }) => newer === "none");
  expect(texts(away.messages.get())).toEqual(["119", "120"]);
});

test("[SDK9] a page that was read before the history was cleared brings nothing of it back", async () => {
  const server = talk(120);
  const { room } = await openLive(server);
  let cleared = false;
  world.after(room.on("room.cleared", () => (cleared = true)));
  server.onCall = async (_, { searchParams }) => {
    if (!searchParams.has("before")) return null;
    const answer = Response.json(server.page(searchParams));
    server.tellEvents(server.happen({ type: "room.cleared", upTo: 118 }));
    await eventually(() => cleared);
    return answer;
  };
  await room.loadOlder();
  expect(texts(room.messages.get())).toEqual(["119", "120"]);
});

test("[SDK9] a message is found by its number wherever it is, kept true, asked for once, and known to be missing", async () => {
  const server = talk(120);
  server.add("reply", { thread: 3 });
  const { room } = await openLive(server);
  const find = (seq: number) => {
    const found = room.find(seq);
    expect(room.find(seq)).toBe(found);
    world.after(found.subscribe(() => {}));
    world.after(found.subscribe(() => {}));
    return found;
  };
  const held = find(100);
  expect(held.get().message).toBe(room.messages.get()[29] as SentMessage);
  const far = await settled(find(3));
  const reply = await settled(find(121));
  const none = await settled(find(999));
  expect([far.get(), reply.get(), none.get()]).toMatchObject([
    { status: "found", message: { text: "3", replies: { count: 1 } } },
    { status: "found", message: { text: "reply" } },
    { status: "missing", message: null },
  ]);
  say(server, "another", { thread: 3 });
  server.tellEvents(server.happen({ type: "message.edited", target: 3, text: "better" }));
  await until(far, ({ message }) => message?.text === "better");
  expect(far.get().message?.replies?.count).toBe(2);
  const edited = room.edit(121, "own eyes");
  expect(reply.get()).toMatchObject({ message: { text: "own eyes", saving: true } });
  await edited;
  const asked = server.calls.filter((call) => /messages\/\d/.test(call) && call.startsWith("GET"));
  expect(asked).toEqual([
    "GET /v1/rooms/general/messages/121",
    "GET /v1/rooms/general/messages/999",
  ]);
});

async function settled(found: Readable<FoundMessage>) {
  await until(found, ({ status }) => status !== "loading");
  return found;
}
