import { afterEach, describe, expect, test } from "bun:test";
import type { Chat, Inbox } from "./api.ts";
import type { SnugChat } from "./chat.ts";
import { eventually, until } from "./testing/until.ts";
import { texts, World, type Way } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const loaded = ({ status }: { status: string }) => status === "loaded";
const namesOf = (inbox: Inbox) => inbox.rooms.map(({ room, role }) => `${room.name}: ${role}`);

/** The value of what must have gone well. */
async function good<Value>(
  outcome: Promise<{ ok: true; value: Value } | { ok: false; error: { detail: string } }>,
): Promise<Value> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(settled.error.detail);
  return settled.value;
}

async function enter(chat: SnugChat, name: string): Promise<string> {
  const { user } = await good(chat.becomeGuest(name));
  world.after(chat.inbox.subscribe(() => {}));
  world.after(chat.directory.subscribe(() => {}));
  await until(chat.inbox, loaded);
  await until(chat.directory, loaded);
  return user.id;
}

const make = (chat: Chat, body: Parameters<typeof chat.call<"POST /v1/rooms">>[1]["body"]) =>
  good(chat.call("POST /v1/rooms", { body })).then(({ room }) => room);

for (const way of ["websocket", "sse"] as const satisfies Way[]) {
  describe(`over ${way}`, () => {
    test("[INB1] [INB2] the inbox is true on each device: joins, roles, names, removal", async () => {
      const { url } = await world.served(way);
      const [ada, bob] = [world.chat({ url }), world.chat({ url })];
      await enter(ada, "Ada");
      const bobsId = await enter(bob, "Bob");
      expect(namesOf(bob.inbox.get())).toEqual(["general: member"]);

      const room = await make(ada, { kind: "private", name: "Cellar" });
      await until(ada.inbox, (inbox) => namesOf(inbox).includes("Cellar: owner"));
      await good(
        ada.call("PUT /v1/rooms/:room/members/:user", {
          room: room.id,
          user: bobsId,
          body: { role: "reader" },
        }),
      );
      await until(bob.inbox, (inbox) => namesOf(inbox).includes("Cellar: reader"));
      const body = { role: "member" as const };
      await good(
        ada.call("PATCH /v1/rooms/:room/members/:user", { room: room.id, user: bobsId, body }),
      );
      await until(bob.inbox, (inbox) => namesOf(inbox).includes("Cellar: member"));
      await good(ada.call("PATCH /v1/rooms/:room", { room: room.id, body: { name: "Attic" } }));
      await until(bob.inbox, (inbox) => namesOf(inbox).includes("Attic: member"));
      await good(ada.call("DELETE /v1/rooms/:room/members/:user", { room: room.id, user: bobsId }));
      const left = await until(bob.inbox, ({ rooms }) => rooms.length === 1);
      expect(namesOf(left)).toEqual(["general: member"]);
    });

    test("[WS9] [WS10] who is sent away hears so in the room, and is back in it when let in again", async () => {
      const { url } = await world.served(way);
      const [ada, bob] = [world.chat({ url }), world.chat({ url })];
      await enter(ada, "Ada");
      const bobsId = await enter(bob, "Bob");
      const { id } = await make(ada, { kind: "private", name: "Cellar" });
      const add = () =>
        good(ada.call("PUT /v1/rooms/:room/members/:user", { room: id, user: bobsId, body: {} }));
      await add();
      const seen = bob.room(id);
      world.after(seen.state.subscribe(() => {}));
      await until(seen.state, ({ status }) => status === "live");
      const first = ada.room(id).post("before");
      if (first.ok) await first.value.sent;
      await until(seen.messages, (messages) => messages.length === 1);

      await good(ada.call("DELETE /v1/rooms/:room/members/:user", { room: id, user: bobsId }));
      const closed = await until(seen.state, ({ status }) => status === "refused");
      expect(closed.problem?.code).toBe("forbidden");
      expect(texts(closed.messages)).toEqual(["before"]);
      const second = ada.room(id).post("meanwhile");
      if (second.ok) await second.value.sent;
      await add();
      await until(seen.state, ({ status }) => status === "live");
      const both = await until(seen.messages, (messages) => messages.length === 2);
      expect(texts(both)).toEqual(["before", "meanwhile"]);
    });

    test("[WS9] of a room that one left while nobody looked at it nothing is held", async () => {
      const { url } = await world.served(way);
      const bob = world.chat({ url });
      await enter(bob, "Bob");
      const { id } = await make(bob, { kind: "public", name: "Garden" });
      const seen = bob.room(id);
      const posting = seen.post("before");
      if (posting.ok) await posting.value.sent;
      const undo = seen.state.subscribe(() => {});
      await until(seen.messages, (messages) => messages.length === 1);
      undo();
      const ada = world.chat({ url });
      const user = await enter(ada, "Ada");
      await good(ada.call("PUT /v1/rooms/:room/members/me", { room: id, body: {} }));
      const body = { role: "owner" as const };
      await good(bob.call("PATCH /v1/rooms/:room/members/:user", { room: id, user, body }));
      const here = () => good(bob.call("GET /v1/rooms/:room/presence", { room: id }));
      await eventually(async () => (await here()).count === 0);
      expect(texts(seen.messages.get())).toEqual(["before"]);
      await good(bob.call("DELETE /v1/rooms/:room/members/me", { room: id }));
      await eventually(() => seen.state.get().messages.length === 0);
      // A stranger may read it all the same.
      expect(texts(await until(seen.messages, ({ length }) => length === 1))).toEqual(["before"]);
    });

    test("[INB2] [WS10] the directory follows one's own private rooms, and how many are in a room", async () => {
      const { url } = await world.served(way);
      const [ada, bob] = [world.chat({ url }), world.chat({ url })];
      await enter(ada, "Ada");
      const bobsId = await enter(bob, "Bob");
      const shown = (chat: Chat) =>
        chat.directory.get().rooms.map(({ name, memberCount }) => `${name}: ${memberCount}`);
      // Whoever subscribes anew has it asked for anew.
      const shows = (chat: Chat, ...rooms: string[]) =>
        eventually(() => shown(chat).join() === rooms.join(), rooms.join());
      const { id } = await make(ada, { kind: "private", name: "Cellar" });
      await shows(ada, "general: 2", "Cellar: 1");
      await shows(bob, "general: 2");
      const body = {};
      await good(ada.call("PUT /v1/rooms/:room/members/:user", { room: id, user: bobsId, body }));
      await shows(ada, "general: 2", "Cellar: 2");
      await shows(bob, "general: 2", "Cellar: 2");
      await good(ada.call("PATCH /v1/rooms/:room", { room: id, body: { name: "Attic" } }));
      await shows(bob, "general: 2", "Attic: 2");
      await good(bob.call("DELETE /v1/rooms/:room/members/me", { room: id }));
      await shows(bob, "general: 2");
      await shows(ada, "general: 2", "Attic: 1");
      // Of a room that one is not in nobody tells it: it is asked for now and then.
      const garden = (await make(ada, { kind: "public", name: "Garden" })).id;
      await shows(bob, "general: 2", "Garden: 1");
      const eve = world.chat({ url });
      await enter(eve, "Eve");
      await good(eve.call("PUT /v1/rooms/:room/members/me", { room: garden, body: {} }));
      await shows(bob, "general: 3", "Garden: 2");
    });

    test("[WS10] [EPH1] public rooms come and go in the directory; a destroyed room says so", async () => {
      const { url } = await world.served(way);
      const [ada, bob] = [world.chat({ url }), world.chat({ url })];
      await enter(ada, "Ada");
      await enter(bob, "Bob");
      const { id } = await make(ada, { kind: "public", name: "Garden" });
      const names = (chat: Chat) => chat.directory.get().rooms.map(({ name }) => name);
      await until(bob.directory, () => names(bob).includes("Garden"));
      await good(ada.call("PATCH /v1/rooms/:room", { room: id, body: { name: "Yard" } }));
      await until(bob.directory, () => names(bob).includes("Yard"));
      expect(names(bob)).toEqual(["general", "Yard"]);

      await good(bob.call("PUT /v1/rooms/:room/members/me", { room: id, body: {} }));
      const yard = bob.room(id);
      world.after(yard.state.subscribe(() => {}));
      await until(yard.state, ({ status }) => status === "live");
      expect(yard.state.get().room).toMatchObject({ name: "Yard", memberCount: 2 });
      await good(ada.call("PATCH /v1/rooms/:room", { room: id, body: { topic: "Roses" } }));
      await until(yard.state, ({ room }) => room?.topic === "Roses");
      await good(ada.call("DELETE /v1/rooms/:room", { room: id }));
      const gone = await until(yard.state, ({ status }) => status === "refused");
      expect(gone.problem?.code).toBe("room_gone");
      await until(bob.directory, () => !names(bob).includes("Yard"));
      expect(namesOf(await until(bob.inbox, ({ rooms }) => rooms.length === 1))).toEqual([
        "general: member",
      ]);
    });
  });
}

