import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { readdirSync, readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { systemClock } from "../clock.ts";
import type { Store } from "../core/ports.ts";
import { openMemory } from "../engine/memory/engine.ts";
import { cheapPasswords, PASSWORD, type Frame, type TestGuest } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start: startServer, stop } = testServers();
const start = (more: object = {}) => startServer({ passwords: cheapPasswords, ...more });

const json = { "content-type": "application/json" };
const join = (someone: TestGuest, room: string, body: object = {}) =>
  someone.call("PUT", `/v1/rooms/${room}/members/me`, body);

const eventsOf = async (someone: TestGuest, room: string): Promise<Frame[]> =>
  (await someone.get(`/v1/rooms/${room}/events`)).events;

const idsOf = async (someone: TestGuest): Promise<string[]> =>
  (await someone.get("/v1/rooms")).rooms.map(({ id }: { id: string }) => id);

async function membersOf(someone: TestGuest, room: string): Promise<Record<string, string>> {
  const { members } = strictly(answers.Members, await someone.get(`/v1/rooms/${room}/members`));
  return Object.fromEntries(members.map(({ user, role }) => [user.name, role]));
}

test("[AUTH10] an account is signed in and in general before its 201 leaves", async () => {
  const server = await start();
  const response = await server.fetch("/v1/accounts", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ username: "Ada.L", password: PASSWORD, name: "Ada Lovelace" }),
  });
  expect(response.status).toBe(201);
  const { user, token } = strictly(answers.Guest, await response.json());
  expect(user as object).toEqual({
    id: expect.any(String),
    name: "Ada Lovelace",
    guest: false,
    username: "Ada.L",
  });
  expect(response.headers.get("set-cookie")).toStartWith(`snug_session=${token}; Path=/; HttpOnly`);
  const ada = server.with(user, token);
  expect(await membersOf(ada, "general")).toEqual({ "Ada Lovelace": "member" });
  const me = strictly(answers.Me, await ada.get("/v1/me"));
  expect(me).toMatchObject({
    user,
    admin: false,
    rooms: [{ room: { id: "general" }, role: "member" }],
  });
  // Without a name of its own it is called by its username.
  expect((await server.account("bob")).user.name).toBe("bob");
});

test("[AUTH10] a guest becomes an account, and stays who they are", async () => {
  const server = await start();
  const guest = await server.guest("Ada");
  await guest.post("as a guest");
  const room = await guest.room("private");
  const socket = await guest.socket();
  // A token of hers is for programs: whoever has it makes an account of their own.
  const made = await guest.call("POST", "/v1/tokens", {});
  const program = server.with(guest.user, ((await made.json()) as { token: string }).token);
  const eve = { username: "eve", password: PASSWORD };
  const other = await (await program.call("POST", "/v1/accounts", eve)).json();
  expect(strictly(answers.Guest, other).user.id).not.toBe(guest.user.id);
  const response = await guest.call("POST", "/v1/accounts", {
    username: "ada",
    password: PASSWORD,
  });
  const { user, token } = strictly(answers.Guest, await response.json());
  expect(user as object).toEqual({ id: guest.user.id, name: "Ada", guest: false, username: "ada" });
  const ada = server.with(user, token);
  expect(await membersOf(ada, room)).toEqual({ Ada: "owner" });
  const { messages, users } = await ada.get("/v1/rooms/general/messages");
  expect(users[messages[0].by]).toEqual(user);
  expect((await eventsOf(ada, "general")).map(({ type }) => type)).toEqual([
    "member.joined",
    "message.posted",
    "member.joined",
  ]);
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect((await guest.call("GET", "/v1/me")).status).toBe(401);
});

