import { expect, test } from "bun:test";
import { cheapPasswords, openSocket, openStream, PASSWORD, type TestGuest } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start: startServer } = testServers();
const start = (more: object = {}) => startServer({ passwords: cheapPasswords, ...more });

// What goes wrong in small chat apps again and again, each shown not to happen
// here: about people, rooms, places and what may stand in a call.

const json = { "content-type": "application/json" };
const many = <Value>(count: number, make: (index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

async function memberIds(someone: TestGuest, room: string): Promise<string[]> {
  const { members } = await someone.get(`/v1/rooms/${room}/members`);
  return members.map((member: { user: { id: string } }) => member.user.id);
}

async function texts(someone: TestGuest, room: string): Promise<string[]> {
  const { messages } = await someone.get(`/v1/rooms/${room}/messages?limit=200`);
  return messages.map((message: { text: string }) => message.text);
}

const join = (someone: TestGuest, room: string, body: object = {}) =>
  someone.call("PUT", `/v1/rooms/${room}/members/me`, body);

/** What a browser sends that keeps the cookie it was given. */
function browser(url: string, signedIn: Response) {
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  return {
    cookie,
    call: (method: string, path: string, body?: object) =>
      fetch(url + path, {
        method,
        headers: { cookie, origin: url, ...(body && json) },
        ...(body && { body: JSON.stringify(body) }),
      }),
  };
}

test("[ROOM8] six join a room for two at once: exactly two are in, and four are told that it is full", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const room = await owner.room("ephemeral", { capacity: 2 });
  const six = await many(6, (index) => server.guest(`Guest ${index}`));
  const answers = await Promise.all(six.map(async (one) => outcome(await join(one, room))));
  expect(answers.toSorted()).toEqual(["200", ...Array(5).fill("409 room_full")]);
  const inside = await memberIds(owner, room);
  expect(inside).toHaveLength(2);
  // Whoever is in may come again, and whoever was refused is not locked out for ever.
  const [lucky] = six.filter((_, index) => answers[index] === "200");
  const [late] = six.filter((_, index) => answers[index] !== "200");
  if (!lucky || !late) throw new Error("one of each");
  expect((await join(lucky, room)).status).toBe(200);
  expect((await lucky.call("DELETE", `/v1/rooms/${room}/members/me`)).status).toBe(204);
  expect((await join(late, room)).status).toBe(200);
  expect(await memberIds(owner, room)).toEqual([owner.user.id, late.user.id]);
});

test("[ROOM8] one person who joins six times at once takes one place", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const room = await owner.room("ephemeral", { capacity: 3 });
  const bob = await server.guest("Bob");
  const answers = await many(6, () => join(bob, room));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(await memberIds(owner, room)).toEqual([owner.user.id, bob.user.id]);
  const { events } = await owner.get(`/v1/rooms/${room}/events`);
  expect(events.filter(({ by }: { by: string }) => by === bob.user.id)).toHaveLength(1);
});

test("[AUTH2] one cookie serves all rooms, and a second room locks nobody out of the first", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const rooms = await many(3, () => owner.room("ephemeral", { capacity: 2 }));
  const bob = browser(
    server.url,
    await server.fetch("/v1/guests", { method: "POST", headers: json, body: '{"name":"Bob"}' }),
  );
  for (const room of rooms)
    expect((await bob.call("PUT", `/v1/rooms/${room}/members/me`, {})).status).toBe(200);
  for (const room of rooms) {
    for (const path of ["", "/messages", "/members"])
      expect((await bob.call("GET", `/v1/rooms/${room}${path}`)).status).toBe(200);
    const said = { clientId: room, text: "still here" };
    expect((await bob.call("POST", `/v1/rooms/${room}/messages`, said)).status).toBe(201);
    expect(await memberIds(owner, room)).toHaveLength(2);
  }
});

