import { expect, test } from "bun:test";
import { answers, type RoomId, type User } from "@snug/protocol";
import { joinDraft } from "../core/draft.ts";
import { newRoom, newSession, newUser } from "../fixtures.ts";
import { randomIds } from "../ids.ts";
import { type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

/** A room beside general, with an id of our choice. */
function addRoom(server: TestServer, id: string, kind: "public" | "private") {
  return server.engine.store.addRoom(newRoom(id, { kind, name: `The ${id}`, createdAt: 1_000 }));
}

/** Somebody who is in these rooms and no others, not even in general. */
async function addUser(server: TestServer, name: string, rooms: string[]) {
  const { id } = newUser(randomIds.id());
  const user: User = { id, name, guest: true };
  const token = randomIds.token();
  await server.engine.store.addUser(
    newUser(id, { name }),
    newSession(randomIds.id(), { tokenHash: randomIds.hash(token) }),
    rooms.map((room) => joinDraft(randomIds, room as RoomId, user)),
  );
  const get = (path: string) =>
    server.fetch(path, { headers: { authorization: `Bearer ${token}` } });
  return { user, get };
}

const roomsOf = async (response: Response) => {
  const { rooms } = strictly(answers.Rooms, await response.json());
  return rooms.map((room) => room.id as string);
};

test("[ROOM1] general is there from the first start, public, with an empty log before anybody came", async () => {
  const server = await start();
  const outsider = await addUser(server, "Outsider", []);
  const response = await outsider.get("/v1/rooms");
  const { rooms } = strictly(answers.Rooms, await response.json());
  expect(rooms).toMatchObject([{ id: "general", kind: "public", seq: 0, memberCount: 0 }]);
  expect(rooms[0]!.cursor).toMatch(/^[A-Za-z0-9_-]+\.0\.-$/);
});

test("[ROOM1] general keeps its log and its epoch over restarts", async () => {
  const first = await start();
  const ada = await first.guest("Ada");
  await ada.post("one");
  const paths = ["/v1/rooms/general", "/v1/rooms/general/events", "/v1/rooms/general/messages"];
  const before = await Promise.all(paths.map(ada.get));
  let folder = first.folder;
  await stop(first);
  for (let restart = 0; restart < 2; restart++) {
    const server = await start({ folder });
    const read = async (path: string) =>
      (await server.fetch(path, { headers: { authorization: ada.authorization } })).json();
    expect(await Promise.all(paths.map(read))).toEqual(before);
    folder = server.folder;
    await stop(server);
  }
});

test("[ROOM3] a room's seq, cursor and memberCount follow what happens in it", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const room = async () => strictly(answers.Room, await ada.get("/v1/rooms/general")).room;
  const alone = await room();
  expect(alone).toMatchObject({
    id: "general",
    kind: "public",
    name: "general",
    createdBy: null,
    expiresAt: null,
    capacity: null,
    archived: false,
    seq: 1,
    memberCount: 1,
  });
  expect(alone.createdAt).toBeWithin(Date.now() - 60_000, Date.now() + 1);

  await server.guest("Bob");
  const { message } = strictly(answers.Message, await (await ada.post("hello")).json());
  const now = await room();
  const [epoch] = alone.cursor.split(".");
  expect(now).toEqual({
    ...alone,
    seq: 3,
    memberCount: 2,
    cursor: `${epoch}.${message.seq}.${message.id}`,
  });
  expect(await ada.get(`/v1/rooms/general/events?after=${now.cursor}`)).toMatchObject({
    events: [],
    cursor: now.cursor,
  });
});

