import { limits, type User } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import { Company } from "./company.ts";
import { FastClock, ManualClock } from "./testing/clocks.ts";
import { message } from "./testing/fake-server.ts";
import { eventually, until } from "./testing/until.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const user = (name: string) => ({ id: `u_${name}`, name, guest: true }) as User;
const [ada, bob] = [user("ada"), user("bob")] as const;

test("[SDK10] who writes is seen until they said it, went, or stopped, and is forgotten with the link", () => {
  const clock = new ManualClock();
  const company = new Company(clock);
  const names = () => company.typing.get().map(({ name }) => name);
  company.hear({ kind: "typing", user: ada });
  company.hear({ kind: "typing", user: bob });
  const both = company.typing.get();
  clock.advance(limits.typingMs - 1);
  company.hear({ kind: "typing", user: bob });
  expect(company.typing.get()).toBe(both);
  clock.advance(1);
  expect(names()).toEqual(["bob"]);
  company.take([{ type: "message.posted", ...message(1, bob.id, "c", "said") }]);
  expect(names()).toEqual([]);
  company.hear({ kind: "typing", user: ada });
  company.hear({ kind: "presence", online: [], offline: [ada.id], count: 1 });
  expect(names()).toEqual([]);
  company.hear({ kind: "typing", user: ada });
  company.forget();
  expect([names(), clock.pending]).toEqual([[], 0]);
});

test("[SDK10] who is here is the snapshot and what came after it; of a crowd there is only the count", () => {
  const company = new Company(new ManualClock());
  const seen = () => {
    const { online, count } = company.presence.get();
    return [online.map(({ name }) => name), count];
  };
  company.hear({ kind: "presence", whole: true, online: [ada], offline: [], count: 1 });
  company.hear({ kind: "presence", online: [bob, ada], offline: [], count: 2 });
  expect(seen()).toEqual([["bob", "ada"], 2]);
  company.hear({ kind: "presence", online: [], offline: [bob.id], count: 1 });
  expect(seen()).toEqual([["ada"], 1]);
  company.hear({ kind: "presence", online: [], offline: [], count: limits.presenceMax + 1 });
  expect(seen()).toEqual([[], limits.presenceMax + 1]);
  company.hear({ kind: "presence", whole: true, online: [bob], offline: [], count: 1 });
  expect(seen()).toEqual([["bob"], 1]);
});

test("[SDK10] with the link all company is forgotten, and comes anew with the next", async () => {
  const server = world.fake();
  const clock = new FastClock(1);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  const room = chat.room("general");
  const stores = [room.state, room.presence, room.typing, room.reads, chat.people];
  for (const { subscribe } of stores) world.after(subscribe(() => {}));
  server.reads = { u_ada: 3, u_bob: 4 };
  await until(room.state, ({ status }) => status === "live");
  const signal = { type: "signal", room: "general" };
  const snapshot = {
    ...signal,
    kind: "presence",
    whole: true,
    online: [ada],
    offline: [],
    count: 1,
  };
  server.tell(snapshot);
  server.tell({ ...signal, kind: "typing", user: ada });
  server.tell({ type: "signal", kind: "status", whole: true, people: { u_x: "gone" } });
  server.tell({
    type: "signal",
    kind: "status",
    whole: true,
    people: { u_ada: { availability: "busy" } },
  });
  server.tell({ type: "signal", kind: "status", people: { u_bob: { availability: "away" } } });
  server.tell({ ...signal, kind: "read", user: "u_bob", seq: 9 });
  const known = () => [
    room.presence.get().count,
    room.typing.get().length,
    Object.keys(chat.people.get()),
    room.reads.get(),
  ];
  await until(chat.people, (people) => "u_bob" in people);
  await until(room.reads, (reads) => "u_ada" in reads && reads["u_bob"] === 9);
  expect(known()).toEqual([1, 1, ["u_ada", "u_bob"], { u_ada: 3, u_bob: 9 }]);
  const lost = until(chat.connection, ({ status }) => status !== "live");
  for (const socket of server.sockets) socket.close(4008);
  await lost;
  expect(known()).toEqual([0, 0, [], {}]);
  await until(room.state, ({ status }) => status === "live");
  server.tell(snapshot);
  await until(room.presence, ({ count }) => count === 1);
});