test("[ROOM8] looking takes no place: previews, prefetches and streams of strangers change nothing", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const room = await owner.room("ephemeral", { capacity: 2 });
  const before = await owner.get(`/v1/rooms/${room}`);
  const eve = await server.guest("Eve");
  for (const method of ["GET", "HEAD", "OPTIONS"])
    for (const path of ["", "/members", "/messages", "/events", "/members/me", "/invites", "/bans"])
      for (const headers of [{}, { authorization: eve.authorization }])
        await server.fetch(`/v1/rooms/${room}${path}`, { method, headers });
  const stream = await eve.stream({ room });
  expect(stream.response.status).toBe(200);
  const socket = await eve.socket();
  expect((await socket.ask({ type: "open-room", room })).ok).toBe(true);
  expect(await owner.get(`/v1/rooms/${room}`)).toEqual(before);
  expect((await join(await server.guest("Bob"), room)).status).toBe(200);
  stream.close();
  socket.close();
});

test("[ACC1] sender, name, role, number and time in a body have no effect, on any door", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const before = Date.now();
  const forged = {
    by: ada.user.id,
    from: ada.user.id,
    sender: "Ada",
    user: ada.user,
    name: "Ada",
    role: "owner",
    seq: 1,
    id: "forged",
    at: Date.UTC(2100, 0),
    date: Date.UTC(2100, 0),
    timestamp: 1,
    editedAt: 1,
    deletedAt: 1,
    pinned: true,
    reactions: { like: [ada.user.id] },
  };
  const socket = await bob.socket();
  await socket.ask({ type: "post-message", room: "general", clientId: "s", text: "s", ...forged });
  await bob.call("POST", "/v1/rooms/general/messages", { clientId: "h", text: "h", ...forged });
  await bob.post("last");
  const { messages } = await ada.get("/v1/rooms/general/messages");
  expect(messages.map(({ text }: { text: string }) => text)).toEqual(["s", "h", "last"]);
  for (const message of messages) {
    expect(message).toMatchObject({
      by: bob.user.id,
      editedAt: null,
      pinned: false,
      reactions: {},
    });
    expect(message.at).toBeWithin(before, Date.now() + 1);
    expect(message.id).not.toBe("forged");
  }
  // Nor do they make somebody else of a guest, or more.
  const response = await server.fetch("/v1/guests", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ ...forged, username: "ada", guest: false, admin: true }),
  });
  const { user } = (await response.json()) as { user: object };
  expect(user).toEqual({ id: expect.any(String), name: "Ada", guest: true });
  expect(user).not.toMatchObject({ id: "forged" });
  const room = await bob.room("private", { createdBy: ada.user.id, ...forged });
  expect(room).not.toBe("forged");
  expect(await memberIds(bob, room)).toEqual([bob.user.id]);
  socket.close();
});

test("[ROOM6] twenty rooms made at once are twenty rooms", async () => {
  const server = await start();
  const makers = await many(4, (index) => server.guest(`Maker ${index}`));
  const made = await many(20, async (index) =>
    (makers[index % 4] as TestGuest).room("public", { name: `Room ${index}` }),
  );
  expect(new Set(made).size).toBe(20);
  const [first] = makers;
  const { rooms } = await (first as TestGuest).get("/v1/rooms");
  expect(rooms.map(({ id }: { id: string }) => id).toSorted()).toEqual(
    ["general", ...made].toSorted(),
  );
});

test("[ROOM6] public rooms of one name made at once, in any letters, are one", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const names = ["Hall", "hall", "HALL", " Hall ", "Ｈall"];
  const answers = await Promise.all(
    names.map(async (name) =>
      outcome(await ada.call("POST", "/v1/rooms", { kind: "public", name })),
    ),
  );
  expect(answers.toSorted()).toEqual(["201", ...Array(4).fill("409 name_taken name")]);
  // Names of rooms that nobody sees tell nobody that they are there.
  await ada.room("private", { name: "Cellar" });
  await (await server.guest("Bob")).room("public", { name: "Cellar" });
});

test("[AUTH10] five who sign up with one name at once, in any letters, are one account", async () => {
  const server = await start();
  const names = ["ada", "Ada", "ADA", "aDA", "ada"];
  const answers = await Promise.all(
    names.map(async (username) => {
      const body = JSON.stringify({ username, password: PASSWORD });
      return outcome(await server.fetch("/v1/accounts", { method: "POST", headers: json, body }));
    }),
  );
  expect(answers.toSorted()).toEqual(["201", ...Array(4).fill("409 username_taken username")]);
  const bob = await server.guest("Bob");
  expect(await memberIds(bob, "general")).toHaveLength(2);
});

