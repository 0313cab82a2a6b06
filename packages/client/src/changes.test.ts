import { afterEach, expect, test } from "bun:test";
import type { SentMessage } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import type { FakeServer } from "./testing/fake-server.ts";
import { eventually, until } from "./testing/until.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

async function openLive(server: FakeServer) {
  const clock = new FastClock(50);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  const at = (seq: number) =>
    room.messages.get().find((message) => message.seq === seq) as SentMessage;
  return { chat, room, clock, at };
}

/** A server with a message of one's own and one of somebody else's. */
function talk(): FakeServer {
  const server = world.fake();
  server.add("mine", { by: server.user.id });
  server.add("theirs");
  return server;
}

const refusal = (code: string, status: number) =>
  Response.json({ code, detail: "No." }, { status });

const changes = {
  edit: { act: (room) => room.edit(1, "better"), shows: { text: "better", saving: true } },
  remove: { act: (room) => room.remove(1), shows: { text: "", deletedAt: expect.any(Number) } },
  react: { act: (room) => room.react(1, "👍"), shows: { reactions: { "👍": ["u_me"] } } },
  pin: { act: (room) => room.pin(1), shows: { pinned: true } },
} satisfies Record<
  string,
  { act: (room: Awaited<ReturnType<typeof openLive>>["room"]) => Promise<unknown>; shows: object }
>;

for (const [name, { act, shows }] of Object.entries(changes)) {
  test(`[SDK8] ${name} shows at once, and stays the same once the log says so`, async () => {
    const server = talk();
    const { room, at } = await openLive(server);
    const [before, other] = room.messages.get();
    const done = act(room);
    expect(at(1)).toMatchObject(shows);
    expect([at(1).key, at(2) as unknown]).toEqual([before?.key, other]);
    expect(await done).toEqual({ ok: true, value: null });
    await until(room.messages, () => !at(1).saving);
    expect(at(1)).toMatchObject({ ...shows, saving: false });
    expect(at(2)).toBe(other as SentMessage);
    expect(server.log).toHaveLength(3);
  });

  test(`[SDK8] ${name} is taken back when the server refuses, and says why`, async () => {
    const server = talk();
    const { room, at } = await openLive(server);
    const [before] = room.messages.get();
    server.onCall = (request) => (request.method === "GET" ? null : refusal("forbidden", 403));
    expect(await act(room)).toMatchObject({ ok: false, error: { code: "forbidden" } });
    expect(at(1)).toBe(before as SentMessage);
  });

  test(`[SDK8] ${name} is asked for until there is an answer, and shows meanwhile`, async () => {
    const server = talk();
    const { room, at, chat } = await openLive(server);
    let lost = 2;
    server.onCall = (request) => {
      if (request.method === "GET" || lost-- <= 0) return null;
      for (const socket of server.sockets) socket.close(4008);
      return new Response("nobody's words", { status: 502 });
    };
    const done = act(room);
    await until(chat.connection, ({ status }) => status !== "live");
    expect(at(1)).toMatchObject(shows);
    expect(await done).toMatchObject({ ok: true });
    await until(room.messages, () => !at(1).saving);
    expect(at(1)).toMatchObject({ ...shows, saving: false });
  });
}

test("[SDK8] an answer that comes before its event, or after it, changes nothing that is seen", async () => {
  for (const order of ["event first", "answer first"]) {
    const server = talk();
    const { room, at } = await openLive(server);
    const seen: unknown[] = [];
    world.after(room.messages.subscribe(() => seen.push(at(1).reactions["👍"]?.length ?? 0)));
    let answer = () => {};
    server.onCall = (request) => {
      if (request.method !== "PUT") return null;
      const seq = server.happen({
        type: "reaction.added",
        target: 1,
        emoji: "👍",
        by: server.user.id,
      });
      if (order === "event first") server.tellEvents(seq);
      return new Promise((resolve) => {
        answer = () => resolve(new Response(null, { status: 204 }));
        if (order === "answer first") answer();
      });
    };
    const done = room.react(1, "👍");
    if (order === "event first") {
      await eventually(() => server.log.length === 3);
      server.add("after it");
      server.tellEvents(4);
      await until(room.messages, ({ length }) => length === 3);
      expect(at(1).saving).toBe(true);
      answer();
    }
    await done;
    if (order === "answer first") {
      expect(at(1).saving).toBe(true);
      server.tellEvents(3);
    }
    await until(room.messages, () => !at(1).saving);
    expect(new Set(seen)).toEqual(new Set([1]));
  }
});

test("[SDK8] changes of one message go out in their order, and what was so already needs no event", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  const calls: string[] = [];
  server.onCall = (request, url) => {
    if (request.method !== "GET") calls.push(`${request.method} ${url.pathname.slice(17)}`);
    return null;
  };
  const all = [
    room.react(2, "👍"),
    room.react(2, "👍", false),
    room.edit(1, "a"),
    room.edit(1, "b"),
  ];
  expect([at(2).reactions, at(1).text]).toEqual([{}, "b"]);
  for (const outcome of await Promise.all(all)) expect(outcome.ok).toBe(true);
  await until(room.messages, () => !at(1).saving && !at(2).saving);
  expect([at(2).reactions, at(1).text]).toEqual([{}, "b"]);
  expect(calls).toEqual([
    "PUT /messages/2/reactions/%F0%9F%91%8D",
    "DELETE /messages/2/reactions/%F0%9F%91%8D",
    "PATCH /messages/1",
    "PATCH /messages/1",
  ]);
  // The server says that it is so, and has nothing to add.
  server.onCall = (request) =>
    request.method === "DELETE" ? new Response(null, { status: 204 }) : null;
  expect(await room.react(2, "👍", false)).toMatchObject({ ok: true });
  expect(at(2).saving).toBe(false);
});