test("[AUTH10] a guest becomes an account and keeps id, rooms and what waits; signing in elsewhere is the same person", async () => {
  const { url } = await world.served("websocket");
  const chat = world.chat({ url });
  const id = await enter(chat, "Ada");
  const account = { username: "ada", password: "a long password" };
  const made = await good(chat.signUp(account));
  expect(made.user).toMatchObject({ id, name: "Ada", guest: false, username: "ada" });
  await until(chat.connection, (state) => state.status === "live" && !state.user.guest);
  const elsewhere = world.chat({ url });
  expect(String((await good(elsewhere.signIn(account))).user.id)).toBe(id);
  const wrong = await elsewhere.signIn({ ...account, password: "another password" });
  expect(wrong).toMatchObject({ ok: false, error: { code: "bad_credentials" } });
});

test("a call puts its parameters where they belong, and says what went wrong as a value", async () => {
  const { url } = await world.served("websocket");
  const chat = world.chat({ url });
  expect(await chat.call("GET /v1/rooms/:room", { room: "../me" })).toMatchObject({
    ok: false,
    error: { code: "unauthorized" },
  });
  await enter(chat, "Ada Lovelace");
  expect(await chat.call("GET /v1/rooms/:room", { room: "../me" })).toMatchObject({
    ok: false,
    error: { code: "room_not_found" },
  });
  const { users } = await good(chat.call("GET /v1/users", { query: { q: "ada l" } }));
  expect(users.map(({ name }) => name)).toEqual(["Ada Lovelace"]);
});

test("a new name is seen at once, also above what was said before", async () => {
  const { url } = await world.served("websocket");
  const [ada, bob] = [world.chat({ url }), world.chat({ url })];
  await enter(ada, "Ada");
  await enter(bob, "Bob");
  const seen = bob.room("general");
  world.after(seen.state.subscribe(() => {}));
  const said = ada.room("general").post("hello");
  if (said.ok) await said.value.sent;
  await until(seen.messages, ([first]) => first?.author?.name === "Ada");
  await good(ada.call("PATCH /v1/me", { body: { name: "Ada Lovelace" } }));
  await until(seen.messages, ([first]) => first?.author?.name === "Ada Lovelace");
  expect(await good(bob.call("GET /v1/rooms/:room/members", { room: "general" }))).toMatchObject({
    members: [{ user: { name: "Ada Lovelace" } }, { user: { name: "Bob" } }],
  });
});