test("[AUTH10] a guest who cannot come in where the invite leads is told so, and stays a guest with all that is theirs", async () => {
  const server = await start();
  const [host, guest] = [await server.guest("Host"), await server.guest("Ada")];
  const full = await host.room("private", { capacity: 1 });
  const made = await host.call("POST", `/v1/rooms/${full}/invites`, {});
  const { invite } = (await made.json()) as { invite: string };
  const socket = await guest.socket();
  const signUp = (more: object) =>
    guest.call("POST", "/v1/accounts", { username: "ada", password: PASSWORD, ...more });
  const refused = await signUp({ name: "Ada L", invite });
  expect(refused.headers.getSetCookie()).toEqual([]);
  expect(await outcome(refused)).toBe("409 room_full");
  expect((await guest.get("/v1/me")).user).toEqual({ id: guest.user.id, name: "Ada", guest: true });
  expect(await socket.ask({ type: "ping" })).toMatchObject({ ok: true });
  socket.close();

  await host.call("PATCH", `/v1/rooms/${full}`, { capacity: 2 });
  const { user, token } = (await (await signUp({ name: "Ada L", invite })).json()) as TestGuest;
  expect(user.id).toBe(guest.user.id);
  const ada = server.with(user, token);
  // The new name is told where they were before.
  expect((await eventsOf(host, "general")).slice(-1)).toMatchObject([
    { type: "member.changed", by: user.id, user: { id: user.id, name: "Ada L" } },
  ]);
  expect(await membersOf(ada, full)).toEqual({ Host: "owner", "Ada L": "member" });
  expect((await eventsOf(ada, full)).at(-1)).toMatchObject({ user: { name: "Ada L" } });
});

test("[AUTH10] [OPS9] an account is made in one step of the store, with all that comes with it", async () => {
  const engine = openMemory({ clock: systemClock });
  const changes: string[] = [];
  const store = new Proxy(engine.store, {
    get(target, key: keyof Store) {
      const found = target[key];
      if (typeof found !== "function") return found;
      return (...given: never[]) => {
        changes.push(key);
        return (found as (...all: never[]) => unknown).apply(target, given);
      };
    },
  });
  const server = await start({ engine: { ...engine, store }, adminClaim: null });
  const guest = await server.guest("Ada");
  await guest.call("POST", "/v1/tokens", {});
  changes.length = 0;
  const account = { username: "ada", password: PASSWORD };
  expect((await guest.call("POST", "/v1/accounts", account)).status).toBe(201);
  expect(changes).toEqual(["session", "addAccount"]);
});

test("[AUTH11] signing in asks for no case in the username, and for our own origin", async () => {
  const server = await start({ allowOrigins: ["https://friend.example.org"] });
  const ada = await server.account("Ada");
  const signIn = (username: string, headers: object = {}) =>
    server.fetch("/v1/sessions", {
      method: "POST",
      headers: { ...json, "user-agent": "Test", ...headers },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
  for (const username of ["Ada", "ada", "ADA"]) {
    const response = await signIn(username);
    expect(response.status).toBe(201);
    const { user, token } = strictly(answers.Guest, await response.json());
    expect(user as object).toEqual(ada.user);
    expect(response.headers.get("set-cookie")).toStartWith(`snug_session=${token};`);
  }
  const { sessions } = strictly(answers.Sessions, await ada.get("/v1/sessions"));
  expect(sessions.filter(({ device }) => device === "Test")).toHaveLength(3);
  expect((await signIn("ada", { origin: "https://friend.example.org" })).status).toBe(201);
  expect(await outcome(await signIn("ada", { origin: "https://example.org" }))).toBe(
    "403 forbidden",
  );
});

test("[AUTH12] name and avatar are one's own to change, and a new password ends all other sessions", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada"), await server.guest("Bob")];
  const other = await server.fetch("/v1/sessions", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ username: "ada", password: PASSWORD }),
  });
  const elsewhere = server.with(ada.user, ((await other.json()) as { token: string }).token);
  const changed = await ada.call("PATCH", "/v1/me", { name: " Ada L ", avatar: "🦉" });
  const { user } = strictly(answers.User, await changed.json());
  expect(user as object).toEqual({ ...ada.user, name: "Ada L", avatar: "🦉" });
  expect((await bob.get(`/v1/users/${ada.user.id}`)).user).toEqual(user);
  await ada.call("PATCH", "/v1/me", { avatar: "" });
  expect((await bob.get(`/v1/users/${ada.user.id}`)).user).toEqual({ ...ada.user, name: "Ada L" });

  const password = "another password";
  const set = await ada.call("PATCH", "/v1/me", { password, currentPassword: PASSWORD });
  expect(set.status).toBe(200);
  expect(JSON.stringify(await set.json())).not.toContain("password");
  expect((await elsewhere.call("GET", "/v1/me")).status).toBe(401);
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
  const again = (word: string) =>
    server.fetch("/v1/sessions", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ username: "ada", password: word }),
    });
  expect((await again(PASSWORD)).status).toBe(401);
  expect((await again(password)).status).toBe(201);
});