test("[AUTH11] a slip in a name or a password makes no account and signs nobody in", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const tries = [
    { username: "adda", password: PASSWORD },
    { username: "ada", password: `${PASSWORD} ` },
    { username: " ada", password: PASSWORD },
    { username: "", password: "" },
    { username: "Ada Lovelace", password: PASSWORD },
  ];
  const said = new Set<string>();
  for (const body of tries) {
    const call = { method: "POST", headers: json, body: JSON.stringify(body) };
    const response = await server.fetch("/v1/sessions", call);
    said.add(await response.clone().text());
    expect([body, await outcome(response)]).toEqual([body, "401 bad_credentials"]);
    expect(response.headers.get("set-cookie")).toBeNull();
  }
  expect(said.size).toBe(1);
  expect(await memberIds(ada, "general")).toEqual([ada.user.id]);
});

test("[AUTH10] [LIM4] nobody and nothing public is without a name, or has one without end", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const name of ["", " ", "\u200b", "\u2800", "\n", "x".repeat(65), "x".repeat(5_000)]) {
    const calls: [string, string, object, string][] = [
      ["POST", "/v1/guests", { name }, "name"],
      ["POST", "/v1/accounts", { username: name, password: PASSWORD }, "username"],
      ["POST", "/v1/accounts", { username: "bob", password: PASSWORD, name }, "name"],
      ["POST", "/v1/rooms", { kind: "public", name }, "name"],
      ["PATCH", "/v1/me", { name }, "name"],
    ];
    for (const [method, path, body, field] of calls)
      expect([name, path, await outcome(await ada.call(method, path, body))]).toEqual([
        name,
        path,
        `400 invalid_request ${field}`,
      ]);
  }
  expect(await ada.get("/v1/rooms/general/members")).toMatchObject({
    members: [{ user: ada.user }],
  });
});

test("[AUTH1] two guests of one name are two people, and neither looks like the account of that name", async () => {
  const server = await start();
  const account = await server.account("ada");
  const [one, other] = [await server.guest("ada"), await server.guest("ada")];
  const said = await Promise.all([account, one, other].map((each) => each.post("I am Ada")));
  expect(said.map(({ status }) => status)).toEqual([201, 201, 201]);
  const { messages, users } = await one.get("/v1/rooms/general/messages");
  const authors = messages.map(({ by }: { by: string }) => users[by]);
  expect(new Set(messages.map(({ by }: { by: string }) => by)).size).toBe(3);
  expect(authors.filter(({ guest }: { guest: boolean }) => guest)).toHaveLength(2);
  for (const author of authors) expect(author.username).toBe(author.guest ? undefined : "ada");
  // One of two leaves, and the other stays.
  await one.call("DELETE", "/v1/rooms/general/members/me");
  expect(await memberIds(account, "general")).toEqual(
    expect.arrayContaining([account.user.id, other.user.id]),
  );
  expect(await memberIds(account, "general")).toHaveLength(2);
});

test("[MSG1] equal messages of one second stay two, each with its own number and id", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await many(10, () => ada.post("hello"));
  const { messages } = await ada.get("/v1/rooms/general/messages");
  expect(messages).toHaveLength(10);
  expect(new Set(messages.map(({ id }: { id: string }) => id)).size).toBe(10);
  const numbers = messages.map(({ seq }: { seq: number }) => seq);
  expect(numbers).toEqual(Array.from({ length: 10 }, (_, index) => index + 2));
});

test("[ORD1] [DUR1] two who send fifteen each at once are heard thirty times", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  const wanted = Array.from({ length: 15 }, (_, index) => `n${index}`).flatMap((text) => [
    `Ada ${text}`,
    `Bob ${text}`,
  ]);
  await Promise.all(
    wanted.map((text) => (text.startsWith("Ada") ? ada : bob).post(text, undefined, room)),
  );
  expect((await texts(ada, room)).toSorted()).toEqual(wanted.toSorted());
});

