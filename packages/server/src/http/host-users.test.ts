import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { SignJWT } from "jose";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { openEmbedded } from "../engine/embedded/engine.ts";
import { hostTokens } from "../host-tokens.ts";
import { cheapPasswords, openSocket, openStream, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();
const SECRET = "a secret that host and Snug share";

async function house(options: Parameters<typeof start>[0] = {}) {
  const server = await start({
    passwords: cheapPasswords,
    hostTokens: hostTokens({ secret: SECRET }, systemClock),
    ...options,
  });
  const ada = await server.account("ada");
  const room = await ada.room("private", { name: "Support" });
  return { server, ada, room };
}

type Claims = { sub?: string; name?: string; avatar?: string; rooms?: object; exp?: number };

const sign = ({ exp = Math.floor(Date.now() / 1_000) + 3_600, ...claims }: Claims) =>
  new SignJWT({ sub: "user-1", name: "Hana", rooms: {}, exp, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(SECRET));

/** Somebody who has a token of these claims. */
async function hosted(server: TestServer, claims: Claims) {
  const token = await sign(claims);
  const me = server.with({ id: "", name: "" }, token);
  const { user } = await me.get("/v1/me");
  return { ...me, user, token };
}

test("[FIL6] a signed address opens a file for a user of the host's, until their token ends or they are sent away", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const { server, ada, room } = await house({ clock });
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const hana = await hosted(server, { rooms: { [room]: "post" }, exp });
  const sent = await server.fetch(`/v1/rooms/${room}/files`, {
    method: "POST",
    headers: { authorization: hana.authorization },
    body: "x",
  });
  const { file } = strictly(answers.File, await sent.json());
  expect((await server.fetch(file.url)).status).toBe(200);
  expect(new URL(file.url, server.url).searchParams.get("until")).toBe(String(exp * 1_000));
  ahead = 61_000;
  expect((await server.fetch(file.url)).status).toBe(401);
  ahead = 0;
  expect((await server.fetch(file.url)).status).toBe(200);
  const other = await hosted(server, { sub: "user-2", rooms: {} });
  expect(await outcome(await other.call("GET", `/v1/files/${file.id}`))).toBe("404 file_not_found");
  await ada.call("DELETE", `/v1/rooms/${room}/members/${hana.user.id}`);
  expect((await server.fetch(file.url)).status).toBe(404);
});

test("[HOST1] a token of the host's lets its user in, without an account, into the rooms it names and no other", async () => {
  const { server, ada, room } = await house();
  const hana = await hosted(server, { avatar: "🦊", rooms: { [room]: "post" } });
  expect(hana.user).toEqual({ id: expect.any(String), name: "Hana", guest: false, avatar: "🦊" });
  const me = strictly(answers.Me, await hana.get("/v1/me"));
  expect([me.admin, me.rooms.map((entry) => [String(entry.room.id), entry.role])]).toEqual([
    false,
    [[room, "member"]],
  ]);
  const { rooms } = await hana.get("/v1/rooms");
  expect(rooms.map(({ id }: { id: string }) => id)).toEqual([room]);
  expect((await hana.post("hello", "c", room)).status).toBe(201);
  for (const path of ["", "/messages", "/events", "/members"])
    expect(await outcome(await hana.call("GET", `/v1/rooms/general${path}`))).toBe(
      "404 room_not_found",
    );
  const { members } = await ada.get("/v1/rooms/general/members");
  expect(members.map((member: { user: { name: string } }) => member.user.name)).toEqual(["ada"]);

  // The same on a socket, and on a stream.
  const socket = await hana.socket();
  expect(await socket.ask({ type: "open-room", room })).toMatchObject({ ok: true });
  expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({
    error: { code: "room_not_found" },
  });
  const stream = await hana.stream({ room });
  await ada.post("an answer", "a", room);
  expect((await socket.events(1))[0]).toMatchObject({ text: "an answer" });
  expect((await stream.events(1))[0]?.event).toMatchObject({ text: "an answer" });
  socket.close();
  stream.close();
});

test("[HOST1] whoever it is stays the same person, is called as the latest token says, and can be nobody else", async () => {
  const { server, ada, room } = await house();
  const rooms = { [room]: "post" };
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const first = await hosted(server, { rooms, exp, avatar: "🦊" });
  await first.post("before", "c-1", room);
  const again = await hosted(server, { rooms, exp: exp + 1, name: "Hana K." });
  expect(again.user).toEqual({ id: first.user.id, name: "Hana K.", guest: false });
  // A new name is told in the room once, however many calls bring it.
  const renamed = { rooms, exp: exp + 2, name: "Hana L." };
  await Promise.all(Array.from({ length: 10 }, () => hosted(server, renamed)));
  await hosted(server, { rooms, exp: exp + 3, name: "Hana K." });
  // The older ones are good still, and call nobody back.
  expect((await hosted(server, renamed)).user.name).toBe("Hana K.");
  const { events } = await ada.get(`/v1/rooms/${room}/events?limit=200`);
  const names = events
    .filter((event: { type: string }) => event.type === "member.changed")
    .map((event: { user: { name: string } }) => event.user.name);
  expect(names).toEqual(["Hana K.", "Hana L.", "Hana K."]);
  const { users } = await ada.get(`/v1/rooms/${room}/messages`);
  expect(users[first.user.id].name).toBe("Hana K.");

  const others = await Promise.all(
    [ada.user.id, first.user.id, "user-2", "USER-1", "user-1 ", `host-${"x".repeat(43)}`].map(
      (sub) => hosted(server, { sub, rooms }),
    ),
  );
  const ids = [...others, first, ada].map(({ user }) => user.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id.length).toBeLessThanOrEqual(limits.idLength);
});

test("[HOST3] in the 30 s that a token is taken for after its end, no stream is opened that would end at once", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const { server, room } = await house({ clock });
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const hana = await hosted(server, { rooms: { [room]: "post" }, exp });
  const stream = () =>
    server.fetch(`/v1/rooms/${room}/events`, {
      headers: { authorization: hana.authorization, accept: "text/event-stream" },
    });
  const open = await stream();
  expect(open.status).toBe(200);
  await open.body?.cancel();
  ahead = 61_000;
  expect((await hana.call("GET", "/v1/me")).status).toBe(200);
  expect(await outcome(await stream())).toBe("401 unauthorized");
});

