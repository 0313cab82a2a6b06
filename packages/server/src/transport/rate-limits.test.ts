import { afterEach, expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { systemClock } from "../clock.ts";
import { posting } from "../fixtures.ts";
import { Places } from "../gateway/places.ts";
import type { ServerOptions } from "../server.ts";
import {
  cheapPasswords,
  openSocket,
  startTestServer,
  type Frame,
  type TestGuest,
  type TestServer,
} from "../testing.ts";

// Real doors, and a clock on which buckets fill only when a test says so.
let passed = 0;
const clock = { ...systemClock, elapsed: () => passed };
let servers: TestServer[] = [];

async function start(options: Partial<ServerOptions> = {}) {
  const server = await startTestServer({
    rateLimits: "on",
    clock,
    passwords: cheapPasswords,
    proxies: ["127.0.0.1"],
    ...options,
  });
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers) {
    expect(server.faults).toEqual([]);
    await server.close();
  }
  servers = [];
});

const cookie = (token: string) => `snug_session=${token}`;
const head = async (ada: TestGuest) => (await ada.get("/v1/rooms/general")).room.seq as number;

/** Calls until the first that is refused; how many were taken. */
async function countTaken(most: number, call: (index: number) => Promise<Response>) {
  for (let count = 0; count <= most; count++) {
    const response = await call(count);
    if (response.status === 429) return { count, problem: await refused(response) };
    expect(response.ok).toBe(true);
    await response.body?.cancel();
  }
  throw new Error(`all ${most} were taken`);
}

const askStream = (server: TestServer, person: TestGuest, path = "/v1/rooms/general/events") =>
  server.fetch(path, {
    headers: { accept: "text/event-stream", authorization: person.authorization },
  });

/** The problem, whose form is that of every 429. */
async function refused(response: Response): Promise<Frame> {
  expect(response.status).toBe(429);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as Frame;
  expect(problem).toMatchObject({ code: "rate_limited", status: 429 });
  expect(Number.isInteger(problem["retryAfter"]) && problem["retryAfter"] >= 1).toBe(true);
  expect(response.headers.get("retry-after")).toBe(String(problem["retryAfter"]));
  return problem;
}

test("[LIM7] [ERR4] sends of one user share a bucket over all doors and sessions; what is refused changes nothing", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada"), await server.guest("Bob")];
  const other = await server.fetch("/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "ada", password: "correct horse" }),
  });
  const device = server.with(ada.user, ((await other.json()) as { token: string }).token);
  const sockets = [await ada.socket(), await device.socket()];
  const before = await head(ada);
  const post = (text: string) => ({ type: "post-message", room: "general", clientId: text, text });
  for (let index = 0; index < limits.sendsBurst; index++) {
    const [socket, person] = [sockets[index % 2], index % 2 ? device : ada];
    if (index % 3 === 0) expect((await person.post("over HTTP")).status).toBe(201);
    else expect(await socket?.ask(post(`${index}`))).toMatchObject({ ok: true });
  }

  await refused(await ada.post("too many", "late"));
  for (const socket of sockets) {
    expect(await socket.ask(post("late"))).toMatchObject({
      ok: false,
      error: { code: "rate_limited", retryAfter: 1, detail: expect.any(String) },
    });
    expect(await socket.ask({ type: "ping" })).toMatchObject({ ok: true });
  }
  expect(await head(bob)).toBe(before + limits.sendsBurst);
  expect((await bob.post("not my bucket")).status).toBe(201);

  // The same clientId, later: it is no repeat, and no seq was spent on it.
  passed += 1_000 / limits.sendsPerSecond;
  const late = await ada.post("too many", "late");
  expect([late.status, ((await late.json()) as Frame)["message"].seq]).toEqual([
    201,
    before + limits.sendsBurst + 2,
  ]);
  await refused(await ada.post("again too many"));
  for (const socket of sockets) socket.close();
});

test("[LIM7] joins and other changes count as sends", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const room = await ada.room("public", { name: "Revolving door" });
  const { count } = await countTaken(limits.sendsBurst, (index) =>
    index % 2
      ? ada.call("PATCH", `/v1/rooms/${room}`, { topic: `${index}` })
      : ada.call("PATCH", "/v1/me", { name: `Ada ${index}` }),
  );
  expect(count).toBe(limits.sendsBurst);
  await refused(await ada.post("one more"));
});