test("[ORD1] a room's first messages survive those who join at the same time", async () => {
  const server = await start();
  const owner = await server.guest("Owner");
  const guests = await many(5, (index) => server.guest(`Guest ${index}`));
  const room = await owner.room("ephemeral");
  await Promise.all([
    owner.post("first", undefined, room),
    ...guests.map((one) => join(one, room)),
    owner.post("second", undefined, room),
  ]);
  expect(await texts(owner, room)).toEqual(["first", "second"]);
  const { events } = await owner.get(`/v1/rooms/${room}/events`);
  expect(events.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("[ACC2] [ROOM5] an id that is a pattern, a path or a picture of another opens nothing", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const eve = await server.guest("Eve");
  const room = await ada.room("private", { name: "Secret" });
  await ada.post("secret", undefined, room);
  const ids = [
    ".*",
    "^.*$",
    `${room.slice(0, -1)}.`,
    `^(${room}|general)$`,
    "..",
    `../${room}`,
    `general/../${room}`,
    "{}",
    `{"id":"${room}"}`,
    "/",
    `/${room}`,
    `${room}/`,
    "%",
    "_".repeat(22),
    "*",
    `${room}\0`,
    `${room},general`,
    "x".repeat(10_000),
  ];
  for (const id of ids) {
    const address = encodeURIComponent(id);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/messages", undefined],
      ["GET", "/events", undefined],
      ["PUT", "/members/me", {}],
      ["POST", "/messages", { clientId: "c", text: "t" }],
    ] as const) {
      const response = await eve.call(method, `/v1/rooms/${address}${path}`, body);
      // A dot segment is resolved before it is sent, and leaves another path.
      const told = await outcome(response);
      expect([id, path, told]).toEqual([
        id,
        path,
        expect.stringMatching(/^404 (room_)?not_found$|^405 /),
      ]);
    }
    const made = await eve.call("POST", "/v1/tokens", { room: id, can: "read" });
    expect([id, await outcome(made)]).toEqual([id, "404 room_not_found"]);
  }
  expect(await texts(ada, room)).toEqual(["secret"]);
  expect(await memberIds(ada, room)).toEqual([ada.user.id]);
});

test("[ACC3] sockets and streams end at logout", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const [socket, stream] = [await ada.socket(), await ada.stream()];
  await ada.call("DELETE", "/v1/sessions/current");
  expect(await socket.closed).toMatchObject({ code: 4401 });
  while (await stream.next());
  const response = await ada.post("ghost");
  expect(await outcome(response)).toBe("401 unauthorized");
});

test("[ACC2] [ROOM7] what two say to each other reaches nobody else, and nobody else hears that they talk", async () => {
  const server = await start();
  const [ada, bob, eve] = [
    await server.account("ada"),
    await server.account("bob"),
    await server.account("eve"),
  ];
  const sockets = await Promise.all([eve, bob].map((one) => one.socket()));
  const [hers, his] = sockets as [Awaited<ReturnType<TestGuest["socket"]>>, (typeof sockets)[0]];
  for (const socket of sockets) {
    await socket.next("inbox");
    await socket.ask({ type: "open-room", room: "general" });
  }
  const inbox = await eve.inbox();
  const room = await ada.room("direct", { with: [bob.user.id] });
  expect(await his?.next("inbox")).toMatchObject({
    changed: [{ room: { id: room }, role: "owner" }],
  });
  await his?.ask({ type: "open-room", room });
  await ada.post("between us", undefined, room);
  expect((await his?.events(1))?.[0]).toMatchObject({ text: "between us" });

  for (const path of ["", "/messages", "/events", "/members"])
    expect(await outcome(await eve.call("GET", `/v1/rooms/${room}${path}`))).toBe(
      "404 room_not_found",
    );
  expect(await outcome(await join(eve, room))).toBe("404 room_not_found");
  expect((await hers.ask({ type: "open-room", room })).ok).toBe(false);
  expect(await outcome(await eve.post("me too", undefined, room))).toBe("404 room_not_found");
  await ada.post("fence");
  expect(await hers.events(1)).toMatchObject([{ text: "fence" }]);
  for (const seen of [
    hers.frames,
    hers.asides,
    await eve.get("/v1/rooms"),
    await eve.get("/v1/me"),
  ])
    expect(JSON.stringify(seen)).not.toContain(room);
  // The stream's first block is the whole list; nothing came behind it.
  const first = await inbox.next();
  expect(JSON.stringify([first, await inbox.next()])).not.toContain(room);
  inbox.close();
  for (const socket of sockets) socket.close();
});