test("[HOST1] tokens of two names that take turns rename nobody again, and write nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "snug-test-"));
  let commits = 0;
  const engine = await openEmbedded({ folder, clock: systemClock, onCommit: () => commits++ });
  const { server, ada, room } = await house({ folder, engine, rateLimits: "on" });
  const rooms = { [room]: "post" };
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const tokens = [
    await sign({ rooms, exp: exp + 1, name: "Hana" }),
    await sign({ rooms, exp, name: "Hugo", avatar: "🦊" }),
    await sign({ rooms, exp: exp + 1, name: "Henry" }),
  ];
  const me = (token: string) =>
    server.fetch("/v1/me", { headers: { authorization: `Bearer ${token}` } });
  for (const token of tokens) expect((await me(token)).status).toBe(200);
  const before = commits;
  for (let flip = 0; flip < 500; flip += 10) {
    const some = Array.from({ length: 10 }, (_, index) => me(tokens[(flip + index) % 3] ?? ""));
    await Promise.all(some);
  }
  expect(commits).toBe(before);
  const { events } = await ada.get(`/v1/rooms/${room}/events?limit=200`);
  expect(events.map(({ type }: { type: string }) => type)).toEqual([
    "member.joined",
    "member.joined",
  ]);
  const { members } = await ada.get(`/v1/rooms/${room}/members`);
  expect(members[1].user).toMatchObject({ name: "Hana" });
});

