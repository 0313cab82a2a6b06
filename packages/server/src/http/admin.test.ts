import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { cheapPasswords, type TestGuest } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();

/** A server whose first account, the administrator, is `ada`. */
async function house() {
  const server = await start({ adminClaim: null, passwords: cheapPasswords });
  const ada = await server.account("ada");
  return { server, ada, bob: await server.account("bob"), guest: await server.guest("Guest") };
}
const people = async (admin: TestGuest) =>
  strictly(answers.People, await admin.get("/v1/admin/people")).people;
const rooms = async (admin: TestGuest) =>
  strictly(answers.Rooms, await admin.get("/v1/admin/rooms")).rooms;

test("[ROOM12] an administrator sees everybody, and every room's name and size", async () => {
  const { ada, bob, guest } = await house();
  const room = await bob.room("private", { name: "Bob's own", topic: "quiet" });
  await bob.post("a secret text", "c", room);
  const all = await people(ada);
  expect(all.map(({ user, admin }) => [user.name, user.username, user.guest, admin])).toEqual([
    ["ada", "ada", false, true],
    ["bob", "bob", false, false],
    ["Guest", undefined, true, false],
  ]);
  expect(all.every(({ createdAt }) => Math.abs(Date.now() - createdAt) < 60_000)).toBe(true);
  const seen = await rooms(ada);
  expect(seen.find(({ name }) => name === "Bob's own")).toMatchObject({
    name: "Bob's own",
    memberCount: 1,
  });
  expect(seen.map(({ name }) => name)).toContain("general");
  expect(JSON.stringify([seen, all])).not.toContain("a secret text");
  expect(guest.user.guest).toBe(true);
});

test("[ROOM12] the text of a private room stays with its members", async () => {
  const { ada, bob } = await house();
  const room = await bob.room("private", { name: "Bob's own" });
  await bob.post("a secret text", "c", room);
  for (const [method, path, body] of [
    ["GET", ""],
    ["GET", "/messages"],
    ["GET", "/messages/2"],
    ["GET", "/events"],
    ["GET", "/members"],
    ["PUT", "/members/me", {}],
    ["POST", "/messages", { clientId: "x", text: "let me in" }],
    ["PATCH", "", { topic: "mine now" }],
    ["POST", "/invites", {}],
    ["PUT", `/members/${ada.user.id}`, { role: "owner" }],
  ] as const)
    expect(await outcome(await ada.call(method, `/v1/rooms/${room}${path}`, body))).toBe(
      "404 room_not_found",
    );
  const socket = await ada.socket();
  expect(await socket.ask({ type: "open-room", room })).toMatchObject({
    error: { code: "room_not_found" },
  });
  socket.close();
});

test("[ROOM12] of others' ephemeral rooms not even the id is told, which would open them", async () => {
  const { ada, bob } = await house();
  const [his, hers] = [await bob.room("ephemeral"), await ada.room("ephemeral")];
  const ids = (await rooms(ada)).map(({ id }) => String(id));
  expect([ids.includes(his), ids.includes(hers)]).toEqual([false, true]);
});

test("[ROOM12] an administrator destroys any room but general, and whoever is in it is told", async () => {
  const { ada, bob } = await house();
  const room = await bob.room("private", { name: "Bob's own" });
  const socket = await bob.socket();
  await socket.ask({ type: "open-room", room });
  expect((await ada.call("DELETE", `/v1/rooms/${room}`)).status).toBe(204);
  expect(await socket.next("closed")).toEqual({ type: "closed", room, code: "room_gone" });
  expect(await outcome(await bob.call("GET", `/v1/rooms/${room}`))).toBe("410 room_gone");
  expect(await outcome(await ada.call("DELETE", "/v1/rooms/general"))).toBe("403 forbidden");
  expect(await outcome(await ada.call("DELETE", "/v1/rooms/nowhere"))).toBe("404 room_not_found");
  socket.close();
});

test("[ROOM12] an administrator erases somebody else: their name goes, their sessions end, what they said stays", async () => {
  const { server, ada, bob, guest } = await house();
  const { message } = (await (await bob.post("said by Bob")).json()) as {
    message: { seq: number };
  };
  const socket = await bob.socket();
  expect((await ada.call("DELETE", `/v1/admin/people/${bob.user.id}`)).status).toBe(204);
  expect((await socket.closed).code).toBe(4401);
  expect(await outcome(await bob.call("GET", "/v1/me"))).toBe("401 unauthorized");
  expect((await people(ada)).map(({ user }) => user.name)).toEqual(["ada", "Guest"]);
  const page = await ada.get("/v1/rooms/general/messages");
  expect(page.messages.at(-1)).toMatchObject({ seq: message.seq, text: "said by Bob" });
  expect(page.users[bob.user.id].name).toBe("");
  expect(JSON.stringify(await ada.get("/v1/rooms/general/events"))).not.toContain('"name":"bob"');

  // The username is free again; guests go like accounts; nobody goes twice.
  expect((await server.account("bob")).user.id).not.toBe(bob.user.id);
  expect((await ada.call("DELETE", `/v1/admin/people/${guest.user.id}`)).status).toBe(204);
  for (const id of [bob.user.id, guest.user.id, "nobody", "x".repeat(limits.idLength + 1)])
    expect(await outcome(await ada.call("DELETE", `/v1/admin/people/${id}`))).toBe(
      "404 user_not_found",
    );
  expect(await outcome(await ada.call("DELETE", `/v1/admin/people/${ada.user.id}`))).toBe(
    "403 forbidden",
  );
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
});

test("[ROOM12] for everybody else, and for an administrator's token, all this is forbidden", async () => {
  const { server, ada, bob, guest } = await house();
  const room = await bob.room("private");
  const made = (await (await ada.call("POST", "/v1/tokens", {})).json()) as { token: string };
  const program = server.with(ada.user, made.token);
  for (const one of [bob, guest, program])
    for (const [method, path] of [
      ["GET", "/v1/admin/people"],
      ["GET", "/v1/admin/rooms"],
      ["DELETE", `/v1/admin/people/${ada.user.id}`],
      ["DELETE", `/v1/admin/people/${bob.user.id}`],
      ["DELETE", "/v1/admin/people/nobody"],
    ] as const)
      expect(await outcome(await one.call(method, path))).toBe("403 forbidden");
  expect(await outcome(await program.call("DELETE", `/v1/rooms/${room}`))).toBe(
    "404 room_not_found",
  );
  expect(await outcome(await server.fetch("/v1/admin/people"))).toBe("401 unauthorized");
  expect((await bob.call("GET", `/v1/rooms/${room}`)).status).toBe(200);
  const own = { cookie: `snug_session=${ada.token}`, origin: "https://evil.example" };
  expect(
    await outcome(
      await server.fetch(`/v1/admin/people/${bob.user.id}`, { method: "DELETE", headers: own }),
    ),
  ).toBe("403 forbidden");
});