test("[ROOM3] rooms are the public ones and those you are a member of", async () => {
  const server = await start();
  await addRoom(server, "hall", "public");
  await addRoom(server, "cellar", "private");
  await addRoom(server, "attic", "private");
  const owner = await addUser(server, "Owner", ["cellar", "hall"]);
  const stranger = await addUser(server, "Stranger", []);
  expect(await roomsOf(await owner.get("/v1/rooms"))).toEqual(["general", "hall", "cellar"]);
  expect(await roomsOf(await stranger.get("/v1/rooms"))).toEqual(["general", "hall"]);
  expect((await owner.get("/v1/rooms/cellar")).status).toBe(200);
  expect((await stranger.get("/v1/rooms/hall/messages")).status).toBe(200);

  const { rooms } = strictly(answers.Me, await (await owner.get("/v1/me")).json());
  expect(rooms.map(({ room }) => room.id as string)).toEqual(["hall", "cellar"]);
});

test("[ROOM3] [AVL1] a public room is open to read for who is not a member, and to nothing else", async () => {
  const server = await start();
  await addRoom(server, "hall", "public");
  const owner = await addUser(server, "Owner", ["hall"]);
  const ada = await server.guest("Ada");
  const before = await (await owner.get("/v1/rooms/hall/events")).json();
  for (const rest of ["", "/members", "/messages", "/events"]) {
    const path = `/v1/rooms/hall${rest}`;
    const [hers, mine] = [await ada.call("GET", path), await owner.get(path)];
    expect([path, hers.status]).toEqual([path, 200]);
    // How somebody is, those alone are told who share the room with them.
    const withoutStatus = (text: string) => text.replaceAll(/,"status":\{[^}]*\}/g, "");
    const [hersText, mineText] = [await hers.text(), await mine.text()];
    expect(hersText).toBe(withoutStatus(mineText));
  }
  const sent = await ada.call("POST", "/v1/rooms/hall/messages", { clientId: "c", text: "t" });
  expect(await outcome(sent)).toBe("403 forbidden");
  expect(await (await owner.get("/v1/rooms/hall/events")).json()).toEqual(before);
});

test("[ROOM4] members are each member once, with role and time of joining", async () => {
  const server = await start();
  const before = Date.now();
  const guests = await Promise.all(["Ada", "Bob", "Ada"].map(server.guest));
  await Promise.all(guests.map((guest) => guest.post("hello")));
  const { members } = strictly(answers.Members, await guests[0]!.get("/v1/rooms/general/members"));
  expect(members.map(({ user }) => user.id as string).toSorted()).toEqual(
    guests.map(({ user }) => user.id).toSorted(),
  );
  for (const { user, role, joinedAt } of members) {
    expect(role).toBe("member");
    expect(user.guest).toBe(true);
    expect(joinedAt).toBeWithin(before, Date.now() + 1);
  }
});

/** Ids as they stand in an address: of a hidden room, of none, and of no room there can be. */
const ids = [
  "cellar",
  "nowhere",
  "General",
  "GENERAL",
  "general%00",
  "general%0a",
  "%20general",
  "general%20",
  "general%2f",
  "general%2fmessages",
  "a%2fb",
  "..%2fgeneral",
  "%252e%252e",
  "%5c",
  "gen%C3%A9ral",
  "%F0%9F%92%AC",
  "%00",
  "%0d%0a",
  "%ff",
  "%ED%A0%80",
  "%zz",
  "%",
  "{}",
  "[]",
  ":room",
  "*",
  "general;x=1",
  "general,hall",
  "'%20OR%20'1'='1",
  "__proto__",
  "constructor",
  "null",
  "undefined",
  "0",
  "-",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(10_000),
];

const calls: [method: string, rest: string, body?: string | undefined, accept?: string][] = [
  ["GET", ""],
  ["GET", "/members"],
  ["GET", "/messages"],
  ["GET", "/messages?before=5"],
  ["GET", "/messages/1"],
  ["GET", "/messages/none"],
  ["GET", "/events"],
  ["GET", "/events?after=epoch-cellar.0.-"],
  ["GET", "/events", undefined, "text/event-stream"],
  ["POST", "/messages", '{"clientId":"c","text":"t"}'],
];

