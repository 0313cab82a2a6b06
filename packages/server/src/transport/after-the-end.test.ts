import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { openEmbedded } from "../engine/embedded/engine.ts";
import { testServers } from "../http/testing.ts";
import {
  cheapPasswords,
  openStream,
  PASSWORD,
  type Frame,
  type TestGuest,
  type TestServer,
} from "../testing.ts";

const { start } = testServers();

// What ended is over within a second, on sockets and streams alike, and what
// did not end goes on. Nothing is waited for but frames: what is posted in
// general afterwards comes behind all that could still come.

type Socket = Awaited<ReturnType<TestGuest["socket"]>>;
type Stream = Awaited<ReturnType<typeof openStream>>;

const BOUND = 1_000;

/** All that comes on a stream until it ends. */
async function rest(stream: Stream): Promise<string[]> {
  const all: string[] = [];
  for (let block = await stream.next(); block; block = await stream.next())
    all.push(JSON.stringify(block));
  return all;
}

/** All frames until the event that says this. */
async function until(socket: Socket, text: string): Promise<Frame[]> {
  const all: Frame[] = [];
  for (;;) {
    const batch = await socket.next("events");
    all.push(batch, ...socket.frames.splice(0), ...socket.asides.splice(0));
    if (JSON.stringify(all).includes(text)) return all;
  }
}

interface Ending {
  readonly name: string;
  readonly kind: "public" | "private" | "ephemeral";
  /** Whether Bob only looks in from outside. */
  readonly stranger?: true;
  readonly end: (owner: TestGuest, bob: TestGuest, room: string) => Promise<Response>;
  readonly code: "forbidden" | "room_gone";
  readonly ttl?: number;
}