test("[AUTH12] who erases themselves leaves every room, and their name is nowhere any more", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada-to-be-erased"), await server.guest("Bob")];
  const room = await bob.room("private");
  await bob.call("PUT", `/v1/rooms/${room}/members/${ada.user.id}`, {});
  await ada.post("what I said stays", "c", room);
  const response = await ada.call("DELETE", "/v1/me");
  expect(response.status).toBe(204);
  expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await ada.call("GET", "/v1/me")).status).toBe(401);
  const seen = await Promise.all(
    ["/events", "/messages", "/members", ""].flatMap((path) =>
      ["general", room].map((id) => bob.get(`/v1/rooms/${id}${path}`)),
    ),
  );
  expect(JSON.stringify([seen, await bob.get("/v1/users?q=ada")])).not.toContain("to-be-erased");
  expect(JSON.stringify(seen)).toContain("what I said stays");
  expect(await membersOf(bob, room)).toEqual({ Bob: "owner" });
  const { messages, users } = await bob.get(`/v1/rooms/${room}/messages`);
  expect(users[messages[0].by]).toEqual({ id: ada.user.id, name: "", guest: false });
  expect((await bob.call("GET", `/v1/users/${ada.user.id}`)).status).toBe(404);
  // The username is free, and whoever takes it is somebody else.
  expect((await server.account("ada-to-be-erased")).user.id).not.toBe(ada.user.id);
});

test("[HTTP5] people are found by how their names begin: those one shares a room with, and accounts", async () => {
  const server = await start();
  const [ada, adam] = [await server.account("ada"), await server.account("adam", { name: "Zoe" })];
  const guest = await server.guest("Adrian");
  const room = await ada.room("private");
  const alone = await ada.call("POST", `/v1/rooms/${room}/invites`, {});
  const { invite } = strictly(answers.NewInvite, await alone.json());
  const made = await server.fetch("/v1/guests", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ name: "Adele", invite }),
  });
  const hidden = strictly(answers.Guest, await made.json()).user;
  const found = async (who: TestGuest, q: string) => {
    const { users } = strictly(
      answers.Users,
      await who.get(`/v1/users?q=${encodeURIComponent(q)}`),
    );
    return users.map(({ name }) => name).toSorted();
  };
  expect(await found(ada, "ad")).toEqual(["Adele", "Adrian", "Zoe", "ada"]);
  expect(await found(adam, "AD")).toEqual(["Adrian", "Zoe", "ada"]);
  expect(await found(guest, " zo ")).toEqual(["Zoe"]);
  for (const q of ["%", "_da", "\\", "'", "x".repeat(5_000)])
    expect(await found(ada, q)).toEqual([]);
  expect((await adam.call("GET", `/v1/users/${hidden.id}`)).status).toBe(404);
});

test("[ROOM6] anybody makes rooms of every kind, guests too, and owns them", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.account("bob")];
  const before = Date.now();
  for (const [wish, has] of [
    [
      { kind: "public", name: " Hall ", topic: " of fame " },
      { name: "Hall", topic: "of fame" },
    ],
    [{ kind: "private" }, { name: "", topic: "" }],
    [
      { kind: "private", name: "Hall", capacity: 5 },
      { name: "Hall", capacity: 5 },
    ],
    [{ kind: "ephemeral", ttl: 60, capacity: 2 }, { capacity: 2 }],
  ] as const) {
    const response = await ada.call("POST", "/v1/rooms", wish);
    expect(response.status).toBe(201);
    const { room } = strictly(answers.Room, await response.json());
    expect(room).toMatchObject({
      kind: wish.kind,
      createdBy: ada.user.id,
      archived: false,
      ...has,
    });
    expect(room).toMatchObject({ memberCount: 1, seq: 1 });
    expect(room.createdAt).toBeWithin(before, Date.now() + 1);
    expect(room.id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await membersOf(ada, room.id)).toEqual({ Ada: "owner" });
    expect(await eventsOf(ada, room.id)).toMatchObject([
      { type: "member.joined", by: ada.user.id, user: { id: ada.user.id }, role: "owner" },
    ]);
    expect((await idsOf(ada)).includes(room.id)).toBe(true);
    expect((await idsOf(bob)).includes(room.id)).toBe(wish.kind === "public");
  }
});