test("[ROOM7] nobody makes a room between others, and the room of two is made once", async () => {
  const server = await start();
  const [ada, bob, eve] = [
    await server.account("ada"),
    await server.account("bob"),
    await server.account("eve"),
  ];
  const made = await many(6, (index) =>
    (index % 2 ? ada : bob).call("POST", "/v1/rooms", {
      kind: "direct",
      with: [(index % 2 ? bob : ada).user.id],
    }),
  );
  expect(made.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
  expect(made.every(({ ok }) => ok)).toBe(true);
  const rooms = await Promise.all(
    made.map(async (response) => ((await response.json()) as { room: { id: string } }).room.id),
  );
  expect(new Set(rooms).size).toBe(1);
  const third = await eve.room("direct", { with: [ada.user.id, bob.user.id] });
  expect(rooms).not.toContain(third);
  expect((await memberIds(eve, third)).toSorted()).toEqual(
    [ada, bob, eve].map(({ user }) => user.id).toSorted(),
  );
  // A guest is known to those alone who share a room with them.
  const gus = await server.guest("Gus");
  await gus.call("DELETE", "/v1/rooms/general/members/me");
  for (const names of [[], [eve.user.id], ["nobody"], [gus.user.id]]) {
    const response = await eve.call("POST", "/v1/rooms", { kind: "direct", with: names });
    expect(await outcome(response)).toMatch(/^(400 invalid_request|404 user_not_found) with$/);
  }
  const den = await eve.room("private");
  const brought = await eve.call("PUT", `/v1/rooms/${den}/members/${gus.user.id}`, {});
  expect(await outcome(brought)).toBe("404 user_not_found");
});

test("[ACC4] nobody sends another away, wipes a room or writes over it who has no right to", async () => {
  const server = await start();
  const [owner, bob, eve] = [
    await server.guest("Owner"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await owner.room("public", { name: "Hall" });
  await join(bob, room);
  await owner.post("stays", undefined, room);
  const before = await owner.get(`/v1/rooms/${room}/events`);
  for (const [method, path, body] of [
    ["DELETE", `/members/${owner.user.id}`, undefined],
    ["PATCH", `/members/${owner.user.id}`, { role: "reader" }],
    ["PATCH", `/members/${eve.user.id}`, { role: "owner" }],
    ["PUT", `/members/${eve.user.id}`, { role: "owner" }],
    ["PUT", `/bans/${owner.user.id}`, undefined],
    ["DELETE", "", undefined],
    ["PATCH", "", { name: "Mine" }],
  ] as const)
    for (const someone of [bob, eve])
      expect(await outcome(await someone.call(method, `/v1/rooms/${room}${path}`, body))).toBe(
        "403 forbidden",
      );
  for (const path of ["/v1/rooms/general", "/v1/rooms", "/v1/users", "/v1", "/"])
    expect((await eve.call("DELETE", path)).status).toBeWithin(403, 406);
  expect(await owner.get(`/v1/rooms/${room}/events`)).toEqual(before);
});

test("[ROOM1] even an administrator does not destroy the room where everybody arrives", async () => {
  const server = await start({ adminClaim: null });
  const admin = await server.account("admin");
  expect((await admin.get("/v1/me")).admin).toBe(true);
  expect(await outcome(await admin.call("DELETE", "/v1/rooms/general"))).toBe("403 forbidden");
  expect((await server.guest("Ada")).user.name).toBe("Ada");
});

test("[AUTH2] nothing about people or rooms is told without a session", async () => {
  const server = await start();
  await server.guest("Ada");
  const { paths } = (await (await server.fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const open = [
    "/v1/doors",
    "/v1/limits",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/v1/socket",
  ];
  const tried: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    if (open.includes(path)) continue;
    for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
      const signsIn = ["/v1/guests", "/v1/accounts", "/v1/sessions"].includes(path);
      if (method === "POST" && signsIn) continue;
      const address = path.replaceAll(/\{[^}]+\}/g, "general");
      for (const headers of [
        {},
        { authorization: "Bearer made-up" },
        { cookie: "snug_session=x" },
      ]) {
        const response = await server.fetch(address, { method, headers });
        const allowed = "cookie" in headers && method !== "GET" ? /^40[13] / : /^401 unauthorized$/;
        expect([method, path, await outcome(response)]).toEqual([
          method,
          path,
          expect.stringMatching(allowed),
        ]);
      }
      tried.push(`${method} ${path}`);
    }
  }
  expect(tried.length).toBeGreaterThan(25);
  const stream = await openStream(`${server.url}/v1/rooms/general/events`, {});
  expect(stream.response.status).toBe(401);
});

test("[AUTH5] [WS1] an origin that only looks like ours is not ours", async () => {
  const server = await start();
  const { host, port } = new URL(server.url);
  const ada = browser(
    server.url,
    await server.fetch("/v1/guests", { method: "POST", headers: json, body: '{"name":"Ada"}' }),
  );
  const origins = [
    `http://${host}.example.org`,
    `http://example.org/${host}`,
    `http://evil-${host}`,
    `http://localhost:${port}`,
    `http://localhost.example.org`,
    `https://${host}`,
    `http://127.0.0.1:1`,
    `http://127.0.0.1`,
    "null",
    "",
  ];
  for (const origin of origins) {
    const headers = { ...json, origin };
    const guest = { method: "POST", headers, body: '{"name":"Eve"}' };
    expect([origin, (await server.fetch("/v1/guests", guest)).status]).toEqual([origin, 403]);
    const room = await server.fetch("/v1/rooms", {
      method: "POST",
      headers: { ...headers, cookie: ada.cookie },
      body: '{"kind":"private"}',
    });
    expect([origin, room.status]).toEqual([origin, 403]);
    expect(room.headers.get("access-control-allow-credentials")).toBeNull();
    const socket = await openSocket(server.url, { cookie: ada.cookie, origin });
    expect((await socket.ask({ type: "ping" })).error.code).toBe("unauthorized");
    socket.close();
  }
});

test("[EPH3] whoever was away when a room was destroyed is told that it is gone", async () => {
  const server = await start();
  const [owner, bob, eve] = [
    await server.guest("Owner"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await owner.room("ephemeral");
  await join(bob, room);
  const { cursor } = await bob.get(`/v1/rooms/${room}/events`);
  expect((await owner.call("DELETE", `/v1/rooms/${room}`)).status).toBe(204);
  const socket = await bob.socket();
  expect((await socket.ask({ type: "open-room", room, after: cursor })).error.code).toBe(
    "room_gone",
  );
  for (const someone of [owner, bob, eve])
    for (const path of ["", "/messages", `/events?after=${cursor}`])
      expect(await outcome(await someone.call("GET", `/v1/rooms/${room}${path}`))).toBe(
        "410 room_gone",
      );
  socket.close();
});

test("[AVL1] [AVL2] what is missing from a call is named in the answer, and the process goes on", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const path of ["/v1/sessions", "/v1/accounts"]) {
    const call = { method: "POST", headers: json, body: '{"username":"ada"}' };
    expect(await outcome(await server.fetch(path, call))).toBe("400 invalid_request password");
  }
  expect((await ada.call("GET", "/v1/users?ids[]=99&ids=1&q[]=x")).status).toBe(200);
  const socket = await ada.socket();
  const { error } = await socket.ask({ type: "post-message", room: "general", clientId: "c" });
  expect(error).toMatchObject({ code: "invalid_request", field: "text" });
  const other = await ada.socket();
  socket.send("{");
  expect(await socket.closed).toMatchObject({ code: 4400 });
  expect((await other.ask({ type: "ping" })).ok).toBe(true);
  const large = await ada.call("POST", "/v1/rooms/general/messages", {
    clientId: "large",
    text: "x".repeat(900_000),
  });
  expect(await outcome(large)).toBe("413 too_large");
  other.close();
});

test("[AUTH13] a token of one room opens no other, and one to read writes nothing", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada"), await server.account("bob")];
  const [room, other] = [await ada.room("private"), await ada.room("private")];
  const make = async (body: object) => {
    const response = await ada.call("POST", "/v1/tokens", body);
    return server.with(ada.user, ((await response.json()) as { token: string }).token);
  };
  const [reads, posts] = [await make({ room, can: "read" }), await make({ room })];
  const stranger = await ada.room("private");
  await ada.call("PUT", `/v1/rooms/${stranger}/members/${bob.user.id}`, {});
  const led = await bob.room("private");
  const invited = await bob.call("POST", `/v1/rooms/${led}/invites`, {});
  const { invite } = (await invited.json()) as { invite: string };
  for (const token of [reads, posts]) {
    expect((await token.call("GET", `/v1/rooms/${room}/messages`)).status).toBe(200);
    for (const id of [other, "general", stranger])
      expect(await outcome(await token.call("GET", `/v1/rooms/${id}`))).toBe("404 room_not_found");
    const ids = (list: { room: { id: string } }[]) => list.map((entry) => entry.room.id);
    expect(ids((await token.get("/v1/me")).rooms)).toEqual([room]);
    expect((await token.get("/v1/rooms")).rooms.map(({ id }: { id: string }) => id)).toEqual([
      room,
    ]);
    // It tells of nobody who is not in that room.
    expect(await outcome(await token.call("GET", `/v1/users/${bob.user.id}`))).toBe(
      "404 user_not_found",
    );
    expect(JSON.stringify(await token.get("/v1/users?q="))).not.toContain(bob.user.id);
    for (const [method, path, body] of [
      ["POST", "/v1/rooms", { kind: "private" }],
      ["POST", "/v1/tokens", { room }],
      ["GET", "/v1/tokens", undefined],
      ["GET", "/v1/sessions", undefined],
      ["DELETE", "/v1/sessions", undefined],
      ["DELETE", "/v1/sessions/others", undefined],
      ["PATCH", "/v1/me", { name: "Eve" }],
      ["DELETE", "/v1/me", undefined],
      ["DELETE", `/v1/rooms/${room}`, undefined],
      ["POST", `/v1/rooms/${room}/invites`, {}],
      ["PUT", `/v1/rooms/${led}/members/me`, { invite }],
    ] as const)
      expect([path, await outcome(await token.call(method, path, body))]).toEqual([
        path,
        "403 forbidden",
      ]);
  }
  expect(await outcome(await reads.post("no", undefined, room))).toBe("403 forbidden");
  expect((await posts.post("yes", undefined, room)).status).toBe(201);
});

test("[AUTH14] a token in the address opens streams of its room, and nothing else", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const room = await ada.room("private");
  const make = async (body: object) => {
    const response = await ada.call("POST", "/v1/tokens", body);
    return ((await response.json()) as { token: string }).token;
  };
  const [token, personal] = [await make({ room, can: "read" }), await make({ can: "read" })];
  const accept = { accept: "text/event-stream" };
  const stream = await openStream(`${server.url}/v1/rooms/${room}/events?token=${token}`, {});
  expect(stream.response.status).toBe(200);
  await ada.post("heard", undefined, room);
  expect((await stream.events(1))[0]?.event["text"]).toBe("heard");
  stream.close();
  for (const path of [`/v1/rooms/${room}`, `/v1/rooms/${room}/messages`, "/v1/me", "/v1/rooms"])
    for (const headers of [accept, {}]) {
      const response = await server.fetch(`${path}?token=${token}`, { headers });
      expect([path, await outcome(response)]).toEqual([path, "401 unauthorized"]);
    }
  const posted = await server.fetch(`/v1/rooms/${room}/messages?token=${token}`, {
    method: "POST",
    headers: { ...json, ...accept },
    body: '{"clientId":"c","text":"t"}',
  });
  expect(await outcome(posted)).toBe("401 unauthorized");
  // An address is read by many: it takes no token that opens more than a room.
  for (const wrong of [ada.token, personal, "", "made-up"]) {
    const none = await openStream(`${server.url}/v1/rooms/${room}/events?token=${wrong}`, {});
    expect(none.response.status).toBe(401);
  }
});