test("[HOST1] many calls at first sight make one person, who joins once", async () => {
  const { server, ada, room } = await house();
  const token = await sign({ rooms: { [room]: "post", general: "read" } });
  const person = server.with({ id: "", name: "" }, token);
  const [socket, ...all] = await Promise.all([
    person.socket(),
    ...Array.from({ length: 20 }, () => person.get("/v1/me")),
  ]);
  expect(new Set(all.map(({ user }) => user.id)).size).toBe(1);
  for (const place of [room, "general"]) {
    const { events } = await ada.get(`/v1/rooms/${place}/events?limit=200`);
    const joins = events.filter(
      (event: { type: string; user?: { name: string } }) =>
        event.type === "member.joined" && event.user?.name === "Hana",
    );
    expect(joins).toHaveLength(1);
  }
  socket.close();
});

test("[HOST5] rights are those of the token that is brought: to read, to post, or none", async () => {
  const { server, ada, room } = await house();
  const reads = await hosted(server, { rooms: { [room]: "read" } });
  const { members } = await ada.get(`/v1/rooms/${room}/members`);
  expect(members.at(-1)).toMatchObject({ user: { id: reads.user.id }, role: "reader" });
  expect((await reads.call("GET", `/v1/rooms/${room}/messages`)).status).toBe(200);
  expect(await outcome(await reads.post("no", "c", room))).toBe("403 forbidden");

  const posts = await hosted(server, { rooms: { [room]: "post" } });
  expect((await posts.post("now I may", "c", room)).status).toBe(201);
  // The older token still says what it said.
  expect(await outcome(await reads.post("no", "d", room))).toBe("403 forbidden");

  const without = await hosted(server, { rooms: { general: "read" } });
  for (const path of ["", "/messages", "/events", "/members"])
    expect(await outcome(await without.call("GET", `/v1/rooms/${room}${path}`))).toBe(
      "404 room_not_found",
    );
  const { rooms } = await without.get("/v1/me");
  expect(rooms.map((entry: { room: { id: string } }) => entry.room.id)).toEqual(["general"]);
  expect(await outcome(await without.call("GET", `/v1/users/${ada.user.id}`))).toBe("200");
});

test("[HOST5] whom a moderator muted or banned gets round it by no token", async () => {
  const { server, ada, room } = await house();
  const rooms = { [room]: "post" };
  const hana = await hosted(server, { rooms });
  const place = `/v1/rooms/${room}`;
  await ada.call("PATCH", `${place}/members/${hana.user.id}`, { role: "reader" });
  const again = await hosted(server, { rooms, exp: Math.floor(Date.now() / 1_000) + 60 });
  for (const one of [hana, again])
    expect(await outcome(await one.post("muted", "c", room))).toBe("403 forbidden");
  await ada.call("PATCH", `${place}/members/${hana.user.id}`, { role: "member" });
  expect((await hana.post("heard again", "c", room)).status).toBe(201);

  expect((await ada.call("PUT", `${place}/bans/${hana.user.id}`)).status).toBe(204);
  expect(await outcome(await hana.post("banned", "d", room))).toBe("404 room_not_found");
  expect(await outcome(await hana.call("GET", `${place}/messages`))).toBe("404 room_not_found");
});

test("[HOST5] who is sent out while muted comes back by their token as muted, until somebody lifts it", async () => {
  const { server, ada, room } = await house();
  const rooms = { [room]: "post" };
  const place = `/v1/rooms/${room}/members`;
  const hana = await hosted(server, { rooms });
  await ada.call("PATCH", `${place}/${hana.user.id}`, { role: "reader" });
  for (let time = 0; time < 2; time++) {
    expect((await ada.call("DELETE", `${place}/${hana.user.id}`)).status).toBe(204);
    for (const clientId of ["c", "d"])
      expect(await outcome(await hana.post("muted", clientId, room))).toBe("403 forbidden");
    expect((await hana.call("GET", `/v1/rooms/${room}/messages`)).status).toBe(200);
  }
  await ada.call("PATCH", `${place}/${hana.user.id}`, { role: "member" });
  await ada.call("DELETE", `${place}/${hana.user.id}`);
  expect((await hana.post("heard again", "e", room)).status).toBe(201);
  // What the host itself gave, it may give more of.
  await ada.call("DELETE", `${place}/${hana.user.id}`);
  const reads = await hosted(server, { rooms: { [room]: "read" } });
  expect(await outcome(await reads.post("no", "f", room))).toBe("403 forbidden");
  expect((await hana.post("yes", "g", room)).status).toBe(201);
});