test("[LIM6] a topic has up to 1,000 characters, lines too", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const room = await ada.room("private", { topic: `${"💬".repeat(998)}\n.` });
  const topic = async () => (await ada.get(`/v1/rooms/${room}`)).room.topic;
  expect(Array.from(await topic())).toHaveLength(limits.topicLength);
  const long = await ada.call("PATCH", `/v1/rooms/${room}`, { topic: "💬".repeat(1_001) });
  expect(await outcome(long)).toBe("400 invalid_request topic");
  await ada.call("PATCH", `/v1/rooms/${room}`, { topic: "" });
  expect(await topic()).toBe("");
});

test("[ROOM7] in a direct room all are owners, and nobody joins, leaves, is added or is made less", async () => {
  const server = await start();
  const [ada, bob, eve] = [
    await server.account("ada"),
    await server.account("bob"),
    await server.account("eve"),
  ];
  const body = { kind: "direct", with: [bob.user.id, bob.user.id, ada.user.id] };
  const first = await ada.call("POST", "/v1/rooms", body);
  expect(first.status).toBe(201);
  const { room } = strictly(answers.Room, await first.json());
  expect(room).toMatchObject({ kind: "direct", memberCount: 2, capacity: null });
  const back = await bob.call("POST", "/v1/rooms", { kind: "direct", with: [ada.user.id] });
  expect([back.status, (await back.json()).room]).toEqual([200, room]);
  expect(await membersOf(bob, room.id)).toEqual({ ada: "owner", bob: "owner" });
  const at = `/v1/rooms/${room.id}`;
  for (const [method, path, change] of [
    ["PUT", `${at}/members/${eve.user.id}`, {}],
    ["DELETE", `${at}/members/${bob.user.id}`, undefined],
    ["PATCH", `${at}/members/${bob.user.id}`, { role: "reader" }],
    ["PUT", `${at}/bans/${bob.user.id}`, undefined],
    ["POST", `${at}/invites`, {}],
    ["PATCH", at, { name: "Ours" }],
    ["DELETE", `${at}/members/me`, undefined],
  ] as const)
    expect([path, await outcome(await ada.call(method, path, change))]).toEqual([
      path,
      "403 forbidden",
    ]);
  expect((await bob.post("still ours", undefined, room.id)).status).toBe(201);
});

test("[ROOM8] joining and leaving are one event each, and leaving twice is none", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("public", { name: "Hall", capacity: 2 });
  const joined = await join(bob, room);
  expect(strictly(answers.Room, await joined.json()).room).toMatchObject({
    id: room,
    memberCount: 2,
  });
  const leave = () => bob.call("DELETE", `/v1/rooms/${room}/members/me`);
  expect([(await leave()).status, (await leave()).status]).toEqual([204, 204]);
  const user = { id: bob.user.id, name: "Bob" };
  expect((await eventsOf(ada, room)).slice(1)).toMatchObject([
    { type: "member.joined", by: bob.user.id, user },
    { type: "member.left", by: bob.user.id, user },
  ]);
  // A room keeps an owner while others are in it.
  await join(bob, room);
  const last = () => ada.call("DELETE", `/v1/rooms/${room}/members/me`);
  expect(await outcome(await last())).toBe("403 forbidden");
  await ada.call("PATCH", `/v1/rooms/${room}/members/${bob.user.id}`, { role: "owner" });
  expect((await last()).status).toBe(204);
  expect(await membersOf(ada, room)).toEqual({ Bob: "owner" });
});