test("[LIM7] [PRS5] signs of writing have a bucket of their own, over all doors, and take nothing from what one sends", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const socket = await ada.socket();
  const typing = { type: "set-typing", room: "general" };
  for (let count = 0; count < limits.typingBurst; count += 2) {
    expect(await socket.ask(typing)).toMatchObject({ ok: true });
    expect((await ada.call("POST", "/v1/rooms/general/typing")).status).toBe(204);
  }
  await refused(await ada.call("POST", "/v1/rooms/general/typing"));
  expect(await socket.ask(typing)).toMatchObject({ ok: false, error: { code: "rate_limited" } });
  for (let count = 0; count < limits.sendsBurst; count++)
    expect((await ada.post("all the same")).status).toBe(201);
  const { seq } = (await ada.get("/v1/rooms/general")).room;
  // Edits, reactions, pins and deletes are sends; a read mark is none.
  const message = `/v1/rooms/general/messages/${seq}`;
  await refused(await ada.call("PATCH", message, { text: "t" }));
  await refused(await ada.call("PUT", `${message}/reactions/${encodeURIComponent("👍")}`));
  await refused(await ada.call("PUT", `${message}/pin`));
  await refused(await ada.call("DELETE", message));
  expect((await ada.call("PUT", "/v1/rooms/general/read", { seq })).status).toBe(204);
  passed += 1_000 / limits.typingPerSecond;
  expect(await socket.ask(typing)).toMatchObject({ ok: true });
  socket.close();
});

test("[LIM7] a room takes so much from all together, and those who may not send there use none of it up", async () => {
  const server = await start();
  const people = await Promise.all(
    Array.from({ length: 18 }, (_, index) => server.guest(`Guest ${index}`)),
  );
  const stranger = people[17];
  await stranger?.call("DELETE", "/v1/rooms/general/members/me");
  const late = await server.guest("Late");
  const { store } = server.engine;
  const said = await store.append(posting("general", late.user.id, "said before"));
  const message = `/v1/rooms/general/messages/${said.kind === "stored" && said.event.seq}`;
  const react = (person?: TestGuest) =>
    person?.call("PUT", `${message}/reactions/${encodeURIComponent("👍")}`);
  for (let index = 0; index < 25; index++) {
    expect((await stranger?.post("not in"))?.status).toBe(403);
    expect((await react(stranger))?.status).toBe(403);
  }

  const answers = await Promise.all(
    people
      .slice(0, 17)
      .flatMap((person) =>
        Array.from({ length: limits.sendsBurst }, () => person.post("all at once")),
      ),
  );
  const taken = answers.filter(({ status }) => status === 201);
  expect(taken).toHaveLength(limits.roomSendsBurst);
  for (const answer of answers) if (answer.status !== 201) await refused(answer);
  // Edits and reactions are of them too.
  await refused(await late.call("PATCH", message, { text: "edited" }));
  await refused((await react(late)) as Response);
  // Another room is not full.
  const own = await people[0]?.room("private");
  passed += 1_000;
  expect((await people[0]?.post("elsewhere", "c", own))?.status).toBe(201);
});

test("[LIM7] opening rooms and reading are bounded per user, on every door", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const socket = await ada.socket();
  for (let index = 0; index < limits.openingsBurst; index++)
    expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({ ok: true });
  expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({
    error: { code: "rate_limited", retryAfter: 1 },
  });
  await refused(await ada.call("GET", "/v1/rooms/general"));
  await refused(await askStream(server, ada));

  const paths = [
    "/v1/rooms",
    "/v1/rooms/general/messages",
    "/v1/rooms/general/events",
    "/v1/rooms/general/members",
    "/v1/me",
    "/v1/users?q=a",
  ];
  const { count } = await countTaken(limits.readsBurst, (index) =>
    ada.call("GET", paths[index % paths.length] ?? ""),
  );
  expect(count).toBe(limits.readsBurst);
  for (const path of paths) await refused(await ada.call("GET", path));
  expect((await ada.post("sends are counted apart")).status).toBe(201);
  expect((await bob.call("GET", "/v1/me")).status).toBe(200);
  socket.close();
});

test("[LIM7] rooms, invites and tokens share one bucket of their maker", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const calls: [string, object][] = [
    ["/v1/rooms", { kind: "private" }],
    ["/v1/rooms/general/invites", {}],
    ["/v1/tokens", {}],
  ];
  const { count, problem } = await countTaken(limits.creationsBurst, (index) => {
    const [path, body] = calls[index % 3] ?? ["", {}];
    return ada.call("POST", path, body);
  });
  expect([count, problem["retryAfter"]]).toEqual([limits.creationsBurst, 2]);
  for (const [path, body] of calls) await refused(await ada.call("POST", path, body));
  // To end things is always possible.
  expect((await ada.call("DELETE", "/v1/sessions/others")).status).toBe(204);
});

