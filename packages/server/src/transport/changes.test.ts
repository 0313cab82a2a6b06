import { afterEach, expect, test } from "bun:test";
import { startTestServer, type Frame, type TestGuest, type TestServer } from "../testing.ts";

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.close();
    expect(server.faults).toEqual([]);
  }
});

async function start() {
  const server = await startTestServer();
  servers.push(server);
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  return { server, ada, bob };
}

const messages = "/v1/rooms/general/messages";
const events = "/v1/rooms/general/events";

async function say(someone: TestGuest, text: string, more: object = {}): Promise<number> {
  const body = { clientId: crypto.randomUUID(), text, ...more };
  return ((await (await someone.call("POST", messages, body)).json()) as Frame)["message"].seq;
}

test("[ORD3] [ORD8] posts, edits, deletes and reactions sent on one socket without waiting stand in the order sent", async () => {
  const { ada, bob } = await start();
  const targets: number[] = [];
  for (let index = 0; index < 10; index++) targets.push(await say(ada, `message ${index}`));
  const [socket, watcher] = [await ada.socket(), await bob.socket()];
  await watcher.ask({ type: "open-room", room: "general" });
  const sent: [type: string, more: object][] = [];
  for (const [round, seq] of targets.entries()) {
    sent.push(["add-reaction", { seq, emoji: "👍" }]);
    sent.push(["edit-message", { seq, text: `edited ${round}` }]);
    sent.push(["post-message", { clientId: `p-${round}`, text: `posted ${round}` }]);
    sent.push(["mark-read", { seq }]);
    sent.push(["remove-reaction", { seq, emoji: "👍" }]);
    sent.push(["edit-message", { seq, text: `edited ${round} again` }]);
    sent.push(["delete-message", { seq }]);
    // Too late: it was deleted before.
    sent.push(["edit-message", { seq, text: "too late" }]);
  }
  for (const [ref, [type, more]] of sent.entries())
    socket.send({ type, ref, room: "general", ...more });
  const replies: Frame[] = [];
  for (const ref of sent.keys()) replies.push(await socket.next("reply", ref));
  const told = replies.map(({ ok, error }) => (ok ? "ok" : error.code));
  const round = [...Array(7).fill("ok"), "message_not_found"];
  expect(told).toEqual(targets.flatMap(() => round));

  const seen = await watcher.events(targets.length * 6);
  expect(seen.map(({ type, target, text }) => [type, target ?? text])).toEqual(
    targets.flatMap((seq, round) => [
      ["reaction.added", seq],
      ["message.edited", seq],
      ["message.posted", `posted ${round}`],
      ["reaction.removed", seq],
      ["message.edited", seq],
      ["message.deleted", seq],
    ]),
  );
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => seen[0]?.["seq"] + index));
  socket.close();
  watcher.close();
});

test("[WS4] [MSG8] [MSG9] [MSG11] a changing command is answered with the message, or with ok alone", async () => {
  const { ada, bob } = await start();
  const [socket, other] = [await ada.socket(), await bob.socket()];
  const room = "general";
  const seq = await say(ada, "before");
  const edited = await socket.ask({ type: "edit-message", ref: 1, room, seq, text: "after" });
  const { message } = await bob.get(`${messages}/${seq}`);
  expect(edited).toEqual({ type: "reply", ref: 1, ok: true, message });
  expect(message.text).toBe("after");
  const done = async (command: Frame) =>
    expect(await socket.ask({ ref: "r", room, ...command })).toEqual({
      type: "reply",
      ref: "r",
      ok: true,
    });
  await done({ type: "add-reaction", seq, emoji: "🎈" });
  await done({ type: "add-reaction", seq, emoji: "🎈" });
  await done({ type: "remove-reaction", seq, emoji: "🎈" });
  await done({ type: "mark-read", seq });
  await done({ type: "mark-read", seq: 0, back: true });
  await done({ type: "set-typing" });
  await done({ type: "set-away", away: true });
  await done({ type: "set-away", away: false });
  const code = async (command: Frame) => (await other.ask({ room, ...command }))["error"]?.code;
  expect(await code({ type: "edit-message", seq, text: "mine" })).toBe("forbidden");
  expect(await code({ type: "delete-message", seq })).toBe("forbidden");
  await done({ type: "delete-message", seq });
  await done({ type: "delete-message", seq });
  expect(await code({ type: "add-reaction", seq, emoji: "🎈" })).toBe("message_not_found");
  expect(await code({ type: "delete-message", seq: seq + 100 })).toBe("message_not_found");
  socket.close();
  other.close();
});

/** Everything that may stand in a log but its end, some of it redacted later. */
async function history(ada: TestGuest, bob: TestGuest): Promise<void> {
  const first = await say(ada, "first");
  const at = (seq: number, rest = "") => `${messages}/${seq}${rest}`;
  const thumb = `/reactions/${encodeURIComponent("👍")}`;
  const second = await say(bob, "second", { replyTo: first });
  const reply = await say(bob, "reply", { thread: first });
  await say(ada, `<@${bob.user.id}>`);
  await ada.call("PATCH", at(first), { text: "edited" });
  await bob.call("PUT", at(first, thumb));
  await bob.call("PUT", at(first, "/pin"));
  await bob.call("PATCH", at(second), { text: "to be gone" });
  await bob.call("DELETE", at(first, thumb));
  await bob.call("DELETE", at(first, "/pin"));
  await bob.call("DELETE", at(second));
  await bob.call("DELETE", at(reply));
  await bob.call("PATCH", "/v1/me", { name: "Robert" });
  await bob.call("DELETE", "/v1/rooms/general/members/me");
  await bob.call("PUT", "/v1/rooms/general/members/me", {});
  await say(ada, "last");
}