test("[ROOM9] roles, mutes, removals and bans are told, hold at once, and can be taken back", async () => {
  const server = await start();
  const [ada, bob, eve] = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await ada.room("public", { name: "Hall" });
  for (const one of [bob, eve]) await join(one, room);
  const at = `/v1/rooms/${room}`;
  const done = async (who: TestGuest, method: string, path: string, body?: object) =>
    expect([path, await outcome(await who.call(method, `${at}${path}`, body))]).toEqual([
      path,
      "204",
    ]);
  await done(ada, "PATCH", `/members/${bob.user.id}`, { role: "moderator" });
  await done(bob, "PATCH", `/members/${eve.user.id}`, { role: "reader" });
  expect(await membersOf(ada, room)).toEqual({ Ada: "owner", Bob: "moderator", Eve: "reader" });
  expect(await outcome(await eve.post("muted", undefined, room))).toBe("403 forbidden");
  await done(bob, "PATCH", `/members/${eve.user.id}`, { role: "member" });
  expect((await eve.post("heard", undefined, room)).status).toBe(201);
  await done(bob, "DELETE", `/members/${eve.user.id}`);
  expect((await join(eve, room)).status).toBe(200);
  await done(bob, "PUT", `/bans/${eve.user.id}`);
  expect(strictly(answers.Users, await bob.get(`${at}/bans`)).users as object).toEqual([eve.user]);
  expect(await outcome(await join(eve, room))).toBe("404 room_not_found");
  expect(await outcome(await ada.call("PUT", `${at}/members/${eve.user.id}`, {}))).toBe(
    "403 forbidden",
  );
  await done(bob, "DELETE", `/bans/${eve.user.id}`);
  expect((await join(eve, room)).status).toBe(200);
  const user = { id: eve.user.id, name: "Eve" };
  const by = bob.user.id;
  expect((await eventsOf(ada, room)).slice(3)).toMatchObject([
    { type: "member.changed", by: ada.user.id, user: { id: by }, role: "moderator" },
    { type: "member.changed", by, user, role: "reader" },
    { type: "member.changed", by, user, role: "member" },
    { type: "message.posted", by: eve.user.id },
    { type: "member.removed", by, user },
    { type: "member.joined", by: eve.user.id, user },
    { type: "member.removed", by, user },
    { type: "member.joined", by: eve.user.id, user },
  ]);
});

test("[ROOM10] an invite tells its secret once, and is listed to whoever made it and to moderators", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  const make = async (who: TestGuest, body: object) => {
    const response = await who.call("POST", `/v1/rooms/${room}/invites`, body);
    expect(response.status).toBe(201);
    return strictly(answers.NewInvite, await response.json());
  };
  const one = await make(ada, { can: "read", uses: 3, ttl: 60 });
  const other = await make(bob, {});
  expect(one.url).toBe(`${server.url}/r/${room}#invite=${one.invite}`);
  const listed = async (who: TestGuest) =>
    strictly(answers.Invites, await who.get(`/v1/rooms/${room}/invites`)).invites;
  // Of one millisecond either may come first.
  const all = (await listed(ada)).toSorted(({ id }) => (id === one.id ? -1 : 1));
  expect(all).toMatchObject([
    { id: one.id, can: "read", uses: 3, createdBy: ada.user.id },
    { id: other.id, can: "post", uses: null, expiresAt: null, createdBy: bob.user.id },
  ]);
  expect((all[0]?.expiresAt ?? 0) - (all[0]?.createdAt ?? 0)).toBe(60_000);
  expect(JSON.stringify(all)).not.toContain(one.invite);
  expect((await listed(bob)).map(({ id }) => id)).toEqual([other.id]);
  const eve = await server.guest("Eve");
  await join(eve, room, { invite: one.invite });
  expect(await membersOf(eve, room)).toMatchObject({ Eve: "reader" });
  expect((await listed(ada)).find(({ id }) => id === one.id)?.uses).toBe(2);
  const end = async (who: TestGuest, { id }: { id: string }) =>
    outcome(await who.call("DELETE", `/v1/rooms/${room}/invites/${id}`));
  const ends = [await end(bob, one), await end(bob, other), await end(bob, other)];
  expect(ends).toEqual(["404 invite_not_found", "204", "404 invite_not_found"]);
  expect((await listed(ada)).map(({ id }) => id)).toEqual([one.id]);
});