test("[LIM7] newcomers are bounded per address, guests and accounts together", async () => {
  const server = await start();
  const come = (path: string, body: object, address: string) =>
    server.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": address },
      body: JSON.stringify(body),
    });
  const flood = async (addressOf: (index: number) => string) => {
    const answers = await Promise.all(
      Array.from({ length: limits.newcomersBurst + 3 }, (_, index) =>
        index % 50 === 0
          ? come(
              "/v1/accounts",
              { username: `u-${++names}`, password: "long enough" },
              addressOf(index),
            )
          : come("/v1/guests", { name: "Guest" }, addressOf(index)),
      ),
    );
    const over = answers.filter(({ status }) => status !== 201);
    expect(over).toHaveLength(3);
    for (const each of over) expect((await refused(each))["retryAfter"]).toBe(1);
  };
  let names = 0;
  await flood(() => "192.0.2.1");
  const account = { username: "late", password: "correct horse" };
  await refused(await come("/v1/accounts", account, "192.0.2.1"));
  expect((await come("/v1/guests", { name: "Guest" }, "192.0.2.2")).status).toBe(201);

  // One IPv6 customer has a /64 of addresses at least.
  await flood((index) => `2001:db8::${index.toString(16)}`);
  await refused(await come("/v1/guests", { name: "Guest" }, "2001:db8::ffff"));
  expect((await come("/v1/guests", { name: "Guest" }, "2001:db8:0:1::1")).status).toBe(201);
  expect((await come("/v1/accounts", account, "192.0.2.2")).status).toBe(201);
});

test("[LIM8] a user has so many sockets and streams: one more is 429 before it opens, or told goodbye after its hello", async () => {
  const places = { ofUser: new Places(4), ofAddress: new Places(1_000) };
  const server = await start({ places });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const own = { cookie: cookie(ada.token), origin: server.url };
  // A HEAD asks for the headers alone: it opens nothing.
  for (const path of ["/v1/rooms/general/events", "/v1/me/events"]) {
    const headers = { accept: "text/event-stream", authorization: ada.authorization };
    await server.fetch(path, { method: "HEAD", headers });
  }
  expect(places.ofUser.size).toBe(0);
  const open = [await ada.socket(), await openSocket(server.url, own)] as const;
  const streams = [await ada.stream(), await ada.inbox()] as const;

  for (const path of ["/v1/rooms/general/events", "/v1/me/events"]) {
    await refused(await askStream(server, ada, path));
  }
  await refused(
    await server.fetch("/v1/socket", {
      headers: {
        ...own,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    }),
  );
  const late = await openSocket(server.url);
  late.send({ type: "hello", token: ada.token });
  expect(await late.next("bye")).toEqual({ type: "bye", code: 1013, retry: 30_000 });
  expect((await late.closed).code).toBe(1013);
  const his = await bob.socket();

  // Each place is free again as soon as its connection has gone.
  open[1].close();
  await open[1].closed;
  const again = await ada.socket();
  streams[0].close();
  streams[1].close();
  while (places.ofUser.isFull(ada.user.id)) await ada.call("GET", "/v1/me");
  const anew = await ada.inbox();
  expect(anew.response.status).toBe(200);
  for (const each of [open[0], again, his, anew]) each.close();
});

test("[LIM8] an address has so many, whoever they are; ended sessions give theirs back", async () => {
  const server = await start({ places: { ofUser: new Places(100), ofAddress: new Places(3) } });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const silent = await openSocket(server.url);
  const hers = await ada.socket();
  const stream = await bob.stream();
  expect(openSocket(server.url)).rejects.toThrow();
  await refused(await askStream(server, ada));
  // Another address has places of its own.
  const elsewhere = await openSocket(server.url, { "x-forwarded-for": "192.0.2.7" });

  expect((await bob.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  while ((await stream.next()) !== null);
  expect((await ada.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  await hers.closed;
  const cat = await server.guest("Cat");
  const [first, second] = [await cat.stream(), await cat.socket()];
  await refused(await askStream(server, cat));
  for (const each of [silent, elsewhere, second, first]) each.close();
});

test("[LIM9] with the limits off, floods pass and connections are not counted", async () => {
  const server = await start({ rateLimits: "off" });
  const ada = await server.guest("Ada");
  const socket = await ada.socket();
  for (let ref = 0; ref < 1_500; ref++)
    socket.send({
      type: "post-message",
      ref,
      room: "general",
      clientId: `${ref}`,
      text: `${ref}`,
    });
  expect(await socket.next("reply", 1_499)).toMatchObject({ ok: true });
  const sockets = await Promise.all(
    Array.from({ length: limits.connectionsPerUser + 1 }, () => ada.socket()),
  );
  for (const each of [socket, ...sockets]) each.close();
});