test("[MSG9] [ORD8] thirty like a message at the same moment: all thirty count, and each is told as one small event", async () => {
  const server = await start();
  const author = await server.guest("Author");
  await many(30, (index) => author.post(`history ${index} ${"x".repeat(500)}`));
  const { message } = (await (await author.post("like this")).json()) as {
    message: { seq: number };
  };
  const fans = await many(30, (index) => server.guest(`Fan ${index}`));
  const watcher = await author.socket();
  let bytes = 0;
  watcher.raw.addEventListener("message", ({ data }) => {
    if (String(data).includes('"events"')) bytes += String(data).length;
  });
  await watcher.ask({ type: "open-room", room: "general" });
  const path = `/v1/rooms/general/messages/${message.seq}`;
  const like = `${path}/reactions/${encodeURIComponent("👍")}`;
  const put = (fan: TestGuest) => fan.call("PUT", like);
  // Each of them twice, as an impatient finger does.
  const answers = await Promise.all([...fans.map(put), ...fans.map(put)]);
  expect(answers.every(({ status }) => status === 204)).toBe(true);
  const likes = async () =>
    ((await author.get(path)).message.reactions["👍"] ?? []) as readonly string[];
  const ids = fans.map(({ user }) => user.id);
  expect((await likes()).toSorted()).toEqual(ids.toSorted());
  const told = await watcher.events(30);
  expect(told.map(({ type }) => type)).toEqual(Array(30).fill("reaction.added"));
  expect(told.map(({ by }) => by)).toEqual((await likes()) as string[]);
  expect(bytes).toBeLessThan(30 * 400);
  await Promise.all(fans.slice(0, 29).map((fan) => fan.call("DELETE", like)));
  expect(await likes()).toEqual(ids.slice(29));
  watcher.close();
});