test("[ROOM13] an archived room is read, cleaned up and brought back, and takes nothing new", async () => {
  const server = await start();
  const [ada, bob, eve] = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await ada.room("public", { name: "Hall" });
  await join(bob, room);
  await bob.post("kept", undefined, room);
  const archive = (archived: boolean) => ada.call("PATCH", `/v1/rooms/${room}`, { archived });
  expect((await (await archive(true)).json()).room.archived).toBe(true);
  for (const answer of [
    bob.post("late", undefined, room),
    ada.post("late", undefined, room),
    join(eve, room),
    ada.call("PUT", `/v1/rooms/${room}/members/${eve.user.id}`, {}),
    ada.call("POST", `/v1/rooms/${room}/invites`, {}),
  ])
    expect(await outcome(await answer)).toBe("403 forbidden");
  expect((await eve.get(`/v1/rooms/${room}/messages`)).messages).toMatchObject([{ text: "kept" }]);
  expect((await ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`)).status).toBe(204);
  expect((await archive(false)).status).toBe(200);
  expect((await join(eve, room)).status).toBe(200);
  const changes = (await eventsOf(ada, room)).filter(({ type }) => type === "room.updated");
  expect(changes).toMatchObject([{ archived: true }, { archived: false }]);
});

test("[ORD6] whoever is out already is removed once more without an event, for an answer may be lost", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  const remove = () => ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`);
  await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  for (let time = 0; time < 3; time++) expect((await remove()).status).toBe(204);
  const types = (await eventsOf(ada, room)).map(({ type }) => type);
  expect(types).toEqual(["member.joined", "member.joined", "member.removed"]);
  const nobody = await ada.call("DELETE", `/v1/rooms/${room}/members/nobody`);
  expect(await outcome(nobody)).toBe("404 user_not_found");
});

test("[ROOM14] a change of a room is one event that holds what changed", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("public", { name: "Hall" });
  await ada.room("public", { name: "Attic" });
  await join(bob, room);
  const change = (body: object) => ada.call("PATCH", `/v1/rooms/${room}`, body);
  const changed = await change({ name: "Great hall", topic: "news", capacity: 2 });
  expect(strictly(answers.Room, await changed.json()).room).toMatchObject({
    name: "Great hall",
    topic: "news",
    capacity: 2,
  });
  expect((await eventsOf(bob, room)).at(-1)).toEqual({
    seq: 3,
    id: expect.any(String),
    type: "room.updated",
    at: expect.any(Number),
    by: ada.user.id,
    name: "Great hall",
    topic: "news",
    capacity: 2,
  });
  expect(await outcome(await change({ name: "attic" }))).toBe("409 name_taken");
  expect(await outcome(await change({ capacity: 1 }))).toBe("400 invalid_request capacity");
  expect((await (await change({ capacity: null })).json()).room.capacity).toBe(null);
  // The old name is free.
  await bob.room("public", { name: "Hall" });
});

