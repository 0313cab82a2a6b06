import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { cheapPasswords, type TestGuest } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();

const MESSAGES = "/v1/rooms/general/messages";

const me = async (someone: TestGuest) => strictly(answers.Me, await someone.get("/v1/me"));
/** How somebody stands to a room, without the room itself. */
async function standing(someone: TestGuest, id = "general") {
  const entry = (await me(someone)).rooms.find(({ room }) => room.id === id);
  if (!entry) throw new Error("they are not in the room");
  const { room: _, ...rest } = entry;
  return rest;
}
const inGeneral = async (someone: TestGuest) => {
  const { read, unread, mentions, threads } = await standing(someone);
  return { read, unread, mentions, threads };
};
async function say(someone: TestGuest, text: string, more: object = {}): Promise<number> {
  const body = { clientId: crypto.randomUUID(), text, ...more };
  const response = await someone.call("POST", MESSAGES, body);
  return strictly(answers.Message, await response.json()).message.seq;
}
const mark = async (someone: TestGuest, body: object) =>
  outcome(await someone.call("PUT", "/v1/rooms/general/read", body));

test("[UNR1] [UNR2] [INB4] unread are others' messages after the read place, which moves forward unless it may go back", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await say(ada, "before you came");
  const bob = await server.guest("Bob");
  const { seq: joined } = (await bob.get("/v1/rooms/general")).room;
  const { events } = await bob.get("/v1/rooms/general/events");
  // What was said before one came in is read.
  expect(await standing(bob)).toEqual({
    role: "member",
    level: "all",
    at: events.at(-1).at,
    read: joined,
    unread: 0,
    mentions: 0,
    threads: 0,
  });
  const [first, second] = [await say(ada, "one"), await say(ada, "two")];
  const own = await say(bob, "mine");
  const last = await say(ada, "three");
  // Posting does not move the read place, and one's own are never unread.
  expect(await inGeneral(bob)).toMatchObject({ read: joined, unread: 3 });
  await ada.call("DELETE", `${MESSAGES}/${second}`);
  expect(await inGeneral(bob)).toMatchObject({ read: joined, unread: 2 });

  expect(await mark(bob, { seq: first })).toBe("204");
  expect(await inGeneral(bob)).toMatchObject({ read: first, unread: 1 });
  expect(await mark(bob, { seq: joined })).toBe("204");
  expect(await inGeneral(bob)).toMatchObject({ read: first });
  expect(await mark(bob, { seq: joined, back: true })).toBe("204");
  expect(await inGeneral(bob)).toMatchObject({ read: joined, unread: 2 });
  expect(await mark(bob, { seq: Number.MAX_SAFE_INTEGER })).toBe("204");
  const { seq: head } = (await bob.get("/v1/rooms/general")).room;
  expect(await inGeneral(bob)).toMatchObject({ read: head, unread: 0 });
  await say(ada, "four");
  expect(await inGeneral(bob)).toMatchObject({ read: head, unread: 1 });
  expect([own, last].every((seq) => seq < head)).toBe(true);
});

test("[UNR4] [MSG13] a thread is followed from where one came to it, has its own read place, and is not in the room's count", async () => {
  const server = await start();
  const [ada, bob, eve] = await Promise.all(["Ada", "Bob", "Eve"].map(server.guest));
  if (!ada || !bob || !eve) throw new Error("three people");
  const root = await say(ada, "root");
  const replies = [await say(bob, "reply", { thread: root })];
  replies.push(await say(bob, "another", { thread: root }));
  const threads = async (someone: TestGuest) =>
    strictly(answers.Threads, await someone.get("/v1/rooms/general/threads")).threads.map(
      ({ message, read, unread }) => [message.seq as number, read, unread],
    );
  expect(await threads(ada)).toEqual([[root, root, 2]]);
  expect(await inGeneral(ada)).toMatchObject({ unread: 0, threads: 1 });
  expect(await threads(bob)).toEqual([[root, replies[0] ?? 0, 0]]);
  expect(await threads(eve)).toEqual([]);
  expect(await mark(eve, { seq: replies[0], thread: 999 })).toBe("404 message_not_found");
  expect(await inGeneral(eve)).toMatchObject({ unread: 1, threads: 0 });

  expect(await mark(ada, { seq: replies[0], thread: root })).toBe("204");
  expect(await threads(ada)).toEqual([[root, replies[0] ?? 0, 1]]);
  expect(await mark(ada, { seq: replies[1], thread: root })).toBe("204");
  expect(await inGeneral(ada)).toMatchObject({ threads: 0 });
  const younger = await say(bob, "a thread of Bob's");
  await say(ada, "an answer", { thread: younger });
  expect((await threads(bob)).map(([seq]) => seq)).toEqual([younger, root]);
});

test("[UNR5] in a room that is not large others see how far one has read, unless one does not want it", async () => {
  const server = await start({ passwords: cheapPasswords });
  const [ada, bob] = [await server.account("ada"), await server.guest("Bob")];
  const reads = async () =>
    strictly(answers.Reads, await bob.get("/v1/rooms/general/reads")).reads as object;
  const seq = await say(bob, "read this");
  // Nobody has looked yet.
  expect(await reads()).toEqual({});
  await mark(ada, { seq });
  expect(await reads()).toEqual({ [ada.user.id]: seq });
  expect(await me(ada)).toMatchObject({ presence: "auto", receipts: true });
  expect(await outcome(await ada.call("PATCH", "/v1/me", { receipts: false }))).toBe("200");
  expect((await me(ada)).receipts).toBe(false);
  expect(await reads()).not.toHaveProperty(ada.user.id);
  await ada.call("PATCH", "/v1/me", { receipts: true });
  expect(await reads()).toMatchObject({ [ada.user.id]: seq });

  const left = limits.receiptsMax - 2;
  await Promise.all(Array.from({ length: left }, (_, index) => server.guest(`Guest ${index}`)));
  expect(await reads()).toHaveProperty(ada.user.id);
  await server.guest("One more");
  expect(await reads()).toEqual({});
});

test("[UNR6] the level is one's own, and changes no count", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  await say(ada, "hello");
  for (const level of ["mentions", "none", "all"]) {
    expect(await outcome(await bob.call("PUT", "/v1/rooms/general/level", { level }))).toBe("204");
    expect(await standing(bob)).toMatchObject({ level, unread: 1 });
    expect(await standing(ada)).toMatchObject({ level: "all" });
  }
  expect(await outcome(await bob.call("PUT", "/v1/rooms/general/level", { level: "loud" }))).toBe(
    "400 invalid_request level",
  );
});

test("[UNR1] whoever leaves and comes back begins anew", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  await say(ada, "one");
  await bob.call("DELETE", "/v1/rooms/general/members/me");
  expect((await me(bob)).rooms).toEqual([]);
  expect(await mark(bob, { seq: 1 })).toBe("403 forbidden");
  await say(ada, "two");
  await bob.call("PUT", "/v1/rooms/general/members/me", {});
  const { seq } = (await bob.get("/v1/rooms/general")).room;
  expect(await inGeneral(bob)).toMatchObject({ read: seq, unread: 0 });
});