const remove: Ending["end"] = (owner, bob, room) =>
  owner.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`);
const ban: Ending["end"] = (owner, bob, room) =>
  owner.call("PUT", `/v1/rooms/${room}/bans/${bob.user.id}`);
const leave: Ending["end"] = (_, bob, room) => bob.call("DELETE", `/v1/rooms/${room}/members/me`);
const destroy: Ending["end"] = (owner, _, room) => owner.call("DELETE", `/v1/rooms/${room}`);

const endings: readonly Ending[] = [
  { name: "removed from a private room", kind: "private", end: remove, code: "forbidden" },
  { name: "removed from a public room", kind: "public", end: remove, code: "forbidden" },
  { name: "banned from a private room", kind: "private", end: ban, code: "forbidden" },
  { name: "banned from a public room", kind: "public", end: ban, code: "forbidden" },
  { name: "banned from an ephemeral room", kind: "ephemeral", end: ban, code: "forbidden" },
  { name: "left a private room", kind: "private", end: leave, code: "forbidden" },
  { name: "a private room destroyed", kind: "private", end: destroy, code: "room_gone" },
  { name: "a public room destroyed", kind: "public", end: destroy, code: "room_gone" },
  { name: "an ephemeral room destroyed", kind: "ephemeral", end: destroy, code: "room_gone" },
  {
    name: "an ephemeral room at its end",
    kind: "ephemeral",
    ttl: 1,
    end: async () => new Response(),
    code: "room_gone",
  },
  { name: "a stranger banned", kind: "public", stranger: true, end: ban, code: "forbidden" },
  {
    name: "a stranger with the link banned",
    kind: "ephemeral",
    stranger: true,
    end: ban,
    code: "forbidden",
  },
  {
    name: "a stranger when the room is destroyed",
    kind: "public",
    stranger: true,
    end: destroy,
    code: "room_gone",
  },
];

/** What everybody holds open through one ending. */
async function through(server: TestServer, owner: TestGuest, ending: Ending) {
  const { name, kind, stranger, end, code, ttl } = ending;
  const bob = await server.guest(`Bob, ${name}`);
  const room = await owner.room(kind, { ...(kind === "public" && { name }), ...(ttl && { ttl }) });
  if (!stranger) await owner.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  const socket = await bob.socket();
  await socket.next("inbox");
  for (const each of [room, "general"]) await socket.ask({ type: "open-room", room: each });
  // Who is here is told a moment after that, and is nothing that comes after the end.
  let here = await socket.next("signal");
  while (here["room"] !== room) here = await socket.next("signal");
  const [stream, general, inbox] = [
    await bob.stream({ room }),
    await bob.stream(),
    await bob.inbox(),
  ];
  await owner.post("before", undefined, room);
  await until(socket, "before");

  expect([name, (await end(owner, bob, room)).ok]).toEqual([name, true]);
  const ended = performance.now();
  expect(await socket.next("closed")).toEqual({ type: "closed", room, code });
  const blocks = await rest(stream);
  if (!ttl) expect(performance.now() - ended).toBeLessThan(BOUND);
  const told = { event: "closed", data: JSON.stringify({ room, code }) };
  expect([name, blocks.at(-1)]).toEqual([name, JSON.stringify(told)]);

  await owner.post(`after: ${name}`, undefined, room);
  await owner.post(`fence: ${name}`);
  const frames = await until(socket, `fence: ${name}`);
  // The room is named no more, except as one that is gone from the list.
  const late = frames.filter((frame) => JSON.stringify(frame).includes(room));
  if (!stranger) {
    // What was said of it before its end may be waiting there still.
    const isGone = (frame: Frame | undefined) => frame?.["gone"]?.includes(room) === true;
    let gone = late.find(isGone) ?? (await socket.next("inbox"));
    while (!isGone(gone)) gone = await socket.next("inbox");
    expect(gone).toEqual({ type: "inbox", changed: expect.any(Array), gone: [room] });
    expect(JSON.stringify(gone["changed"])).not.toContain(room);
  }
  expect([name, late.filter(isOfTheRoom)]).toEqual([name, []]);
  // His other rooms go on, on the other stream too.
  const seen = await general.events(1);
  for (const { event } of seen) expect(event["type"]).toMatch(/message.posted|member.joined/);

  const refused = code === "room_gone" ? 410 : 404;
  const again = kind === "public" && (end === remove || end === leave) ? 200 : refused;
  expect([name, (await bob.call("GET", `/v1/rooms/${room}/messages`)).status]).toEqual([
    name,
    kind === "ephemeral" && end === remove ? 200 : again,
  ]);
  const posted = (await bob.post("still here?", undefined, room)).status;
  expect([name, posted]).toEqual([name, again === 200 ? 403 : refused]);
  for (const each of [socket, general, inbox]) each.close();
}

test("[ACC5] [WS9] [SSE5] [EPH1] after a removal, ban, leave, destruction or end nothing more of the room comes", async () => {
  const server = await start({ passwords: cheapPasswords });
  const owner = await server.account("owner");
  await Promise.all(endings.map((ending) => through(server, owner, ending)));
});

test("[ACC5] [INB2] who was banned is told nothing of the room that all others see in the list", async () => {
  const server = await start({ passwords: cheapPasswords });
  const [owner, bob, eve] = [
    await server.account("owner"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await owner.room("public", { name: "Hall" });
  expect((await ban(owner, bob, room)).status).toBe(204);
  const [hers, his] = [await eve.socket(), await bob.socket()];
  await owner.call("PATCH", `/v1/rooms/${room}`, { topic: "not for Bob" });
  let signal = await hers.next("signal");
  while (signal["kind"] !== "room") signal = await hers.next("signal");
  expect(signal["room"]).toMatchObject({ id: room, topic: "not for Bob" });
  await his.ask({ type: "open-room", room: "general" });
  await owner.post("fence");
  expect(JSON.stringify(await until(his, "fence"))).not.toContain(room);
  expect(JSON.stringify(await bob.get("/v1/rooms"))).not.toContain(room);
  expect(JSON.stringify(await eve.get("/v1/rooms"))).toContain(room);

  expect((await owner.call("DELETE", `/v1/rooms/${room}/bans/${bob.user.id}`)).status).toBe(204);
  expect(JSON.stringify(await bob.get("/v1/rooms"))).toContain(room);
  for (const socket of [hers, his]) socket.close();
});

interface SessionEnding {
  readonly name: string;
  /** Who is to be ended, as the session or token that the connections use. */
  readonly as: (
    bob: TestGuest,
    server: TestServer,
    room: string,
  ) => Promise<TestGuest & { id?: string }>;
  readonly end: (bob: TestGuest, ended: TestGuest & { id?: string }) => Promise<Response>;
  /** The user's other session ends too. */
  readonly all?: true;
}

const anotherDevice: SessionEnding["as"] = async (bob, server) => {
  const { username } = bob.user;
  const response = await bob.call("POST", "/v1/sessions", { username, password: PASSWORD });
  const { token } = (await response.json()) as { token: string };
  return server.with(bob.user, token);
};

const token =
  (more: (room: string) => object): SessionEnding["as"] =>
  async (bob, server, room) => {
    const response = await bob.call("POST", "/v1/tokens", more(room));
    const made = (await response.json()) as { id: string; token: string };
    return { ...server.with(bob.user, made.token), id: made.id };
  };

const sessionEndings: readonly SessionEnding[] = [
  {
    name: "logout",
    as: anotherDevice,
    end: (_, ended) => ended.call("DELETE", "/v1/sessions/current"),
  },
  {
    name: "logout from another device",
    as: anotherDevice,
    async end(bob, ended) {
      const { sessions } = await ended.get("/v1/sessions");
      const { id } = sessions.find((session: { current: boolean }) => session.current);
      return bob.call("DELETE", `/v1/sessions/${id}`);
    },
  },
  {
    name: "logout of all others",
    as: anotherDevice,
    end: (bob) => bob.call("DELETE", "/v1/sessions/others"),
  },
  {
    name: "logout everywhere",
    as: anotherDevice,
    end: (bob) => bob.call("DELETE", "/v1/sessions"),
    all: true,
  },
  {
    name: "a new password",
    as: anotherDevice,
    end: (bob) =>
      bob.call("PATCH", "/v1/me", { password: "another one", currentPassword: PASSWORD }),
  },
  {
    name: "the account erased",
    as: anotherDevice,
    end: (bob) => bob.call("DELETE", "/v1/me"),
    all: true,
  },
  {
    name: "a token revoked",
    as: token(() => ({})),
    end: (bob, { id }) => bob.call("DELETE", `/v1/tokens/${id}`),
  },
  {
    name: "a room token revoked",
    as: token((room) => ({ room, can: "read" })),
    end: (bob, { id }) => bob.call("DELETE", `/v1/tokens/${id}`),
  },
  {
    name: "a room token when its room is destroyed",
    as: token((room) => ({ room })),
    end: (bob) =>
      bob.get("/v1/me").then(({ rooms }) => bob.call("DELETE", `/v1/rooms/${ownIn(rooms)}`)),
  },
  {
    name: "a token at its end",
    as: token((room) => ({ room, can: "read", ttl: 1 })),
    end: async () => new Response(),
  },
];

const ownIn = (rooms: { room: { id: string }; role: string }[]) =>
  rooms.find(({ role }) => role === "owner")?.room.id;

async function throughLogout(server: TestServer, ada: TestGuest, ending: SessionEnding) {
  const { name, as, end, all } = ending;
  const bob = await server.account(name.replaceAll(" ", "-").slice(0, 32));
  const room = await bob.room("private");
  await bob.call("PUT", `/v1/rooms/${room}/members/${ada.user.id}`, {});
  const ended = await as(bob, server, room);
  const mine = await bob.socket();
  await mine.ask({ type: "open-room", room: "general" });
  const socket = await ended.socket();
  await socket.next("inbox");
  await socket.ask({ type: "open-room", room });
  const streams = [
    await ended.stream({ room }),
    await ended.inbox(),
    // The address may hold the token of a room, for `EventSource`.
    ...(ended.id && name.includes("room")
      ? [await openStream(`${server.url}/v1/rooms/${room}/events?token=${ended.token}`, {})]
      : []),
  ];
  for (const { response } of streams) expect([name, response.status]).toEqual([name, 200]);

  const answer = await end(bob, ended);
  expect([name, answer.ok]).toEqual([name, true]);
  const over = performance.now();
  expect(await socket.closed).toMatchObject({ code: 4401 });
  const before = await Promise.all(streams.map(rest));
  if (!name.endsWith("at its end")) expect(performance.now() - over).toBeLessThan(BOUND);

  await ada.post(`after: ${name}`, undefined, room);
  await ada.post(`fence: ${name}`);
  if (all) expect(await mine.closed).toMatchObject({ code: 4401 });
  else await until(mine, `fence: ${name}`);
  expect(JSON.stringify([socket.frames, socket.asides, before])).not.toContain("after: ");
  for (const path of ["/v1/me", "/v1/rooms/general", `/v1/rooms/${room}/messages`])
    expect([name, (await ended.call("GET", path)).status]).toEqual([name, 401]);
  const late = await ended.stream({ room });
  expect(late.response.status).toBe(401);
  mine.close();
}

test("[ACC3] [AUTH13] after a logout, a new password, a revoked or ended token nothing more comes at all", async () => {
  const server = await start({ passwords: cheapPasswords });
  const ada = await server.account("ada");
  await Promise.all(sessionEndings.map((ending) => throughLogout(server, ada, ending)));
});

/** One's own list, and that a public room is gone, are told to whoever is signed in. */
function isOfTheRoom(frame: Frame): boolean {
  return frame["type"] !== "inbox" && frame["kind"] !== "room-gone";
}

test("[ACC5] and so it is when the room is opened at the very moment", async () => {
  const server = await start({ passwords: cheapPasswords });
  const owner = await server.account("owner");
  const bob = await server.guest("Bob");
  const socket = await bob.socket();
  await socket.ask({ type: "open-room", room: "general" });
  const rounds = Array.from({ length: 40 }, (_, index) => index);
  for (const round of rounds) {
    const room = await owner.room("private");
    await owner.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
    const end = [remove, ban, destroy][round % 3] as Ending["end"];
    const [opened, stream, ended] = await Promise.all([
      socket.ask({ type: "open-room", room }),
      bob.stream({ room }),
      end(owner, bob, room),
    ]);
    expect(ended.ok).toBe(true);
    await owner.post("after", undefined, room);
    await owner.post(`fence ${round}`);
    const frames = await until(socket, `fence ${round}`);
    const told = frames.filter((frame) => frame["room"] === room);
    // Whoever was let in is told that it is over, and nothing else.
    const frame = told.findLast(({ type }) => type !== "signal");
    if (opened["ok"]) expect(frame).toMatchObject({ type: "closed", room });
    expect(JSON.stringify(told)).not.toContain("after");
    if (stream.response.ok) expect((await rest(stream)).join("")).not.toContain("after");
    else expect([404, 410]).toContain(stream.response.status);
  }
  socket.close();
});

test("[AUTH13] [INB1] a token of one room is told of no other, live either", async () => {
  const server = await start({ passwords: cheapPasswords });
  const owner = await server.account("owner");
  await server.guest("Eve");
  const room = await owner.room("private");
  const made = await token(() => ({ room, can: "read" }))(owner, server, room);
  const [socket, inbox, all] = [await made.socket(), await made.inbox(), await owner.socket()];
  const whole = await socket.next("inbox");
  expect(whole["rooms"]).toMatchObject([{ room: { id: room } }]);
  await socket.ask({ type: "open-room", room });
  const hall = await owner.room("public", { name: "Hall" });
  expect((await all.next("signal"))["room"]).toMatchObject({ id: hall });
  await owner.call("DELETE", `/v1/rooms/${hall}`);
  expect(await all.next("signal")).toMatchObject({ kind: "room-gone", room: hall });
  await owner.post("fence", undefined, room);
  const frames = await until(socket, "fence");
  expect(JSON.stringify([frames, socket.asides])).not.toContain(hall);
  // What later comers were told by now, that stream was, if at all.
  const last = await owner.socket();
  expect(await last.next("signal")).toMatchObject({ kind: "status", whole: true });
  last.close();
  // The end of the token ends the stream, which tells all that came before.
  await owner.call("DELETE", `/v1/tokens/${made.id}`);
  const streamed = (await rest(inbox)).join("");
  expect(streamed).not.toContain(hall);
  // Nor how those are whom the owner knows.
  expect(streamed).not.toContain("status");
  expect(await socket.closed).toMatchObject({ code: 4401 });
  all.close();
});

test("[ACC5] who is removed while they are being let in is not let in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "snug-let-in-"));
  const real = await openEmbedded({ folder, clock: systemClock });
  /** Whose place was looked up, and is told only later. */
  let held: { user: string; looked: () => void; release: Promise<void> } | null = null;
  const standing: typeof real.store.standing = async (room, user) => {
    const found = await real.store.standing(room, user);
    const holding = held;
    if (holding?.user !== user) return found;
    held = null;
    holding.looked();
    await holding.release;
    return found;
  };
  const store = new Proxy(real.store, {
    get(of, name: keyof typeof real.store) {
      if (name === "standing") return standing;
      const found = of[name];
      return typeof found === "function" ? found.bind(of) : found;
    },
  });
  const server = await start({ engine: { ...real, store, close: () => real.close() } });
  const [owner, bob] = [await server.guest("Owner"), await server.guest("Bob")];
  const room = await owner.room("private");
  /** Bob opens the room, is removed meanwhile, and hears of it what comes. */
  const around = async (open: () => Promise<unknown>) => {
    await owner.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
    const [looked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    held = { user: bob.user.id, looked: looked.resolve, release: release.promise };
    const opening = open();
    await looked.promise;
    expect((await remove(owner, bob, room)).status).toBe(204);
    release.resolve();
    await opening;
    await owner.post("not for Bob", undefined, room);
  };

  const socket = await bob.socket();
  await around(() => socket.ask({ type: "open-room", room }));
  expect(await socket.next("closed")).toEqual({ type: "closed", room, code: "forbidden" });
  expect(JSON.stringify(socket.frames)).not.toContain("not for Bob");
  let stream: Stream | null = null;
  await around(async () => (stream = await bob.stream({ room })));
  const blocks = await rest(stream as unknown as Stream);
  expect(blocks.join()).not.toContain("not for Bob");
  expect(blocks.at(-1)).toContain("forbidden");
  socket.close();
  rmSync(folder, { recursive: true, force: true });
});