test("[AUTH13] tokens are listed without their secrets", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const room = await ada.room("private");
  const make = async (body: object) => {
    const response = await ada.call("POST", "/v1/tokens", body);
    expect(response.status).toBe(201);
    return strictly(answers.NewToken, await response.json());
  };
  const all = [await make({}), await make({ room, can: "read", ttl: 60 })];
  const { tokens } = strictly(answers.Tokens, await ada.get("/v1/tokens"));
  expect(tokens).toHaveLength(2);
  const listed = (id = "") => tokens.find((token) => token.id === id);
  expect(listed(all[0]?.id)).toMatchObject({ room: null, can: "post", expiresAt: null });
  expect(listed(all[1]?.id)).toMatchObject({ room, can: "read" });
  for (const { token } of all) expect(JSON.stringify(tokens)).not.toContain(token);
  // A token that is bound to a room is not told how people are.
  const bound = server.with(ada.user, all[1]?.token ?? "");
  const told = async (who: TestGuest) =>
    strictly(answers.Members, await who.get(`/v1/rooms/${room}/members`)).members[0]?.status;
  expect([await told(ada), await told(bound)]).toEqual([{ availability: "offline" }, undefined]);
  // A token of one's own goes wherever one is, and runs nothing there.
  const program = server.with(ada.user, all[0]?.token ?? "");
  expect((await program.post("from a program", undefined, room)).status).toBe(201);
  expect(await outcome(await program.call("DELETE", `/v1/rooms/${room}`))).toBe("403 forbidden");
  expect((await ada.call("DELETE", `/v1/tokens/${all[0]?.id}`)).status).toBe(204);
  expect((await program.call("GET", "/v1/me")).status).toBe(401);
});

test("[ROOM10] [AUTH13] a room has so many invites, its maker so many tokens, and no more until one is ended", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const [path, most] of [
    [`/v1/rooms/${await ada.room("private")}/invites`, limits.invitesMax],
    ["/v1/tokens", limits.tokensMax],
  ] as const) {
    const make = async () => (await ada.call("POST", path, {})).json() as Promise<{ id: string }>;
    const [first] = await Promise.all(Array.from({ length: most }, make));
    expect(await outcome(await ada.call("POST", path, {}))).toBe("403 forbidden");
    expect((await ada.call("DELETE", `${path}/${first?.id}`)).status).toBe(204);
    expect((await ada.call("POST", path, {})).status).toBe(201);
  }
});

test("[AUTH8] [AUTH13] a token is no session and a session no token: each is ended as what it is", async () => {
  const server = await start();
  const ada = await server.account("ada");
  const made = await ada.call("POST", "/v1/tokens", {});
  const { id, token } = strictly(answers.NewToken, await made.json());
  const program = server.with(ada.user, token);
  const [{ id: session }] = (await ada.get("/v1/sessions")).sessions;
  expect(await outcome(await ada.call("DELETE", `/v1/sessions/${id}`))).toBe(
    "404 session_not_found",
  );
  expect(await outcome(await ada.call("DELETE", `/v1/tokens/${session}`))).toBe(
    "404 token_not_found",
  );
  for (const path of [`sessions/${session}`, `tokens/${id}`])
    expect(await outcome(await program.call("DELETE", `/v1/${path}`))).toBe("403 forbidden");
  expect((await program.call("GET", "/v1/me")).status).toBe(200);
  // What one came with one may give back, whatever it is.
  expect((await program.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  expect((await program.call("GET", "/v1/me")).status).toBe(401);
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
});

test("[EPH1] [EPH4] an ephemeral room lives ten minutes or as long as was said, and is open to whoever has its id", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const server = await start({ clock });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const lives = async (room: string) => {
    const { createdAt, expiresAt } = (await bob.get(`/v1/rooms/${room}`)).room;
    return (expiresAt - createdAt) / 1_000;
  };
  const [short, usual] = [await ada.room("ephemeral", { ttl: 60 }), await ada.room("ephemeral")];
  expect([await lives(short), await lives(usual)]).toEqual([60, limits.ttlDefault]);
  for (const path of ["/v1/rooms", "/v1/me"])
    expect(JSON.stringify(await bob.get(path))).not.toContain(short);
  expect((await bob.get(`/v1/rooms/${short}/messages`)).messages).toEqual([]);
  expect((await join(bob, short)).status).toBe(200);
  await bob.post("a word", undefined, short);
  const lists = async () => {
    const all = ["/v1/rooms", "/v1/me", "/v1/search?q=word"].map((path) => bob.get(path));
    return (await Promise.all(all)).map((list) => JSON.stringify(list).includes(short));
  };
  expect(await lists()).toEqual([true, true, true]);
  ahead = 60_000;
  // Nor is it named before it is destroyed, which may take its time.
  expect(await lists()).toEqual([false, false, false]);
  for (const path of ["/export", "/members", "/messages", "/events"])
    expect(await outcome(await bob.call("GET", `/v1/rooms/${short}${path}`))).toBe("410 room_gone");
  expect(await outcome(await bob.call("GET", `/v1/rooms/${short}`))).toBe("410 room_gone");
  expect(await outcome(await bob.post("late", undefined, short))).toBe("410 room_gone");
  expect((await bob.call("GET", `/v1/rooms/${usual}`)).status).toBe(200);
});

test("[EPH2] nothing of a destroyed room is left on the disk, also after a restart", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const secrets = ["the-name-of-it", "the-topic-of-it", "the-text-of-it"];
  const [name, topic, text = ""] = secrets;
  const room = await ada.room("ephemeral", { name, topic });
  await ada.post(text, undefined, room);
  const onDisk = () =>
    readdirSync(server.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(joinPath(entry.parentPath, entry.name), "latin1"))
      .join("");
  const left = () => [...secrets, room].filter((secret) => onDisk().includes(secret));
  expect(left()).toEqual([...secrets, room]);
  expect((await ada.call("DELETE", `/v1/rooms/${room}`)).status).toBe(204);
  const deadline = performance.now() + 2_000;
  while (left().length > 0 && performance.now() < deadline) await ada.call("GET", "/v1/me");
  expect(left()).toEqual([]);
  await stop(server);
  expect(left()).toEqual([]);
  const again = await start({ folder: server.folder });
  expect(left()).toEqual([]);
  const back = again.with(ada.user, ada.token);
  expect(await outcome(await back.call("GET", `/v1/rooms/${room}`))).toBe("410 room_gone");
});

