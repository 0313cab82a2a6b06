import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { join } from "node:path";
import * as v from "valibot";
import { systemClock } from "../clock.ts";
import { newRoom } from "../fixtures.ts";
import { randomIds } from "../ids.ts";
import { type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

function knock(server: TestServer, body: unknown, headers: Record<string, string> = {}) {
  return server.fetch("/v1/guests", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const cookieOf = (token: string) => ({ cookie: `snug_session=${token}` });

/** A second device of this user, written behind the back of a stopped server. */
function addSession(folder: string, user: string): { id: string; token: string } {
  const session = { id: randomIds.id(), token: randomIds.token() };
  const db = new Database(join(folder, "snug.db"));
  db.run(
    "INSERT INTO session (id, token_hash, user, device, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?)",
    [session.id, randomIds.hash(session.token), user, "a phone", Date.now(), Date.now()],
  );
  db.close();
  return session;
}

/** Every call that needs a session. */
const calls: [method: string, path: string, body?: object][] = [
  ["GET", "/v1/sessions"],
  ["DELETE", "/v1/sessions/current"],
  ["DELETE", "/v1/sessions/other"],
  ["GET", "/v1/me"],
  ["GET", "/v1/users/somebody"],
  ["GET", "/v1/rooms"],
  ["GET", "/v1/rooms/general"],
  ["GET", "/v1/rooms/nowhere"],
  ["GET", "/v1/rooms/general/members"],
  ["GET", "/v1/rooms/general/messages"],
  ["POST", "/v1/rooms/general/messages", { clientId: "c", text: "t" }],
  ["GET", "/v1/rooms/general/messages/1"],
  ["GET", "/v1/rooms/general/events"],
];

function callAll(server: TestServer, headers: Record<string, string>) {
  return Promise.all(
    calls.map(async ([method, path, body]) => {
      const response = await server.fetch(path, {
        method,
        headers: {
          ...(body && { "content-type": "application/json" }),
          "sec-fetch-site": "same-origin",
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return outcome(response);
    }),
  );
}

const allUnauthorized = calls.map(() => "401 unauthorized");

test("[AUTH1] a guest gets 201 with user and token, and the cookie", async () => {
  const server = await start();
  const response = await knock(server, { name: "Ada" });
  expect(response.status).toBe(201);
  const { user, token } = strictly(answers.Guest, await response.json());
  expect(user).toMatchObject({ name: "Ada", guest: true });
  expect(response.headers.getSetCookie()).toHaveLength(1);
  expect(response.headers.get("set-cookie")).toStartWith(`snug_session=${token};`);
});

test("[AUTH1] two guests of one name are two users", async () => {
  const server = await start();
  const [one, other] = [await server.guest("Ada"), await server.guest("Ada")];
  expect(one.user.id).not.toBe(other.user.id);
  expect(one.token).not.toBe(other.token);
  expect(await one.get("/v1/me")).toMatchObject({ user: one.user });
  expect(await other.get("/v1/me")).toMatchObject({ user: other.user });
});

test("[ROOM2] a guest is a member of general before the 201 leaves, by one event", async () => {
  const server = await start();
  const guests = await Promise.all(Array.from({ length: 10 }, () => server.guest("Ada")));
  const [first] = guests;
  const { members } = strictly(answers.Members, await first!.get("/v1/rooms/general/members"));
  for (const { user } of guests) {
    const own = members.filter((member) => member.user.id === user.id);
    expect(own).toEqual([
      {
        user: { ...user, guest: true } as never,
        role: "member",
        joinedAt: expect.any(Number),
        status: { availability: "offline" },
      },
    ]);
  }
  const { events } = strictly(answers.Events, await first!.get("/v1/rooms/general/events"));
  expect(events).toHaveLength(10);
  expect(events).toEqual(
    expect.arrayContaining(
      guests.map(({ user }) =>
        expect.objectContaining({
          type: "member.joined",
          by: user.id,
          user: { id: user.id, name: "Ada" },
        }),
      ),
    ),
  );
});

test("[LIM4] a name has 1 to 64 characters on one line, without outer white space", async () => {
  const server = await start();
  const nameOf = async (name: string) =>
    ((await (await knock(server, { name })).json()) as { user: { name: string } }).user.name;
  expect(await nameOf("x".repeat(64))).toBe("x".repeat(64));
  expect(await nameOf("😀".repeat(64))).toBe("😀".repeat(64));
  expect(await nameOf('\u3000 Ada "<b>" O\'Neil\t\n')).toBe('Ada "<b>" O\'Neil');
  expect(await nameOf("__proto__")).toBe("__proto__");
});

test("[LIM4] [AVL1] anything else is no name, and makes no guest", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const before = await ada.get("/v1/rooms/general");
  const long = ["x".repeat(65), "😀".repeat(65), ` ${"x".repeat(65)} `, "x".repeat(40_000)];
  const odd = ["", "   ", "a\nb", "a\r\nb", "a\u2028b", "\u0000", "a\0b", "\ud800", "a\udc00"];
  for (const name of [...long, ...odd, undefined, null, 5, true, ["Ada"], { name: "Ada" }]) {
    const response = await knock(server, { name });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect([name, await outcome(response)]).toEqual([name, "400 invalid_request name"]);
  }
  expect(await ada.get("/v1/rooms/general")).toEqual(before);
});

test("[AUTH2] token and cookie are each enough, also after a restart", async () => {
  const first = await start();
  const { user, token } = await first.guest("Ada");
  const check = async (server: TestServer) => {
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer   ${token}` },
      cookieOf(token),
      { cookie: `theme=dark; snug_session=${token}; snug=1` },
    ]) {
      const response = await server.fetch("/v1/me", { headers });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ user });
    }
  };
  await check(first);
  await stop(first);
  await check(await start({ folder: first.folder }));
});

test("[AUTH2] without a session, or with one that is unknown or ended, every call is 401", async () => {
  const server = await start();
  const witness = await server.guest("Bob");
  const { token, call } = await server.guest("Ada");
  expect((await call("DELETE", "/v1/sessions/current")).status).toBe(204);
  const before = await witness.get("/v1/rooms/general/events");
  const unknown = randomIds.token();
  const credentials: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${unknown}` },
    { authorization: `Bearer ${token}` },
    { authorization: "Bearer" },
    { authorization: "Bearer null" },
    { authorization: `Bearer ${"x".repeat(10_000)}` },
    { authorization: `Bearer ${witness.token}x` },
    { authorization: `Bearer ${witness.token.slice(1)}` },
    { authorization: `Bearer ${witness.token} x` },
    { authorization: witness.token },
    { authorization: `Basic ${btoa(`Bob:${witness.token}`)}` },
    { authorization: `Bearer ${witness.user.id}` },
    cookieOf(unknown),
    cookieOf(token),
    cookieOf(""),
    { cookie: `session=${witness.token}` },
    { cookie: "snug_session" },
  ];
  for (const headers of credentials) {
    expect([headers, await callAll(server, headers)]).toEqual([headers, allUnauthorized]);
  }
  const inAddress = await server.fetch(`/v1/me?token=${witness.token}`);
  expect(await outcome(inAddress)).toBe("401 unauthorized");
  expect(inAddress.headers.get("www-authenticate")).toBe("Bearer");
  expect(await witness.get("/v1/rooms/general/events")).toEqual(before);
});

test("[AUTH2] what the Authorization header says counts, and a cookie beside it does not", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  for (const authorization of ["Bearer wrong", "Basic QWRhOng=", "Token x", "Bearer"]) {
    const headers = { authorization, ...cookieOf(ada.token) };
    expect(await callAll(server, headers)).toEqual(allUnauthorized);
  }
  const both = { authorization: bob.authorization, ...cookieOf(ada.token) };
  const me = await (await server.fetch("/v1/me", { headers: both })).json();
  expect(me).toMatchObject({ user: bob.user });
});

test("[AUTH2] [AUTH7] a session that nobody used for 90 days is over, a used one is not", async () => {
  let now = Date.now();
  const server = await start({ clock: { ...systemClock, now: () => now } });
  const [idle, used] = [await server.guest("Ada"), await server.guest("Bob")];
  now += limits.sessionIdleMs - 1_000;
  expect((await used.call("GET", "/v1/me")).status).toBe(200);
  // Its use is written with the next commit, which a send waits for.
  expect((await used.post("still here")).status).toBe(201);
  now += 2_000;
  expect(await outcome(await idle.call("GET", "/v1/me"))).toBe("401 unauthorized");
  expect(await outcome(await used.call("GET", "/v1/me"))).toBe("200");
  const { sessions } = await used.get("/v1/sessions");
  expect(sessions).toMatchObject([{ current: true, usedAt: now - 2_000 }]);
});

test("[AUTH7] sessions are your own live ones, each with its device, and never a token", async () => {
  const first = await start();
  const ada = (await (
    await knock(first, { name: "Ada" }, { "user-agent": "a laptop" })
  ).json()) as v.InferOutput<typeof answers.Guest>;
  await first.guest("Bob");
  await stop(first);
  const phone = addSession(first.folder, ada.user.id);
  const server = await start({ folder: first.folder });

  const list = async (token: string) => {
    const response = await server.fetch("/v1/sessions", {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    for (const secret of [ada.token, phone.token]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(randomIds.hash(secret));
    }
    return strictly(answers.Sessions, JSON.parse(text)).sessions;
  };
  const onLaptop = await list(ada.token);
  expect(onLaptop.map(({ device, current }) => [device, current])).toEqual([
    ["a laptop", true],
    ["a phone", false],
  ]);
  const onPhone = await list(phone.token);
  expect(onPhone.map(({ id, current }) => [id, current])).toEqual([
    [onLaptop[0]!.id, false],
    [phone.id as never, true],
  ]);
});

test("[AUTH8] a session is ended by its id or as current, and no other with it", async () => {
  const first = await start();
  const ada = await first.guest("Ada");
  await stop(first);
  const phone = addSession(first.folder, ada.user.id);
  const tablet = addSession(first.folder, ada.user.id);
  const server = await start({ folder: first.folder });
  const call = (token: string, method: string, path: string) =>
    server.fetch(path, { method, headers: { authorization: `Bearer ${token}` } });
  const alive = async () =>
    Promise.all(
      [ada.token, phone.token, tablet.token].map(
        async (token) => (await call(token, "GET", "/v1/me")).status,
      ),
    );

  const other = await call(ada.token, "DELETE", `/v1/sessions/${phone.id}`);
  expect([other.status, await other.text()]).toEqual([204, ""]);
  // The cookie that asked is still good.
  expect(other.headers.getSetCookie()).toEqual([]);
  expect(await alive()).toEqual([200, 401, 200]);
  expect((await server.fetch("/v1/me", { headers: cookieOf(phone.token) })).status).toBe(401);

  const own = await call(tablet.token, "DELETE", `/v1/sessions/${tablet.id}`);
  expect(own.status).toBe(204);
  expect(own.headers.get("set-cookie")).toMatch(/^snug_session=;.*Max-Age=0/);
  expect(await alive()).toEqual([200, 401, 401]);

  const current = await call(ada.token, "DELETE", "/v1/sessions/current");
  expect(current.status).toBe(204);
  expect(current.headers.get("set-cookie")).toMatch(/^snug_session=;.*Max-Age=0/);
  expect(await alive()).toEqual([401, 401, 401]);
  expect(await outcome(await call(ada.token, "DELETE", "/v1/sessions/current"))).toBe(
    "401 unauthorized",
  );
});

test("[AUTH8] any other id is 404 session_not_found and ends nothing", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const [{ id }] = (await bob.get("/v1/sessions")).sessions;
  const [own] = (await ada.get("/v1/sessions")).sessions;
  const odd = [
    id,
    bob.user.id,
    ada.user.id,
    "CURRENT",
    "current%00",
    `${own.id}%00`,
    `${own.id.slice(1)}`,
    "x".repeat(10_000),
    "a%2fb",
    "%zz",
    "%ff",
    "{}",
    "__proto__",
    "%25",
    "'%20OR%201=1%20--",
  ];
  for (const session of odd) {
    const response = await ada.call("DELETE", `/v1/sessions/${session}`);
    expect([session, await outcome(response)]).toEqual([session, "404 session_not_found"]);
    expect(response.headers.getSetCookie()).toEqual([]);
  }
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
  expect((await bob.call("GET", "/v1/me")).status).toBe(200);
});

test("[AUTH8] an ended session stays ended over a restart", async () => {
  const first = await start();
  const ada = await first.guest("Ada");
  await ada.call("DELETE", "/v1/sessions/current");
  await stop(first);
  const server = await start({ folder: first.folder });
  const { authorization } = ada;
  expect((await server.fetch("/v1/me", { headers: { authorization } })).status).toBe(401);
});

test("[AUTH9] me is who you are and the rooms you are a member of", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await server.engine.store.addRoom(newRoom("hall"));
  const me = strictly(answers.Me, await ada.get("/v1/me"));
  expect(me.user).toEqual({ id: ada.user.id as never, name: "Ada", guest: true });
  const { room } = await ada.get("/v1/rooms/general");
  const nothingNew = { read: room.seq, unread: 0, mentions: 0, threads: 0 };
  expect(me.rooms).toEqual([{ room, role: "member", level: "all", ...nothingNew }]);
  expect([me.presence, me.receipts]).toEqual(["auto", true]);
});

test.each(["off", "invite"] as const)(
  "[AUTH6] guests %s: nobody becomes a guest, and who was one stays",
  async (guests) => {
    const first = await start();
    const ada = await first.guest("Ada");
    await stop(first);
    const server = await start({ folder: first.folder, guests });
    const headers = { authorization: ada.authorization };
    const log = async () =>
      (await server.fetch("/v1/rooms/general/events", { headers })).json() as Promise<{
        events: unknown[];
      }>;
    const before = await log();
    for (const body of [{ name: "Bob" }, { name: "Bob", invite: "i" }]) {
      const response = await knock(server, body);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await outcome(response)).toMatch(/^403 forbidden( invite)?$/);
    }
    expect(await log()).toEqual(before);
    expect(before.events).toHaveLength(1);
  },
);

test("[AUTH8] [ACC3] a body that was begun before its session ended is not taken after it", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const encode = (text: string) => new TextEncoder().encode(text);
  const posting = server.fetch("/v1/rooms/general/messages", {
    method: "POST",
    headers: { authorization: ada.authorization, "content-type": "application/json" },
    body: body.readable,
  });
  await writer.write(encode('{"clientId":"late",'));
  // Asked on another connection, so that the first bytes of the body are there before it ends.
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
  expect((await ada.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  await writer.write(encode('"text":"too late"}'));
  await writer.close();
  expect(await outcome(await posting)).toBe("401 unauthorized");
  const bob = await server.guest("Bob");
  expect((await bob.get("/v1/rooms/general/messages")).messages).toEqual([]);
});

test("[AUTH3] a cookie that is used is given anew with each look at oneself, a token is not", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const cookie = `snug_session=${ada.token}`;
  const byCookie = await server.fetch("/v1/me", { headers: { cookie } });
  expect(byCookie.headers.get("set-cookie")).toStartWith(
    `${cookie}; Path=/; HttpOnly; SameSite=Lax`,
  );
  expect((await ada.call("GET", "/v1/me")).headers.get("set-cookie")).toBeNull();
});