test("[SDK10] who is here is not forgotten when what was missed comes after it", async () => {
  const server = world.fake();
  const clock = new FastClock(1);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  const room = chat.room("general");
  for (const { subscribe } of [room.state, room.presence]) world.after(subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  for (const socket of server.sockets) socket.close(4008);
  await until(room.state, ({ status }) => status !== "live");
  server.add("missed");
  // As a server says it: where the log ends, who is here, and then what is missing.
  server.onCommand = (command, socket) => {
    if (command["type"] !== "open-room") return false;
    server.reply(socket, command, { room: server.room(), cursor: server.cursor() });
    const company = { online: [ada], offline: [], count: 1 };
    const signal = { type: "signal", room: "general", kind: "presence", whole: true, ...company };
    for (const frame of [signal, server.events(1)]) socket.send(JSON.stringify(frame));
    return true;
  };
  await until(room.state, ({ status }) => status === "live");
  expect(room.presence.get()).toEqual({ online: [ada], count: 1 });
});

/** A room whose receipts are looked at, and what is said in it. */
function receipts() {
  const server = world.fake();
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock(1));
  const room = chat.room("general");
  for (const { subscribe } of [room.state, room.reads]) world.after(subscribe(() => {}));
  const about = (type: string, id: string) => server.happen({ type, user: { id, name: id } });
  const read = (user: string, seq: number) =>
    server.tell({ type: "signal", room: "general", kind: "read", user, seq });
  return { server, room, about, read };
}

test("[UNR5] of who left nothing is told any more, nor of who has gone back to where they came in", async () => {
  const { server, room, about, read } = receipts();
  for (const text of ["one", "two", "three"]) server.add(text);
  server.reads = { u_ada: 3, u_bob: 2, u_cem: 1 };
  await until(room.reads, (reads) => "u_cem" in reads);
  let count = 0;
  // What was told before this has been heard with it.
  const reads = async () => {
    read("u_last", ++count);
    await until(room.reads, (all) => all["u_last"] === count);
    const { u_last: _, ...others } = room.reads.get();
    return others;
  };
  server.tellEvents(about("member.left", "u_ada"), about("member.changed", "u_cem"));
  expect(await reads()).toEqual({ u_bob: 2, u_cem: 1 });
  // What they read before they left, told of late.
  read("u_ada", 3);
  read("u_bob", 0);
  expect(await reads()).toEqual({ u_cem: 1 });
  server.tellEvents(about("member.removed", "u_cem"), about("member.joined", "u_ada"));
  expect(await reads()).toEqual({});
  const { seq } = server.add("four");
  read("u_ada", seq);
  expect(await reads()).toEqual({ u_ada: seq });
});

test("[UNR5] of who left while it was asked nothing is told, but of who had come back before", async () => {
  const { server, room, about } = receipts();
  await until(room.state, ({ status }) => status === "live");
  for (const socket of server.sockets) socket.close(4008);
  await until(room.state, ({ status }) => status !== "live");
  about("member.left", "u_ada");
  about("member.joined", "u_ada");
  const { seq } = server.add("missed");
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  server.onCall = (_, { pathname }) => {
    if (!pathname.endsWith("/reads")) return null;
    asked.resolve();
    return answer.promise;
  };
  await asked.promise;
  server.tellEvents(about("member.left", "u_bob"));
  await until(room.state, (state) => state.status === "live" && state.room?.memberCount === 0);
  answer.resolve(Response.json({ reads: { u_ada: seq, u_bob: seq } }));
  await until(room.reads, (reads) => "u_ada" in reads);
  expect(room.reads.get()).toEqual({ u_ada: seq });
});

test("[SDK10] one is told to be writing at once, then every four seconds, and anew after a send", async () => {
  const server = world.fake();
  const clock = new FastClock(1);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  const room = chat.room("general");
  room.setTyping();
  world.after(room.state.subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  const told = () => server.commands.filter(({ type }) => type === "set-typing").length;
  for (let key = 0; key < 20; key++) room.setTyping();
  await eventually(() => told() > 0);
  expect(told()).toBe(1);
  clock.skew += 4_000;
  room.setTyping();
  await eventually(() => told() === 2);
  room.post("said");
  room.setTyping();
  await eventually(() => told() === 3);
});

test("[SDK10] who is away is so on each new connection, until they are back", async () => {
  const server = world.fake();
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock(50));
  world.after(chat.connection.subscribe(() => {}));
  chat.setAway(true);
  const told = () =>
    server.commands.filter(({ type }) => type === "set-away").map(({ away }) => away);
  await eventually(() => told().length === 1);
  for (const socket of server.sockets) socket.close(4008);
  await eventually(() => told().length === 2);
  chat.setAway(false);
  chat.setAway(false);
  await eventually(() => told().length === 3);
  expect(told()).toEqual([true, true, false]);
});
