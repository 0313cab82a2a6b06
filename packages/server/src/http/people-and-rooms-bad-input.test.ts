import { expect, test } from "bun:test";
import * as protocol from "@snug/protocol";
import type * as v from "valibot";
import { systemClock } from "../clock.ts";
import { cheapPasswords, PASSWORD, type TestGuest, type TestServer } from "../testing.ts";
import { stateOf } from "./cast.ts";
import { outcome, testServers } from "./testing.ts";

const { start: startServer } = testServers();
const start = (more: object = {}) => startServer({ passwords: cheapPasswords, ...more });

const json = { "content-type": "application/json" };
const many = <Value>(count: number, make: (index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const join = (someone: TestGuest, room: string, body: object = {}) =>
  someone.call("PUT", `/v1/rooms/${room}/members/me`, body);
const create = (server: TestServer, path: string, body: unknown, headers: object = {}) =>
  server.fetch(path, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify(body),
  });

/** An owner and a member in rooms of each kind, and what can be named there. */
async function furnish(server: TestServer) {
  const [ada, bob, eve] = [
    await server.account("ada"),
    await server.account("bob"),
    await server.guest("Eve"),
  ];
  const room = await ada.room("private", { name: "Cellar" });
  await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  const made = async (someone: TestGuest, path: string, body: object) =>
    (await (await someone.call("POST", path, body)).json()) as Record<string, string>;
  return {
    ada,
    bob,
    eve,
    room,
    hall: await ada.room("public", { name: "Hall" }),
    invite: await made(ada, `/v1/rooms/${room}/invites`, {}),
    token: await made(ada, "/v1/tokens", { room }),
    session: (await ada.get("/v1/sessions")).sessions[0].id as string,
  };
}

type Furnished = Awaited<ReturnType<typeof furnish>>;

/** Checks that whatever this does is refused without a trace, and that nothing was our fault. */
async function harmless(abuse: (server: TestServer, scene: Furnished) => Promise<void>) {
  // Ada is administrator: what she may not do, nobody may.
  const server = await start({ adminClaim: null });
  const scene = await furnish(server);
  const before = await stateOf(server);
  await abuse(server, scene);
  expect(await stateOf(server)).toEqual(before);
}

interface Form {
  readonly method: string;
  readonly path: (scene: Furnished) => string;
  readonly schema: v.GenericSchema;
  /** A body that would be taken. */
  readonly good: Record<string, unknown>;
}

const forms: Record<string, Form> = {
  "become guest": {
    method: "POST",
    path: () => "/v1/guests",
    schema: protocol.BecomeGuest,
    good: { name: "Eve" },
  },
  "sign up": {
    method: "POST",
    path: () => "/v1/accounts",
    schema: protocol.SignUp,
    good: { username: "eve", password: PASSWORD },
  },
  "sign in": {
    method: "POST",
    path: () => "/v1/sessions",
    schema: protocol.SignIn,
    good: { username: "eve", password: PASSWORD },
  },
  "change me": { method: "PATCH", path: () => "/v1/me", schema: protocol.ChangeMe, good: {} },
  "create room": {
    method: "POST",
    path: () => "/v1/rooms",
    schema: protocol.CreateRoom,
    good: { kind: "private" },
  },
  "change room": {
    method: "PATCH",
    path: ({ room }) => `/v1/rooms/${room}`,
    schema: protocol.ChangeRoom,
    good: {},
  },
  join: {
    method: "PUT",
    path: ({ hall }) => `/v1/rooms/${hall}/members/me`,
    schema: protocol.JoinRoom,
    good: {},
  },
  add: {
    method: "PUT",
    path: ({ hall, bob }) => `/v1/rooms/${hall}/members/${bob.user.id}`,
    schema: protocol.AddMember,
    good: {},
  },
  "change member": {
    method: "PATCH",
    path: ({ room, bob }) => `/v1/rooms/${room}/members/${bob.user.id}`,
    schema: protocol.ChangeMember,
    good: { role: "reader" },
  },
  invite: {
    method: "POST",
    path: ({ room }) => `/v1/rooms/${room}/invites`,
    schema: protocol.CreateInvite,
    good: {},
  },
  "make a token": {
    method: "POST",
    path: () => "/v1/tokens",
    schema: protocol.CreateToken,
    good: {},
  },
};

/** As `v.GenericSchema` does not say what a schema is made of. */
interface Inside {
  readonly type: string;
  readonly entries?: Record<string, Inside>;
  readonly wrapped?: Inside;
  readonly pipe?: readonly Inside[];
}

function fieldsOf(schema: Inside): [field: string, type: string, nullable: boolean][] {
  const { entries } = schema.pipe?.[0] ?? schema;
  return Object.entries(entries ?? {}).map(([field, entry]) => {
    let inner = entry;
    let nullable = false;
    for (let wrapped = inner.wrapped; wrapped; wrapped = inner.wrapped) {
      nullable ||= inner.type === "nullable";
      inner = wrapped;
    }
    return [field, (inner.pipe?.[0] ?? inner).type, nullable];
  });
}

const deep = JSON.parse("[".repeat(500) + "]".repeat(500)) as unknown;

/** One value of each JSON type, and what is wrong in every field. */
const values: [type: string, value: unknown][] = [
  ["number", 5],
  ["number", -1],
  ["number", 1.5],
  ["number", 1e308],
  ["boolean", true],
  ["null", null],
  ["array", []],
  ["array", [5]],
  ["array", deep],
  ["object", {}],
  ["object", { $ne: "" }],
  ["object", { toString: "x" }],
  ["string", "x".repeat(10_000)],
  ["string", "\ud800"],
  ["string", "\0"],
  ["string", "__proto__"],
];

/** Strings and numbers that are wrong in form; strings that stand for secrets may be anything. */
const wrongForms: Record<string, readonly unknown[]> = {
  kind: ["", "Public", "secret", "public "],
  role: ["", "admin", "Owner", "banned"],
  can: ["", "write", "READ"],
  ttl: [0, -1, 1.5, 1e9, 2 ** 53],
  uses: [0, -1, 1.5, 1e9],
  capacity: [0, -1, 1.5, 10_001],
  with: [[""], [5], [null], Array(8).fill("x")],
  topic: ["x".repeat(1_001), "\ud800", "\0"],
  avatar: ["x".repeat(17), "a\nb", "\u202e"],
  username: ["a", "x".repeat(33), "a b", "ä", "a/b", "a{}", "../a", "a@b"],
};

test("[HTTP1] [AVL1] [LIM6] every field of every call about people and rooms, with everything it cannot be", () =>
  harmless(async (server, scene) => {
    let count = 0;
    for (const [name, { method, path, schema, good }] of Object.entries(forms)) {
      const fields = fieldsOf(schema as unknown as Inside);
      expect([name, fields.length > 0]).toEqual([name, true]);
      for (const [field, type, nullable] of fields) {
        const expects = type === "picklist" ? "string" : type;
        const wrong = values
          .filter(([is]) => is !== expects && !(is === "null" && nullable))
          .map(([, value]) => value);
        const formed = name === "sign in" ? [] : (wrongForms[field] ?? []);
        for (const value of [...wrong, ...formed]) {
          const body = { ...good, [field]: value };
          const response = await scene.ada.call(method, path(scene), body);
          const told = await outcome(response);
          expect([name, field, value, told]).toEqual([
            name,
            field,
            value,
            expect.stringMatching(new RegExp(`^400 invalid_request ${field}(\\.|$)`)),
          ]);
          count++;
        }
      }
      for (const body of ["", "null", "[]", '"text"', "5", "{", '{"a":1,}', "\ud800"]) {
        const response = await server.fetch(path(scene), {
          method,
          headers: { ...json, authorization: scene.ada.authorization },
          body,
        });
        expect([name, body, await outcome(response)]).toEqual([
          name,
          body,
          expect.stringMatching(/^400 invalid_request/),
        ]);
      }
    }
    expect(count).toBeGreaterThan(350);
  }));

test("[AVL1] keys of prototypes are fields like any other, which nobody knows", async () => {
  const server = await start();
  const { room, ...scene } = await furnish(server);
  const before = await stateOf(server);
  for (const key of ["__proto__", "constructor", "prototype"])
    for (const inner of ['{"admin":true,"role":"owner","name":"x","kind":"public"}', "null", "5"]) {
      const send = async (method: string, path: string) => {
        const { authorization } = scene.bob;
        const headers = { ...json, authorization };
        return outcome(await server.fetch(path, { method, headers, body: `{"${key}":${inner}}` }));
      };
      expect(await send("PATCH", `/v1/rooms/${room}`)).toBe("403 forbidden");
      expect(await send("PATCH", `/v1/rooms/${room}/members/${scene.bob.user.id}`)).toBe(
        "400 invalid_request role",
      );
      expect(await send("POST", "/v1/rooms")).toBe("400 invalid_request kind");
      expect(await send("POST", "/v1/accounts")).toBe("400 invalid_request username");
      expect(await send("PATCH", "/v1/me")).toBe("200");
      expect(await send("PUT", `/v1/rooms/${room}/members/me`)).toBe("200");
    }
  expect(await stateOf(server)).toEqual(before);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

const strangeIds = [
  "[]",
  "{}",
  '{"id":1}',
  "a/b",
  "/",
  "..",
  "%",
  "*",
  ".*",
  " ",
  "\0",
  "me ",
  "Current",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "null",
  "undefined",
  "💬",
  "x".repeat(64),
  "x".repeat(10_000),
];

test("[ROOM5] [AVL1] [AVL2] every place in an address for an id, with what is none", () =>
  harmless(async (server, { ada, room, hall }) => {
    const { paths } = (await (await server.fetch("/openapi.json")).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const bodies: Record<string, object> = {
      "PATCH /v1/rooms/{room}/members/{user}": { role: "reader" },
      "POST /v1/rooms/{room}/messages": { clientId: "c", text: "t" },
      "PATCH /v1/rooms/{room}/messages/{seq}": { text: "t" },
      "PUT /v1/rooms/{room}/read": { seq: 1 },
      "PUT /v1/rooms/{room}/level": { level: "all" },
    };
    const there: Record<string, string> = { room, emoji: encodeURIComponent("👍") };
    let count = 0;
    for (const [path, methods] of Object.entries(paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      for (const name of names) {
        // Another id in the same address is one that is there.
        const address = (id: string) =>
          path.replaceAll(/\{(\w+)\}/g, (_, each: string) =>
            each === name ? encodeURIComponent(id) : (there[each] ?? "1"),
          );
        for (const method of Object.keys(methods).map((each) => each.toUpperCase())) {
          const body =
            method === "GET" || method === "DELETE"
              ? undefined
              : (bodies[`${method} ${path}`] ?? {});
          for (const id of strangeIds) {
            const told = await outcome(await ada.call(method, address(id), body));
            const nothingToLift =
              method === "DELETE" && path.endsWith("/bans/{user}") && name === "user";
            expect([method, path, name, id.slice(0, 20), told]).toEqual([
              method,
              path,
              name,
              id.slice(0, 20),
              expect.stringMatching(
                nothingToLift
                  ? /^204$|^40[45] /
                  : name === "emoji"
                    ? /^400 invalid_request emoji$|^40[45] /
                    : /^40[45] (\w+_)?not_(found|allowed)$/,
              ),
            ]);
            count++;
          }
        }
      }
    }
    for (const id of [...strangeIds, "", [], {}, 5, null, ["general"]]) {
      const rooms = await ada.call("POST", "/v1/rooms", { kind: "direct", with: [id] });
      expect([id, await outcome(rooms)]).toEqual([id, expect.stringMatching(/^40[04] \w+ with/)]);
      const token = await outcome(await ada.call("POST", "/v1/tokens", { room: id }));
      const isText = typeof id === "string";
      expect([id, token]).toEqual([id, isText ? "404 room_not_found" : "400 invalid_request room"]);
    }
    expect(count).toBeGreaterThan(600);
    expect((await ada.call("GET", `/v1/rooms/${hall}`)).status).toBe(200);
  }));

test("[ROOM8] [ROOM13] [EPH3] nobody joins a room that is full, archived or gone, by whatever way", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const invited = async (room: string) => {
    const response = await ada.call("POST", `/v1/rooms/${room}/invites`, {});
    return ((await response.json()) as { invite: string }).invite;
  };
  const full = await ada.room("private", { capacity: 1 });
  const archived = await ada.room("private");
  const gone = await ada.room("private");
  const invites = {
    full: await invited(full),
    archived: await invited(archived),
    gone: await invited(gone),
  };
  await ada.call("PATCH", `/v1/rooms/${archived}`, { archived: true });
  await ada.call("DELETE", `/v1/rooms/${gone}`);
  const eve = await server.guest("Eve");
  const before = await stateOf(server);
  const cases: [room: string, invite: string, join: string, come: string][] = [
    [full, invites.full, "409 room_full", "409 room_full"],
    [archived, invites.archived, "403 forbidden", "403 forbidden"],
    [gone, invites.gone, "410 room_gone", "403 forbidden invite"],
  ];
  for (const [room, invite, joined, came] of cases) {
    expect(await outcome(await join(eve, room, { invite }))).toBe(joined);
    const guest = await create(server, "/v1/guests", { name: "Mal", invite });
    expect(await outcome(guest)).toBe(came);
    expect(guest.headers.get("set-cookie")).toBeNull();
    const account = { username: "mal", password: PASSWORD, invite };
    expect(await outcome(await create(server, "/v1/accounts", account))).toBe(came);
    const bob = ada.call("PUT", `/v1/rooms/${room}/members/${eve.user.id}`, {});
    expect(await outcome(await bob)).toBe(joined);
  }
  // Nobody is there who was refused, and nothing of an invite is used up.
  expect(await stateOf(server)).toEqual(before);
});

test("[ROOM10] an invite of one use brings in one of six who come at once, however they come", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const room = await ada.room("private");
  const invite = async (body: object) => {
    const response = await ada.call("POST", `/v1/rooms/${room}/invites`, body);
    return ((await response.json()) as { invite: string }).invite;
  };
  const six = await many(6, (index) => server.guest(`Guest ${index}`));
  const secret = await invite({ uses: 1 });
  const joined = await Promise.all(
    six.map(async (one) => outcome(await join(one, room, { invite: secret }))),
  );
  // Whoever comes after it was used up is told what they would be without it.
  expect(joined.filter((told) => told === "200")).toHaveLength(1);
  expect(joined.filter((told) => /^403 forbidden|^404 room_not_found$/.test(told))).toHaveLength(5);
  expect(await outcome(await join(six[0] as TestGuest, room, { invite: secret }))).toMatch(
    /^200$|^404 /,
  );

  const another = await invite({ uses: 1 });
  const came = await many(6, async (index) =>
    outcome(await create(server, "/v1/guests", { name: `New ${index}`, invite: another })),
  );
  expect(came.filter((told) => told === "201")).toHaveLength(1);
  expect(came.filter((told) => told.startsWith("403 forbidden"))).toHaveLength(5);
  const { users } = await stateOf(server);
  expect(users.filter(({ name }) => name.startsWith("New"))).toHaveLength(1);
  expect((await ada.get(`/v1/rooms/${room}/members`)).members).toHaveLength(3);
  expect((await ada.get(`/v1/rooms/${room}/invites`)).invites).toEqual([]);
});

test("[ROOM10] an invite opens its own room, until it ends, is revoked or is another's, and tells nothing else", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const server = await start({ clock });
  const [ada, eve] = [await server.account("ada"), await server.guest("Eve")];
  const [room, other] = [await ada.room("private"), await ada.room("private")];
  const invite = async (body: object) => {
    const response = await ada.call("POST", `/v1/rooms/${room}/invites`, body);
    return (await response.json()) as { id: string; invite: string; url: string };
  };
  const good = await invite({});
  const short = await invite({ ttl: 60 });
  const revoked = await invite({});
  expect((await ada.call("DELETE", `/v1/rooms/${room}/invites/${revoked.id}`)).status).toBe(204);
  ahead = 60_000;
  const hidden = "404 room_not_found";
  const before = await stateOf(server);
  for (const secret of [
    short.invite,
    revoked.invite,
    good.id,
    good.url,
    good.invite.slice(1),
    good.invite.toLowerCase(),
    ` ${good.invite}`,
    "",
    "*",
    "x".repeat(10_000),
  ]) {
    expect([secret, await outcome(await join(eve, room, { invite: secret }))]).toEqual([
      secret,
      hidden,
    ]);
    const guest = await create(server, "/v1/guests", { name: "Mal", invite: secret });
    expect([secret, await outcome(guest)]).toEqual([secret, "403 forbidden invite"]);
  }
  expect(await outcome(await join(eve, other, { invite: good.invite }))).toBe(hidden);
  expect(await outcome(await join(eve, "nowhere", { invite: good.invite }))).toBe(hidden);
  expect(await stateOf(server)).toEqual(before);

  expect(new URL(good.url)).toMatchObject({ pathname: `/r/${room}`, search: "" });
  // Whoever was banned does not come back by it.
  expect((await ada.call("PUT", `/v1/rooms/${room}/bans/${eve.user.id}`)).status).toBe(204);
  expect(await outcome(await join(eve, room, { invite: good.invite }))).toBe("403 forbidden");
  const bob = await server.guest("Bob");
  expect((await join(bob, room, { invite: good.invite })).status).toBe(200);
});

test("[ROOM10] who comes by invite is where it leads and not in general; to read means to read", async () => {
  const server = await start({ guests: "invite", signUp: "invite" });
  const claim = await start({ guests: "open" });
  expect((await claim.guest("Ada")).user.name).toBe("Ada");
  for (const [path, body] of [
    ["/v1/guests", { name: "Eve" }],
    ["/v1/guests", { name: "Eve", invite: "made-up" }],
    ["/v1/accounts", { username: "eve", password: PASSWORD }],
    ["/v1/accounts", { username: "eve", password: PASSWORD, invite: "made-up" }],
  ] as const)
    expect(await outcome(await create(server, path, body))).toMatch(/^403 forbidden/);
  expect((await stateOf(server)).users).toEqual([]);

  const open = await start();
  const ada = await open.account("ada");
  const room = await ada.room("private");
  const made = await ada.call("POST", `/v1/rooms/${room}/invites`, { can: "read" });
  const { invite } = (await made.json()) as { invite: string };
  const response = await create(open, "/v1/guests", { name: "Bob", invite });
  const { user, token } = (await response.json()) as { user: TestGuest["user"]; token: string };
  const bob = open.with(user, token);
  const { rooms } = await bob.get("/v1/me");
  expect(rooms).toMatchObject([{ room: { id: room }, role: "reader" }]);
  expect(await outcome(await bob.post("no", undefined, room))).toBe("403 forbidden");
  expect(await outcome(await bob.call("POST", `/v1/rooms/${room}/invites`, {}))).toBe(
    "403 forbidden",
  );
});

test("[AUTH10] where one needs an invite, a guest becomes an account with one that is good, and with no other", async () => {
  const server = await start({ signUp: "invite" });
  const ada = await server.guest("Ada");
  const room = await ada.room("private");
  const bob = await server.guest("Bob");
  const signUp = (more: object) =>
    bob.call("POST", "/v1/accounts", { username: "bob", password: PASSWORD, ...more });
  const before = await stateOf(server);
  for (const more of [{}, { invite: "" }, { invite: "made-up" }])
    expect(await outcome(await signUp(more))).toMatch(/^403 forbidden/);
  expect(await stateOf(server)).toEqual(before);
  const response = await ada.call("POST", `/v1/rooms/${room}/invites`, { uses: 1 });
  const { invite } = (await response.json()) as { invite: string };
  const made = await signUp({ invite });
  expect(made.status).toBe(201);
  const { user, token } = (await made.json()) as { user: TestGuest["user"]; token: string };
  expect(user).toEqual({ id: bob.user.id, name: "Bob", guest: false, username: "bob" });
  const { rooms } = await server.with(user, token).get("/v1/me");
  expect(rooms.map((entry: { room: { id: string } }) => entry.room.id)).toEqual(["general", room]);
  expect((await ada.get(`/v1/rooms/${room}/invites`)).invites).toEqual([]);
});

test("[AUTH10] a session that was planted is worth nothing after signing in or up", async () => {
  const server = await start();
  const mal = await server.guest("Mal");
  const made = await mal.call("POST", "/v1/tokens", {});
  const { token } = (await made.json()) as { token: string };
  // Mal's cookie is in the victim's browser, and the victim makes an account.
  const cookie = `snug_session=${mal.token}`;
  const own = { cookie, origin: server.url };
  const body = { username: "victim", password: PASSWORD };
  const account = await create(server, "/v1/accounts", body, own);
  expect(account.status).toBe(201);
  const fresh = ((await account.json()) as { token: string }).token;
  expect(fresh).not.toBe(mal.token);
  expect(account.headers.get("set-cookie")).toStartWith(`snug_session=${fresh};`);
  for (const planted of [mal.token, token])
    expect((await server.with(mal.user, planted).call("GET", "/v1/me")).status).toBe(401);
  expect((await server.with(mal.user, fresh).get("/v1/me")).user.username).toBe("victim");

  // And whatever is in the cookie, what one gets is new.
  for (const planted of [mal.token, "chosen-by-mal", fresh]) {
    const headers = { cookie: `snug_session=${planted}`, origin: server.url };
    for (const [path, form] of [
      ["/v1/sessions", body],
      ["/v1/guests", { name: "Victim" }],
    ] as const) {
      const response = await create(server, path, form, headers);
      const given = ((await response.json()) as { token: string }).token;
      expect([planted, fresh]).not.toContain(given);
      expect(response.headers.get("set-cookie")).toStartWith(`snug_session=${given};`);
    }
  }
  expect((await server.with(mal.user, "chosen-by-mal").call("GET", "/v1/me")).status).toBe(401);
});

test("[AUTH10] [AUTH11] passwords of 8 and of 1,000 characters are taken as they are, shorter and longer ones not", async () => {
  const server = await start();
  const good = [
    "12345678",
    "x".repeat(1_000),
    "💬".repeat(1_000),
    "  spaces  ",
    "\u00e9".repeat(8),
  ];
  for (const [index, password] of good.entries()) {
    const username = `user${index}`;
    expect((await create(server, "/v1/accounts", { username, password })).status).toBe(201);
    expect((await create(server, "/v1/sessions", { username, password })).status).toBe(201);
    const near = await create(server, "/v1/sessions", { username, password: `${password}x` });
    expect(await outcome(near)).toBe("401 bad_credentials");
    const cut = await create(server, "/v1/sessions", { username, password: password.slice(0, -1) });
    expect(await outcome(cut)).toBe("401 bad_credentials");
  }
  const before = await stateOf(server);
  for (const password of [
    "",
    "1234567",
    "💬".repeat(7),
    "x".repeat(1_001),
    "\0".repeat(8),
    "\ud800".repeat(8),
  ]) {
    const response = await create(server, "/v1/accounts", { username: "eve", password });
    expect(await outcome(response)).toBe("400 invalid_request password");
  }
  expect(await stateOf(server)).toEqual(before);
});

test("[AUTH10] names that mean something elsewhere are names like any other", async () => {
  const server = await start();
  const names = [
    "me",
    "current",
    "others",
    "general",
    "__proto__",
    "constructor",
    "null",
    "admin",
    "..",
    "-_",
    "0x10",
  ];
  const accounts = await Promise.all(names.map((name) => server.account(name)));
  for (const [index, account] of accounts.entries()) {
    const { user, admin } = await account.get("/v1/me");
    expect([user.username, user.name, admin]).toEqual([names[index], names[index], false]);
    const found = await account.get(`/v1/users?q=${encodeURIComponent(user.username)}`);
    expect(found.users.map(({ id }: { id: string }) => id)).toContain(user.id);
  }
  const { members } = await (accounts[0] as TestGuest).get("/v1/rooms/general/members");
  expect(members).toHaveLength(names.length);
});

test("[ACC4] [AUTH8] [AUTH13] nobody changes what is another's", () =>
  harmless(async (_, { ada, bob, eve, room, invite, token, session }) => {
    const tries: [TestGuest, string, string, object | undefined, string][] = [
      [bob, "DELETE", `/v1/sessions/${session}`, undefined, "404 session_not_found"],
      [bob, "DELETE", `/v1/tokens/${token["id"]}`, undefined, "404 token_not_found"],
      [bob, "DELETE", `/v1/tokens/${session}`, undefined, "404 token_not_found"],
      [ada, "DELETE", `/v1/tokens/${session}`, undefined, "404 token_not_found"],
      [
        bob,
        "DELETE",
        `/v1/rooms/${room}/invites/${invite["id"]}`,
        undefined,
        "404 invite_not_found",
      ],
      [
        bob,
        "DELETE",
        `/v1/rooms/general/invites/${invite["id"]}`,
        undefined,
        "404 invite_not_found",
      ],
      [eve, "DELETE", `/v1/rooms/${room}/invites/${invite["id"]}`, undefined, "404 room_not_found"],
      [bob, "PATCH", `/v1/users/${ada.user.id}`, { name: "Mal" }, "405 method_not_allowed"],
      [bob, "DELETE", `/v1/users/${ada.user.id}`, undefined, "405 method_not_allowed"],
      [
        eve,
        "PATCH",
        "/v1/me",
        { password: "another one", currentPassword: "" },
        "403 forbidden password",
      ],
      [
        bob,
        "PATCH",
        "/v1/me",
        { name: "Mal", password: "another one", currentPassword: "wrong" },
        "401 bad_credentials currentPassword",
      ],
      [
        bob,
        "PATCH",
        "/v1/me",
        { name: "Mal", password: "another one" },
        "400 invalid_request currentPassword",
      ],
      [
        ada,
        "PATCH",
        `/v1/rooms/${room}/members/${eve.user.id}`,
        { role: "owner" },
        "404 user_not_found",
      ],
      [
        ada,
        "PATCH",
        `/v1/rooms/${room}/members/${ada.user.id}`,
        { role: "reader" },
        "403 forbidden",
      ],
      [ada, "DELETE", `/v1/rooms/${room}/members/me`, undefined, "403 forbidden"],
      [ada, "PUT", `/v1/rooms/${room}/members/nobody`, {}, "404 user_not_found"],
      [ada, "PATCH", `/v1/rooms/${room}`, { capacity: 1 }, "400 invalid_request capacity"],
      [ada, "PATCH", `/v1/rooms/${room}`, { name: "" }, "400 invalid_request name"],
    ];
    for (const [who, method, path, body, told] of tries)
      expect([method, path, await outcome(await who.call(method, path, body))]).toEqual([
        method,
        path,
        told,
      ]);
  }));

test("[ROOM14] [ORD6] a change that changes nothing adds no event and succeeds", () =>
  harmless(async (_, { ada, bob, room, hall }) => {
    const same: [TestGuest, string, string, object | undefined][] = [
      [ada, "PATCH", `/v1/rooms/${room}`, {}],
      [
        ada,
        "PATCH",
        `/v1/rooms/${room}`,
        { name: "Cellar", topic: "", archived: false, capacity: null },
      ],
      [ada, "PATCH", `/v1/rooms/${hall}`, { name: "Hall" }],
      [bob, "PUT", `/v1/rooms/${room}/members/me`, {}],
      [ada, "PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {}],
      [ada, "PATCH", `/v1/rooms/${room}/members/${bob.user.id}`, { role: "member" }],
      [ada, "DELETE", `/v1/rooms/${room}/bans/${bob.user.id}`, undefined],
      [bob, "DELETE", `/v1/rooms/${hall}/members/me`, undefined],
      [bob, "PATCH", "/v1/me", {}],
      [bob, "PATCH", "/v1/me", { name: "bob" }],
    ];
    for (const [who, method, path, body] of same)
      expect([path, (await who.call(method, path, body)).ok]).toEqual([path, true]);
  }));

test("[ROOM6] [AVL1] a room is made with what belongs to its kind, and with nothing else", () =>
  harmless(async (_, { ada, bob, eve, room }) => {
    const tries: [object, string][] = [
      [{ kind: "public" }, "400 invalid_request name"],
      [{ kind: "direct" }, "400 invalid_request with"],
      [{ kind: "direct", with: [] }, "400 invalid_request with"],
      [{ kind: "direct", with: [ada.user.id] }, "400 invalid_request with"],
      [{ kind: "direct", with: [bob.user.id], capacity: 5 }, "400 invalid_request capacity"],
      [{ kind: "private", with: [bob.user.id] }, "400 invalid_request with"],
      [{ kind: "private", ttl: 60 }, "400 invalid_request ttl"],
      [{ kind: "ephemeral", ttl: 0 }, "400 invalid_request ttl"],
      [{ kind: "public", name: "general" }, "409 name_taken name"],
      [{ kind: "public", name: "HALL" }, "409 name_taken name"],
      [{ kind: "direct", with: [room] }, "404 user_not_found with"],
    ];
    for (const [body, told] of tries)
      expect([body, await outcome(await ada.call("POST", "/v1/rooms", body))]).toEqual([
        body,
        told,
      ]);
    // Eve shares no private room with Bob, but general; nobody knows of ids alone.
    expect(
      await outcome(await eve.call("POST", "/v1/rooms", { kind: "direct", with: ["bob"] })),
    ).toBe("404 user_not_found with");
  }));

test("[AVL2] [EPH3] calls that meet a room's destruction are answered, and never by a fault", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada"), await server.account("bob")];
  for (let round = 0; round < 10; round++) {
    const room = await ada.room("private");
    await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
    const at = `/v1/rooms/${room}`;
    const calls: [TestGuest, string, string, object | undefined][] = [
      [bob, "POST", `${at}/messages`, { clientId: "c", text: "t" }],
      [ada, "DELETE", at, undefined],
      [ada, "POST", `${at}/invites`, {}],
      [ada, "PATCH", at, { topic: "t" }],
      [ada, "DELETE", `${at}/bans/${bob.user.id}`, undefined],
      [ada, "PUT", `${at}/bans/${bob.user.id}`, undefined],
      [ada, "PATCH", `${at}/members/${bob.user.id}`, { role: "reader" }],
      [bob, "DELETE", `${at}/members/me`, undefined],
      [bob, "POST", "/v1/tokens", { room, can: "read" }],
      [bob, "GET", `${at}/messages`, undefined],
      [ada, "DELETE", at, undefined],
    ];
    const told = await Promise.all(
      calls.map(async ([who, method, path, body]) => outcome(await who.call(method, path, body))),
    );
    for (const each of told) expect(each).toMatch(/^20\d$|^40[34] |^410 room_gone$/);
    expect(await outcome(await ada.call("GET", at))).toBe("410 room_gone");
  }
  expect((await stateOf(server)).rooms.map(({ room }) => room.id as string)).toEqual(["general"]);
  expect(server.faults).toEqual([]);
});