test("[UNR1] [UNR2] [MSG11] counts follow the log: impatient deletes, marks from two devices at once, edits", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const seqs: number[] = [];
  for (let index = 0; index < 6; index++) {
    const said = (await (await ada.post(`${index}`)).json()) as { message: { seq: number } };
    seqs.push(said.message.seq);
  }
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = seqs;
  const path = "/v1/rooms/general/messages";
  const reading = async () => {
    const [{ read, unread }] = (await bob.get("/v1/me")).rooms;
    return [read, unread];
  };
  await many(5, () => ada.call("DELETE", `${path}/${fifth}`));
  expect((await reading())[1]).toBe(5);
  const mark = (seq: number) => bob.call("PUT", "/v1/rooms/general/read", { seq });
  await Promise.all([second, third, first, second].map(mark));
  expect(await reading()).toEqual([third, 2]);
  // What was read is not counted down again, nor up by an edit.
  await many(3, () => ada.call("DELETE", `${path}/${first}`));
  await ada.call("PATCH", `${path}/${second}`, { text: "edited" });
  await ada.call("PUT", `${path}/${fourth}/reactions/${encodeURIComponent("👍")}`);
  await ada.call("PATCH", "/v1/me", { name: "Adele" });
  expect(await reading()).toEqual([third, 2]);
});

test("[MSG8] [ORD8] two devices edit one message at the same moment: all see the edit that came last in the log", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const { message } = (await (await ada.post("first")).json()) as { message: { seq: number } };
  const path = `/v1/rooms/general/messages/${message.seq}`;
  await many(20, (index) => ada.call("PATCH", path, { text: `version ${index}` }));
  const { events } = await bob.get("/v1/rooms/general/events?limit=200");
  const edits = events.filter(({ type }: { type: string }) => type === "message.edited");
  expect(edits).toHaveLength(20);
  expect((await bob.get(path)).message.text).toBe(edits.at(-1).text);
  const { edits: before } = await bob.get(`${path}/edits`);
  expect(before.map(({ text }: { text: string }) => text)).toEqual([
    "first",
    ...edits.slice(0, -1).map(({ text }: { text: string }) => text),
  ]);
});