test("[RES1] [RES2] [ORD2] every kind of event comes to every cursor, alike on every door", async () => {
  const { ada, bob } = await start();
  const epoch = (await ada.get("/v1/rooms/general")).room.cursor.split(".")[0];
  await history(ada, bob);
  const { events: all } = await ada.get(`${events}?limit=200`);
  const types = new Set<string>(all.map(({ type }: Frame) => type));
  expect([...types].toSorted()).toEqual(
    [
      "member.changed",
      "member.joined",
      "member.left",
      "message.deleted",
      "message.edited",
      "message.pinned",
      "message.posted",
      "message.unpinned",
      "reaction.added",
      "reaction.removed",
    ].toSorted(),
  );
  const socket = await ada.socket();
  const cursors = [`${epoch}.0.-`, ...all.map(({ seq, id }: Frame) => `${epoch}.${seq}.${id}`)];
  for (const [index, after] of cursors.entries()) {
    const expected = all.slice(index);
    const page = await ada.get(`${events}?limit=200&after=${after}`);
    expect([page.gap, page.events]).toEqual([undefined, expected]);
    await socket.ask({ type: "open-room", room: "general", after });
    expect(await socket.events(expected.length)).toEqual(expected);
    const stream = await ada.stream({ after });
    expect((await stream.events(expected.length)).map(({ event }) => event)).toEqual(expected);
    stream.close();
  }
  expect(JSON.stringify(all)).not.toContain("second");
  expect(JSON.stringify(all)).not.toContain("gone");
  socket.close();
});

test("[ROOM11] [RES5] a cleared room says so to those who look on, and `trimmed` to cursors from before, on every door", async () => {
  const { ada, bob } = await start();
  const room = await ada.room("public", { name: "Fresh" });
  await bob.call("PUT", `/v1/rooms/${room}/members/me`, {});
  const post = (text: string) => ada.post(text, crypto.randomUUID(), room);
  const { cursor: old } = (await ada.get(`/v1/rooms/${room}`)).room;
  await post("forgotten");
  const [socket, stream] = [await bob.socket(), await bob.stream({ room })];
  await socket.ask({ type: "open-room", room });
  const upTo = (await ada.get(`/v1/rooms/${room}`)).room.seq;
  await ada.call("DELETE", `/v1/rooms/${room}/messages`);
  await post("afterwards");
  const cleared = { type: "room.cleared", seq: upTo + 1, upTo, by: ada.user.id };
  expect(await socket.events(2)).toMatchObject([cleared, { text: "afterwards" }]);
  const live = (await stream.events(2)).map(({ event }) => event);
  expect(live).toMatchObject([cleared, { text: "afterwards" }]);
  stream.close();

  const again = await bob.socket();
  await again.ask({ type: "open-room", room, after: old });
  expect(await again.next("gap")).toMatchObject({ room, after: old, reason: "trimmed" });
  expect(await again.events(2)).toEqual(live);
  const resumed = await bob.stream({ room, after: old });
  let block = await resumed.next();
  while (block !== null && block.data === undefined) block = await resumed.next();
  expect([block?.event, JSON.parse(block?.data ?? "{}").reason]).toEqual(["gap", "trimmed"]);
  expect((await resumed.events(2)).map(({ event }) => event)).toEqual(live);
  resumed.close();
  for (const one of [socket, again]) one.close();
});

test("[INB4] [INB2] what is unread, mentioned and read changes in the inbox of all one's devices, and of nobody else", async () => {
  const { ada, bob, server } = await start();
  const device = server.with(bob.user, bob.token);
  const sockets = [await bob.socket(), await device.socket()];
  const stream = await bob.inbox();
  const other = await (await server.guest("Eve")).socket();
  for (const socket of [...sockets, other]) await socket.next("inbox");

  /** Waits for the entry of general that says this, over those on the way to it. */
  const hears = async (socket: { next(type: string): Promise<Frame> }, wanted: object) => {
    for (;;) {
      const { changed } = await socket.next("inbox");
      const entry = changed.find(({ room }: Frame) => room.id === "general");
      if (entry && Object.entries(wanted).every(([key, value]) => entry[key] === value)) return;
    }
  };
  const first = await say(ada, "one");
  await say(ada, `<@${bob.user.id}>`);
  await Promise.all(sockets.map((socket) => hears(socket, { unread: 2, mentions: 1 })));
  await sockets[0]?.ask({ type: "mark-read", room: "general", seq: first });
  await Promise.all(sockets.map((socket) => hears(socket, { read: first, unread: 1 })));
  await bob.call("PUT", "/v1/rooms/general/level", { level: "none" });
  await Promise.all(sockets.map((socket) => hears(socket, { level: "none", unread: 1 })));
  await hears(other, { unread: 2, mentions: 0 });
  const { rooms } = await bob.get("/v1/me");
  let told: Frame = {};
  while (told["level"] !== "none") {
    const block = await stream.next();
    if (block?.data === undefined) continue;
    [told = {}] = (JSON.parse(block.data) as Frame)["changed"] ?? [];
  }
  expect([told]).toEqual(rooms);
  for (const socket of [...sockets, other]) socket.close();
  stream.close();
});