test("[SDK8] the same once more, answered before the one event came, is over with that event", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  server.onCall = (request) => {
    if (request.method !== "DELETE") return null;
    if (server.log.length === 2)
      server.happen({ type: "message.deleted", target: 1, by: server.user.id });
    return new Response(null, { status: 204 });
  };
  for (const outcome of await Promise.all([room.remove(1), room.remove(1)]))
    expect(outcome.ok).toBe(true);
  expect(at(1).saving).toBe(true);
  server.tellEvents(3);
  await until(room.messages, () => !at(1).saving);
  expect(at(1).deletedAt).toBe((server.log[2] as { at: number }).at);
});

test("[SDK8] on and off, both answered before their events, is off at every moment", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  const by = server.user.id;
  server.onCall = ({ method }) => {
    if (method === "GET") return null;
    const type = method === "PUT" ? "reaction.added" : "reaction.removed";
    server.happen({ type, target: 1, emoji: "👍", by });
    return new Response(null, { status: 204 });
  };
  const both = [room.react(1, "👍"), room.react(1, "👍", false)];
  const seen = new Set<string>();
  world.after(room.messages.subscribe(() => seen.add(JSON.stringify(at(1).reactions))));
  for (const outcome of await Promise.all(both)) expect(outcome.ok).toBe(true);
  expect(at(1)).toMatchObject({ saving: true, reactions: {} });
  server.tellEvents(3);
  server.tellEvents(4);
  await until(room.messages, () => !at(1).saving);
  expect([...seen]).toEqual(["{}"]);
});

test("[SDK8] what somebody else has just done is no news of one's own, and is over with theirs", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  server.onCall = ({ method }) => (method === "GET" ? null : new Response(null, { status: 204 }));
  const pinned = server.happen({ type: "message.pinned", target: 1 });
  const deleted = server.happen({ type: "message.deleted", target: 2 });
  await Promise.all([room.pin(1), room.remove(2)]);
  expect([at(1).saving, at(2).saving]).toEqual([true, true]);
  server.tellEvents(pinned, deleted, server.happen({ type: "message.unpinned", target: 1 }));
  await until(room.messages, () => !at(1).saving && !at(2).saving);
  expect([at(1).pinned, at(2).deletedAt === null]).toEqual([false, false]);
});

test("[SDK8] another's same reaction is not one's own", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  server.onCall = ({ method }) => (method === "GET" ? null : new Response(null, { status: 204 }));
  const theirs = server.happen({ type: "reaction.added", target: 1, emoji: "👍" });
  const done = room.react(1, "👍");
  server.tellEvents(theirs);
  await until(room.messages, () => at(1).reactions["👍"]?.includes("u_other" as never) ?? false);
  await done;
  expect(at(1)).toMatchObject({ reactions: { "👍": ["u_other", "u_me"] }, saving: true });
});

test("[SDK8] what one asked for is not done under another's name", async () => {
  const server = talk();
  const { room } = await openLive(server);
  server.onCall = ({ method }) => (method === "GET" ? null : new Response(null, { status: 502 }));
  const done = room.pin(1);
  server.user = { ...server.user, id: "u_else" as never };
  for (const socket of server.sockets) socket.close(4008);
  expect(await done).toMatchObject({ ok: false, error: { code: "other_sender" } });
});

test("[SDK8] what is asked for while one is refused is refused at once, and never done as the next", async () => {
  const server = talk();
  const { room, at, chat } = await openLive(server);
  const [before] = room.messages.get();
  server.onCall = () => refusal("unauthorized", 401);
  for (const socket of server.sockets) socket.close(4401);
  await until(chat.connection, ({ status }) => status === "refused");
  expect(await room.pin(1)).toMatchObject({ ok: false, error: { code: "unauthorized" } });
  expect(at(1)).toBe(before as SentMessage);
});

test("[SDK8] too much too fast is waited out, however often", async () => {
  const server = talk();
  const { room } = await openLive(server);
  let asked = 0;
  server.onCall = ({ method }) =>
    method === "GET" || asked++ === 5
      ? null
      : Response.json({ code: "rate_limited", detail: "Wait.", retryAfter: 1 }, { status: 429 });
  expect(await room.pin(1)).toMatchObject({ ok: true });
});

test("[SDK8] a store that stays away is told after some tries, and a text that no server takes at once", async () => {
  const server = talk();
  const { room, at } = await openLive(server);
  let asked = 0;
  server.onCall = (request) => {
    if (request.method === "GET") return null;
    asked++;
    return refusal("store_unavailable", 503);
  };
  expect(await room.edit(1, "  ")).toMatchObject({ ok: false, error: { code: "invalid_request" } });
  expect(asked).toBe(0);
  const edited = room.edit(1, "better");
  expect(at(1).text).toBe("better");
  expect(await edited).toMatchObject({ ok: false, error: { code: "store_unavailable" } });
  expect([at(1).text, asked]).toEqual(["mine", 3]);
});

test("[SDK8] [SDK5] what is asked for keeps the connection, and the end of the chat ends it", async () => {
  const server = talk();
  const clock = new FastClock(50);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  expect(await chat.room("general").react(2, "👍")).toMatchObject({ ok: true });
  await eventually(() => server.sockets.size === 0 && clock.pending === 0);
  server.onCall = (request) =>
    request.method === "GET" ? null : refusal("store_unavailable", 503);
  const never = chat.room("general").pin(2);
  await eventually(() => server.calls.some((call) => call.startsWith("PUT")));
  chat.close();
  expect(await never).toMatchObject({ ok: false });
  await eventually(() => server.sockets.size === 0 && clock.pending === 0);
});