test("[EPH3] a destroyed room is said to be gone for thirty days, to everybody, and then it never was", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const server = await start({ clock });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const room = await ada.room("private");
  await ada.call("DELETE", `/v1/rooms/${room}`);
  const says = async (who: TestGuest) => outcome(await who.call("GET", `/v1/rooms/${room}`));
  expect([await says(ada), await says(bob)]).toEqual(["410 room_gone", "410 room_gone"]);
  ahead = limits.goneMs - 60_000;
  expect(await says(bob)).toBe("410 room_gone");
  ahead = limits.goneMs;
  expect([await says(ada), await says(bob)]).toEqual(["404 room_not_found", "404 room_not_found"]);
});

test("[INB1] [INB2] [INB3] the inbox is the same on every door, and changes when one's rooms do", async () => {
  const server = await start();
  const [ada, bob] = [await server.account("ada"), await server.account("bob")];
  const room = await ada.room("private", { name: "Cellar" });
  const [socket, stream] = [await bob.socket(), await bob.inbox()];
  /** The next block with data, past comments and what is told of public rooms. */
  const streamed = async (): Promise<Frame> => {
    for (;;) {
      const block = await stream.next();
      if (block === null) throw new Error("the stream ended");
      if (block.data === undefined) continue;
      const frame = JSON.parse(block.data) as Frame;
      if (frame["type"] === "inbox") return frame;
    }
  };
  const whole = await socket.next("inbox");
  const { rooms } = await bob.get("/v1/me");
  expect(whole).toEqual({ type: "inbox", rooms });
  expect(rooms).toMatchObject([{ room: { id: "general" }, role: "member" }]);
  expect(await streamed()).toEqual(whole);

  const at = `/v1/rooms/${room}/members/${bob.user.id}`;
  const steps: [method: string, body: object | undefined, told: object][] = [
    ["PUT", {}, { changed: [{ room: { id: room, name: "Cellar" }, role: "member" }], gone: [] }],
    [
      "PATCH",
      { role: "moderator" },
      { changed: [{ room: { id: room }, role: "moderator" }], gone: [] },
    ],
    ["DELETE", undefined, { changed: [], gone: [room] }],
  ];
  for (const [method, body, told] of steps) {
    expect((await ada.call(method, at, body)).status).toBe(204);
    const frame = await socket.next("inbox");
    expect(frame).toMatchObject({ type: "inbox", ...told });
    expect(await streamed()).toEqual(frame);
  }
  socket.close();
  stream.close();
});