test("[HOST5] clearing the history neither lifts a mute nor makes one of what a token said", async () => {
  const { server, ada, room } = await house();
  const place = `/v1/rooms/${room}/members`;
  const hana = await hosted(server, { rooms: { [room]: "post" } });
  const ivo = await hosted(server, { sub: "user-2", name: "Ivo", rooms: { [room]: "read" } });
  await ada.call("PATCH", `${place}/${hana.user.id}`, { role: "reader" });
  await ada.call("DELETE", `${place}/${hana.user.id}`);
  expect((await ada.call("DELETE", `/v1/rooms/${room}/messages`)).ok).toBe(true);
  expect(await outcome(await hana.post("muted", "c", room))).toBe("403 forbidden");
  expect(await outcome(await ivo.post("not yet", "c", room))).toBe("403 forbidden");
  const posts = await hosted(server, { sub: "user-2", name: "Ivo", rooms: { [room]: "post" } });
  expect((await posts.post("more", "d", room)).status).toBe(201);
});

test("[HOST5] a token does in its rooms what it says, and nothing else", async () => {
  const { server, ada, room } = await house();
  const direct = await ada.room("direct", { with: [(await server.account("bob")).user.id] });
  const full = await ada.room("ephemeral", { capacity: 1 });
  const hana = await hosted(server, {
    rooms: { [room]: "post", [direct]: "post", [full]: "post", nowhere: "post" },
  });
  const calls: [string, string, object | undefined, string][] = [
    ["POST", "/v1/rooms", { kind: "private" }, "403 forbidden"],
    ["POST", "/v1/tokens", {}, "403 forbidden"],
    ["GET", "/v1/tokens", undefined, "403 forbidden"],
    ["GET", "/v1/sessions", undefined, "403 forbidden"],
    ["DELETE", "/v1/sessions/others", undefined, "403 forbidden"],
    ["PATCH", "/v1/me", { name: "Somebody" }, "403 forbidden"],
    ["DELETE", "/v1/me", undefined, "403 forbidden"],
    ["GET", "/v1/users?q=a", undefined, "403 forbidden"],
    ["GET", "/v1/admin/people", undefined, "403 forbidden"],
    ["POST", `/v1/rooms/${room}/invites`, {}, "403 forbidden"],
    ["PATCH", `/v1/rooms/${room}`, { topic: "mine" }, "403 forbidden"],
    ["DELETE", `/v1/rooms/${room}`, undefined, "403 forbidden"],
    ["DELETE", `/v1/rooms/${room}/members/me`, undefined, "403 forbidden"],
    ["PUT", `/v1/rooms/general/members/me`, {}, "404 room_not_found"],
    ["GET", `/v1/rooms/${direct}/messages`, undefined, "404 room_not_found"],
    ["GET", "/v1/rooms/nowhere", undefined, "404 room_not_found"],
  ];
  for (const [method, path, body, said] of calls)
    expect([method, path, await outcome(await hana.call(method, path, body))]).toEqual([
      method,
      path,
      said,
    ]);
  expect(await outcome(await hana.post("no place", "c", full))).toBe("403 forbidden");
  // It signs nobody in: not as a cookie, and not in an address.
  const cookie = `snug_session=${hana.token}`;
  expect(await outcome(await server.fetch("/v1/me", { headers: { cookie } }))).toBe(
    "401 unauthorized",
  );
  const address = `/v1/rooms/${room}/events?token=${hana.token}`;
  const accept = "text/event-stream";
  expect(await outcome(await server.fetch(address, { headers: { accept } }))).toBe(
    "401 unauthorized",
  );
});