test("[ACC2] [ROOM5] a hidden room and every other string answer alike on HTTP and SSE", async () => {
  const server = await start();
  await addRoom(server, "cellar", "private");
  const owner = await addUser(server, "Owner", ["cellar"]);
  const ada = await server.guest("Ada");
  const before = await (await owner.get("/v1/rooms/cellar/events")).text();
  const seen = new Set<string>();
  for (const id of ids) {
    for (const [method, rest, body, accept] of calls) {
      const response = await server.fetch(`/v1/rooms/${id}${rest}`, {
        method,
        headers: {
          authorization: ada.authorization,
          ...(accept !== undefined && { accept }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body }),
      });
      const { date: _, ...headers } = Object.fromEntries(response.headers);
      seen.add(JSON.stringify([response.status, headers, await response.clone().text()]));
      expect([id, rest, await outcome(response)]).toEqual([id, rest, "404 room_not_found"]);
    }
  }
  // Not a letter, and not a header, tells one from another.
  expect(seen.size).toBe(1);
  expect(await (await owner.get("/v1/rooms/cellar/events")).text()).toBe(before);
  expect((await ada.get("/v1/rooms/general")).room.seq).toBe(1);
});

test("[ACC2] [ROOM5] a hidden room and every other string answer alike on WebSocket", async () => {
  const server = await start();
  await addRoom(server, "cellar", "private");
  const socket = await (await server.guest("Ada")).socket();
  const unknown = ["cellar", "nowhere", "", "General", "general\0", "..", "💬", "x".repeat(10_000)];
  const errors = new Set<string>();
  for (const room of unknown) {
    for (const command of [
      { type: "open-room", room },
      { type: "open-room", room, after: "epoch-cellar.0.-" },
      { type: "post-message", room, clientId: "c", text: "t" },
    ]) {
      const { ok, error } = await socket.ask(command);
      expect([room, ok, error.code]).toEqual([room, false, "room_not_found"]);
      errors.add(JSON.stringify(error));
    }
  }
  expect(errors.size).toBe(1);
  for (const room of [5, null, ["general"], { id: "general" }, true, undefined]) {
    const { ok, error } = await socket.ask({ type: "open-room", room });
    expect([room, ok, error.code, error.field]).toEqual([room, false, "invalid_request", "room"]);
  }
  socket.close();
});

test("[HTTP4] a user is shown to those who share a room with them, and to themselves", async () => {
  const server = await start();
  await addRoom(server, "cellar", "private");
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const one = await addUser(server, "One", ["cellar"]);
  const other = await addUser(server, "Other", ["cellar"]);
  const shown = async (response: Response) =>
    strictly(answers.User, await response.json()).user as unknown;
  expect(await shown(await ada.call("GET", `/v1/users/${bob.user.id}`))).toEqual({
    ...bob.user,
    guest: true,
  });
  expect(await shown(await one.get(`/v1/users/${other.user.id}`))).toEqual(other.user);
  expect(await shown(await one.get(`/v1/users/${one.user.id}`))).toEqual(one.user);
});

test("[HTTP4] anybody else is 404 user_not_found, whether or not they exist", async () => {
  const server = await start();
  await addRoom(server, "cellar", "private");
  const ada = await server.guest("Ada");
  const hidden = await addUser(server, "Hidden", ["cellar"]);
  const alone = await addUser(server, "Alone", []);
  const seen = new Set<string>();
  for (const id of [
    hidden.user.id,
    alone.user.id,
    randomIds.id(),
    `${ada.user.id}%00`,
    `${ada.user.id}%20`,
    ada.user.id.slice(1),
    "me",
    "Ada",
    "general",
    "%zz",
    "%ff",
    "a%2fb",
    "{}",
    "__proto__",
    "x".repeat(10_000),
  ]) {
    const response = await ada.call("GET", `/v1/users/${id}`);
    seen.add(await response.clone().text());
    expect([id, await outcome(response)]).toEqual([id, "404 user_not_found"]);
  }
  expect(seen.size).toBe(1);
  expect(await outcome(await alone.get(`/v1/users/${ada.user.id}`))).toBe("404 user_not_found");
});
