import { expect, test } from "bun:test";
import { answers, limits, type Message, type RoomId, type UserId } from "@snug/protocol";
import { pinDraft, reactDraft } from "../core/draft.ts";
import { posting } from "../fixtures.ts";
import { randomIds as ids } from "../ids.ts";
import type { TestGuest, TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

const MESSAGES = "/v1/rooms/general/messages";
const EVENTS = "/v1/rooms/general/events?limit=200";

const at = (seq: number, rest = "", room = "general") => `/v1/rooms/${room}/messages/${seq}${rest}`;
const reaction = (emoji: string) => `/reactions/${encodeURIComponent(emoji)}`;

async function say(someone: TestGuest, text: string, more: object = {}, room = "general") {
  const response = await someone.call("POST", `/v1/rooms/${room}/messages`, {
    clientId: crypto.randomUUID(),
    text,
    ...more,
  });
  expect(response.status).toBe(201);
  return strictly(answers.Message, await response.json()).message;
}

const shown = async (someone: TestGuest, seq: number, room = "general"): Promise<Message> =>
  strictly(answers.Message, await someone.get(at(seq, "", room))).message;
const page = async (someone: TestGuest, query = "") =>
  strictly(answers.Messages, await someone.get(MESSAGES + query));
const events = async (someone: TestGuest) => strictly(answers.Events, await someone.get(EVENTS));
const head = async (someone: TestGuest) => (await someone.get("/v1/rooms/general")).room.seq;

/** Does it, and says what it answered and how many events it was. */
async function deed(someone: TestGuest, method: string, path: string, body?: object) {
  const before = await head(someone);
  const answered = await outcome(await someone.call(method, path, body));
  return `${answered}, ${(await head(someone)) - before} events`;
}

async function three(server: TestServer) {
  const owner = await server.guest("Olga");
  return { owner, ada: await server.guest("Ada"), bob: await server.guest("Bob") };
}

test("[MSG8] [ORD6] a sender edits their own message; pages fold it in, and what it said before is kept", async () => {
  const server = await start();
  const { ada, bob } = await three(server);
  const { seq, at: said, id } = await say(ada, "helo");
  const answered = strictly(
    answers.Message,
    await (await ada.call("PATCH", at(seq), { text: "hello" })).json(),
  );
  expect(answered.message).toMatchObject({ seq, id, at: said, text: "hello" });
  expect(answered.message.editedAt).toBeGreaterThanOrEqual(said);
  expect(await shown(bob, seq)).toEqual(answered.message);
  expect((await page(bob)).messages).toEqual([answered.message]);

  expect(await deed(ada, "PATCH", at(seq), { text: "hello" })).toBe("200, 0 events");
  expect(await deed(ada, "PATCH", at(seq), { text: "hello!" })).toBe("200, 1 events");
  const { edits } = strictly(answers.Edits, await bob.get(at(seq, "/edits")));
  expect(edits).toEqual([
    { text: "helo", at: said },
    { text: "hello", at: answered.message.editedAt ?? 0 },
  ]);
  const log = (await events(bob)).events;
  expect(log.slice(-3)).toMatchObject([
    { type: "message.posted", seq, text: "helo", editedAt: null },
    { type: "message.edited", seq: seq + 1, by: ada.user.id, target: seq, text: "hello" },
    { type: "message.edited", seq: seq + 2, by: ada.user.id, target: seq, text: "hello!" },
  ]);

  for (const none of [seq + 1, seq + 99])
    expect(await deed(bob, "GET", at(none, "/edits"))).toBe("404 message_not_found, 0 events");

  for (const other of [bob, await server.account("root")])
    expect(await deed(other, "PATCH", at(seq), { text: "mine" })).toBe("403 forbidden, 0 events");
  expect((await shown(bob, seq)).text).toBe("hello!");
});

test("[IDM6] [IDM2] a repeat of what was edited or deleted since answers it as it is now, and adds nothing", async () => {
  const server = await start();
  const { ada } = await three(server);
  const { seq } = await say(ada, "first", { clientId: "once" });
  await ada.call("PATCH", at(seq), { text: "second" });
  await ada.call("PUT", at(seq, reaction("👍")));

  const repeat = (text: string) => ada.call("POST", MESSAGES, { clientId: "once", text });
  const again = await repeat("first");
  expect(again.status).toBe(200);
  expect(await again.json()).toEqual({ message: await shown(ada, seq) });
  expect((await shown(ada, seq)).text).toBe("second");
  // What it says now was not sent under this name.
  expect(await outcome(await repeat("second"))).toBe("409 client_id_conflict clientId");

  const answer = await say(ada, "an answer", { clientId: "answer", replyTo: seq });
  await ada.call("DELETE", at(seq));
  const late = await repeat("first");
  expect([late.status, await late.json()]).toEqual([200, { message: await shown(ada, seq) }]);
  // That what it answers is gone by now makes it no other message.
  const body = { clientId: "answer", text: "an answer", replyTo: seq };
  const repeated = await ada.call("POST", MESSAGES, body);
  expect([repeated.status, await repeated.json()]).toEqual([200, { message: answer }]);
  expect(await outcome(await ada.call("POST", MESSAGES, { ...body, replyTo: null }))).toBe(
    "409 client_id_conflict clientId",
  );
});

test("[MSG9] [ORD6] reactions are events, and show on the message in the order in which they came", async () => {
  const server = await start();
  const { ada, bob, owner } = await three(server);
  const { seq } = await say(ada, "who comes?");
  const family = "👨‍👩‍👧‍👦";
  for (const [someone, emoji] of [
    [bob, "👍"],
    [owner, family],
    [ada, "👍"],
  ] as const)
    expect(await deed(someone, "PUT", at(seq, reaction(emoji)))).toBe("204, 1 events");
  expect(await deed(bob, "PUT", at(seq, reaction("👍")))).toBe("204, 0 events");
  const { reactions } = await shown(ada, seq);
  expect(Object.entries(reactions)).toEqual([
    ["👍", [bob.user.id, ada.user.id]],
    [family, [owner.user.id]],
  ] as never);
  const { users } = await page(ada);
  expect(Object.keys(users).toSorted()).toEqual(
    [ada.user.id, bob.user.id, owner.user.id].toSorted(),
  );

  expect(await deed(bob, "DELETE", at(seq, reaction("👍")))).toBe("204, 1 events");
  expect(await deed(bob, "DELETE", at(seq, reaction("👍")))).toBe("204, 0 events");
  // One's own alone.
  expect(await deed(bob, "DELETE", at(seq, reaction(family)))).toBe("204, 0 events");
  expect(await deed(ada, "DELETE", at(seq, reaction("👍")))).toBe("204, 1 events");
  expect((await shown(ada, seq)).reactions as object).toEqual({ [family]: [owner.user.id] });
  const log = (await events(bob)).events.slice(-5);
  expect(log).toMatchObject([
    { type: "reaction.added", by: bob.user.id, target: seq, emoji: "👍" },
    { type: "reaction.added", by: owner.user.id, target: seq, emoji: family },
    { type: "reaction.added", by: ada.user.id, target: seq, emoji: "👍" },
    { type: "reaction.removed", by: bob.user.id, target: seq, emoji: "👍" },
    { type: "reaction.removed", by: ada.user.id, target: seq, emoji: "👍" },
  ]);
});

test("[MSG9] members pin and unpin; the pins are listed, the one that was pinned last first", async () => {
  const server = await start();
  const { ada, bob } = await three(server);
  const [first, second] = [await say(ada, "one"), await say(ada, "two")];
  for (const { seq } of [second, first])
    expect(await deed(bob, "PUT", at(seq, "/pin"))).toBe("204, 1 events");
  expect(await deed(ada, "PUT", at(first.seq, "/pin"))).toBe("204, 0 events");
  const pins = async () => strictly(answers.Pins, await ada.get("/v1/rooms/general/pins"));
  expect(await pins()).toMatchObject({
    messages: [
      { seq: first.seq, pinned: true },
      { seq: second.seq, pinned: true },
    ],
    users: { [ada.user.id]: { name: "Ada" } },
  });
  expect(await deed(ada, "DELETE", at(first.seq, "/pin"))).toBe("204, 1 events");
  expect(await deed(ada, "DELETE", at(first.seq, "/pin"))).toBe("204, 0 events");
  expect((await shown(bob, first.seq)).pinned).toBe(false);
  expect((await pins()).messages.map(({ seq }) => seq as number)).toEqual([second.seq]);
  await ada.call("DELETE", at(second.seq));
  expect((await pins()).messages).toEqual([]);
});

test("[MSG9] [LIM1] a message has so many different reactions and so many in all, and a room so many pins", async () => {
  const server = await start();
  const { ada } = await three(server);
  const general = "general" as RoomId;
  const emoji = Array.from({ length: limits.reactionKinds + 1 }, (_, index) =>
    String.fromCodePoint(0x1f400 + index),
  );
  const { seq } = await say(ada, "everything");
  const fans = await Promise.all(
    Array.from({ length: limits.reactionsMax / limits.reactionKinds }, (_, index) =>
      server.guest(`Fan ${index}`),
    ),
  );
  const react = (someone: TestGuest, one: string) =>
    server.engine.store.append(
      reactDraft(ids, general, someone.user.id as UserId, { target: seq, emoji: one, on: true }),
    );
  const kinds = emoji.slice(0, limits.reactionKinds);
  await Promise.all(fans.slice(1).flatMap((fan) => kinds.map((one) => react(fan, one))));
  const last = emoji[limits.reactionKinds] ?? "";
  // A new kind is one too many, another of a kind that is there is not.
  expect(await deed(ada, "PUT", at(seq, reaction(last)))).toBe("403 forbidden, 0 events");
  const [fan] = fans;
  if (!fan) throw new Error("somebody is a fan");
  await Promise.all(kinds.map((one) => react(fan, one)));
  const { reactions } = await shown(ada, seq);
  expect(Object.values(reactions).flat()).toHaveLength(limits.reactionsMax);
  expect(await deed(ada, "PUT", at(seq, reaction(kinds[0] ?? "")))).toBe("403 forbidden, 0 events");
  expect(await deed(fan, "DELETE", at(seq, reaction(kinds[0] ?? "")))).toBe("204, 1 events");
  expect(await deed(ada, "PUT", at(seq, reaction(kinds[0] ?? "")))).toBe("204, 1 events");

  const by = ada.user.id as UserId;
  await Promise.all(
    Array.from({ length: limits.pinsMax }, async () => {
      const said = await server.engine.store.append(posting(general, by, "pinned"));
      const target = said.kind === "stored" ? said.event.seq : 0;
      await server.engine.store.append(pinDraft(ids, general, by, { target, on: true }));
    }),
  );
  const more = await say(ada, "one more");
  expect(await deed(ada, "PUT", at(more.seq, "/pin"))).toBe("403 forbidden, 0 events");
});

test("[MSG11] [ORD9] what is deleted keeps its place and author alone, and is in no event any more", async () => {
  const server = await start();
  const { ada, bob } = await three(server);
  const { seq, id, clientId } = await say(ada, "a secret <@someone>");
  const reply = await say(bob, "an answer", { thread: seq });
  await ada.call("PATCH", at(seq), { text: "another secret" });
  await bob.call("PUT", at(seq, reaction("👀")));
  await bob.call("PUT", at(seq, "/pin"));
  expect(await deed(bob, "DELETE", at(seq))).toBe("403 forbidden, 0 events");
  expect(await deed(ada, "DELETE", at(seq))).toBe("204, 1 events");
  expect(await deed(ada, "DELETE", at(seq))).toBe("204, 0 events");

  const { deletedAt, ...rest } = await shown(bob, seq);
  expect(deletedAt).toEqual(expect.any(Number));
  expect(rest as object).toMatchObject({ seq, id, by: ada.user.id, clientId, text: "" });
  expect(rest).toMatchObject({ files: [], reactions: {}, editedAt: null, pinned: false });
  expect(rest.mentions).toBeUndefined();
  expect(rest.replies).toMatchObject({ count: 1, seq: reply.seq });
  const log = JSON.stringify(await events(bob));
  expect(log).not.toContain("secret");
  expect(log).toContain("an answer");
  expect((await events(bob)).events.at(-1)).toMatchObject({
    type: "message.deleted",
    target: seq,
    by: ada.user.id,
  });
  expect(strictly(answers.Edits, await bob.get(at(seq, "/edits"))).edits).toEqual([]);

  const gone = "404 message_not_found, 0 events";
  expect(await deed(ada, "PATCH", at(seq), { text: "back" })).toBe(gone);
  expect(await deed(ada, "PUT", at(seq, reaction("👍")))).toBe(gone);
  expect(await deed(ada, "PUT", at(seq, "/pin"))).toBe(gone);
  for (const place of [{ replyTo: seq }, { thread: seq }])
    expect(await deed(ada, "POST", MESSAGES, { clientId: "c", text: "t", ...place })).toBe(gone);

  // The deleted reply says whose it was, to who counts.
  await bob.call("DELETE", at(reply.seq));
  expect((await events(bob)).events.at(-1)).toMatchObject({
    type: "message.deleted",
    target: reply.seq,
    thread: seq,
  });
  expect((await shown(ada, seq)).replies).toMatchObject({ count: 0, seq: reply.seq });

  // And on the disk nothing of it, also after a restart.
  const { folder } = server;
  await stop(server);
  const again = await start({ folder });
  const back = again.with(ada.user, ada.token);
  expect(await shown(back, seq)).toMatchObject({ text: "", deletedAt });
});

test("[MSG11] owners and moderators delete anybody's messages, also once the room is archived", async () => {
  const server = await start();
  const { owner, ada, bob } = await three(server);
  const room = await owner.room("public", { name: "Ruled" });
  for (const someone of [ada, bob]) await someone.call("PUT", `/v1/rooms/${room}/members/me`, {});
  const makes = (role: string) =>
    owner.call("PATCH", `/v1/rooms/${room}/members/${bob.user.id}`, { role });
  const said = [];
  for (const text of ["a", "b", "c", "d"]) said.push((await say(ada, text, {}, room)).seq);
  const [a = 0, b = 0, c = 0, d = 0] = said;
  const remove = async (someone: TestGuest, seq: number) =>
    outcome(await someone.call("DELETE", at(seq, "", room)));
  expect(await remove(bob, a)).toBe("403 forbidden");
  await makes("moderator");
  expect(await remove(bob, a)).toBe("204");
  expect(await remove(owner, b)).toBe("204");
  await owner.call("PATCH", `/v1/rooms/${room}`, { archived: true });
  expect(await remove(bob, c)).toBe("204");
  expect(await remove(ada, d)).toBe("204");
  expect(await outcome(await ada.call("PATCH", at(d, "", room), { text: "x" }))).toBe(
    "403 forbidden",
  );
  const { messages } = await owner.get(`/v1/rooms/${room}/messages`);
  expect(messages.map(({ text }: Message) => text)).toEqual(["", "", "", ""]);
});

test("[ORD8] [ORD5] edits, reactions, pins and deletes stand in the one log, in the order of their numbers", async () => {
  const server = await start();
  const { ada, bob } = await three(server);
  const { seq } = await say(ada, "first");
  const start_ = await head(ada);
  await ada.call("PATCH", at(seq), { text: "second" });
  await bob.call("PUT", at(seq, reaction("🎉")));
  await bob.call("PUT", at(seq, "/pin"));
  await bob.call("DELETE", at(seq, "/pin"));
  await bob.call("PATCH", "/v1/me", { name: "Bobby" });
  await bob.call("DELETE", at(seq, reaction("🎉")));
  await ada.call("DELETE", at(seq));
  const log = (await events(bob)).events.filter((event) => event.seq > start_);
  expect(log.map(({ type }) => type)).toEqual([
    "message.edited",
    "reaction.added",
    "message.pinned",
    "message.unpinned",
    "member.changed",
    "reaction.removed",
    "message.deleted",
  ]);
  expect(log.map((event) => event.seq as number)).toEqual(
    log.map((_, index) => start_ + 1 + index),
  );
});

test("[ROOM11] the owner clears what was said; numbers go on, and older cursors get a trimmed gap", async () => {
  const server = await start();
  const { owner, ada } = await three(server);
  const room = await owner.room("public", { name: "Fresh" });
  const events = `/v1/rooms/${room}/events`;
  await ada.call("PUT", `/v1/rooms/${room}/members/me`, {});
  const first = await say(ada, "forgotten", { clientId: "kept" }, room);
  await ada.call("PUT", at(first.seq, "/pin", room));
  const { cursor: old } = await ada.get(`${events}?limit=1`);
  const { cursor: newest, seq: upTo } = (await ada.get(`/v1/rooms/${room}`)).room;
  expect(await outcome(await ada.call("DELETE", `/v1/rooms/${room}/messages`))).toBe(
    "403 forbidden",
  );
  expect(await outcome(await owner.call("DELETE", `/v1/rooms/${room}/messages`))).toBe("204");
  const after = await say(ada, "afterwards", {}, room);
  expect(after.seq as number).toBe(upTo + 2);

  const whole = strictly(answers.Events, await ada.get(events));
  expect(whole.events).toMatchObject([
    { type: "room.cleared", seq: upTo + 1, upTo, by: owner.user.id },
    { type: "message.posted", seq: upTo + 2 },
  ]);
  expect(strictly(answers.Events, await ada.get(`${events}?after=${old}`)).gap?.reason).toBe(
    "trimmed",
  );
  const rest = strictly(answers.Events, await ada.get(`${events}?after=${newest}`));
  expect([rest.gap, rest.events]).toEqual([undefined, whole.events]);
  const messages = strictly(answers.Messages, await ada.get(`/v1/rooms/${room}/messages`));
  expect(messages.messages.map(({ text }) => text)).toEqual(["afterwards"]);
  expect((await ada.get(`/v1/rooms/${room}/pins`)).messages).toEqual([]);
  expect(await outcome(await ada.call("GET", at(first.seq, "", room)))).toBe(
    "404 message_not_found",
  );
  // What was sent before is known as sent still.
  const repeat = await ada.call("POST", `/v1/rooms/${room}/messages`, {
    clientId: "kept",
    text: "forgotten",
  });
  expect(repeat.status).toBe(200);
});