test("[HOST3] a wrong token is 401 with what is wrong with it, on every door, and makes nobody", async () => {
  const { server, ada, room } = await house({ adminClaim: null });
  const expired = await sign({ rooms: { [room]: "post" }, exp: 1_000 });
  const headers = { authorization: `Bearer ${expired}` };
  const answer = await server.fetch("/v1/me", { headers });
  const { detail } = (await answer.clone().json()) as { detail: string };
  expect(await outcome(answer)).toBe("401 unauthorized");
  expect(detail).toContain("expired");
  const stream = await server.fetch(`/v1/rooms/${room}/events`, {
    headers: { ...headers, accept: "text/event-stream" },
  });
  expect(await outcome(stream)).toBe("401 unauthorized");
  const socket = await openSocket(server.url);
  socket.send({ type: "hello", token: expired });
  expect(await socket.closed).toEqual({ code: 4401, reason: detail });
  const { people } = await ada.get("/v1/admin/people");
  expect(people).toHaveLength(1);
});

test("[HOST3] connections end at exp", async () => {
  const { server, room } = await house();
  const hana = await hosted(server, {
    rooms: { [room]: "post" },
    exp: Math.ceil(Date.now() / 1_000) + 1,
  });
  const [socket, stream, inbox] = [
    await hana.socket(),
    await hana.stream({ room }),
    await hana.inbox(),
  ];
  expect((await socket.closed).code).toBe(4401);
  while ((await stream.next()) !== null);
  while ((await inbox.next()) !== null);
  // Clocks may differ: a call is still taken, and a connection ends as soon as it is there.
  expect((await hana.call("GET", "/v1/me")).status).toBe(200);
  expect((await (await openHello(server, hana.token)).closed).code).toBe(4401);
  const late = await openStream(`${server.url}/v1/rooms/${room}/events`, {
    authorization: hana.authorization,
  });
  while ((await late.next()) !== null);
});

async function openHello(server: TestServer, token: string) {
  const socket = await openSocket(server.url);
  socket.send({ type: "hello", token });
  return socket;
}

test("[HOST1] whom an administrator erased comes back by no token", async () => {
  const { server, ada, room } = await house({ adminClaim: null });
  const hana = await hosted(server, { rooms: { [room]: "post", general: "post" } });
  const hugo = await hosted(server, { sub: "user-2", name: "Hugo", rooms: { general: "post" } });
  const socket = await hana.socket();
  expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({ ok: true });
  const streams = [await hana.stream({ room }), await hana.stream(), await hana.inbox()];
  const other = await hugo.socket();
  expect((await ada.call("DELETE", `/v1/admin/people/${hana.user.id}`)).status).toBe(204);
  expect(await outcome(await hana.call("GET", "/v1/me"))).toBe("401 unauthorized");
  // Nor does anybody listen on who was there already.
  expect((await socket.closed).code).toBe(4401);
  for (const stream of streams) while ((await stream.next()) !== null);
  expect((await (await openHello(server, hana.token)).closed).code).toBe(4401);
  expect(await other.ask({ type: "ping" })).toMatchObject({ ok: true });
  other.close();
});

test("[HOST1] without the setting a JWT is a token like any that is not known", async () => {
  const server = await start();
  const token = await sign({ rooms: { general: "post" } });
  const headers = { authorization: `Bearer ${token}` };
  expect(await outcome(await server.fetch("/v1/me", { headers }))).toBe("401 unauthorized");
});

test("[LIM7] a host's user has the rates of a user, over all their tokens", async () => {
  const { server, room } = await house({
    rateLimits: "on",
    clock: { ...systemClock, elapsed: () => 0 },
  });
  const hana = await hosted(server, { rooms: { [room]: "post" } });
  const again = await hosted(server, { rooms: { [room]: "post", general: "read" } });
  for (let index = 0; index < limits.sendsBurst; index++)
    expect((await (index % 2 ? hana : again).post("hi", `${index}`, room)).status).toBe(201);
  for (const one of [hana, again])
    expect(await outcome(await one.post("too much", "late", room))).toBe("429 rate_limited");
});
