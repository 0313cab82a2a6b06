import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { cheapPasswords, type TestGuest } from "../testing.ts";
import { strictly, testServers } from "./testing.ts";

const { start } = testServers();

async function say(someone: TestGuest, text: string, more: object = {}, room = "general") {
  const body = { clientId: crypto.randomUUID(), text, ...more };
  const response = await someone.call("POST", `/v1/rooms/${room}/messages`, body);
  return strictly(answers.Message, await response.json()).message;
}
const mentioned = async (someone: TestGuest, text: string, room = "general") =>
  (await say(someone, text, {}, room)).mentions as string[] | undefined;

async function people() {
  const server = await start({ passwords: cheapPasswords });
  const [ada, bob, eve] = [
    await server.account("Ada"),
    await server.account("bob.b"),
    await server.guest("Eve"),
  ];
  return { server, ada, bob, eve };
}

test("[MSG14] a text mentions members by id and by username, in any case, and never oneself", async () => {
  const { ada, bob, eve } = await people();
  const [a, b, e] = [ada.user.id, bob.user.id, eve.user.id];
  const cases: [text: string, mentions: string[] | undefined][] = [
    ["nobody", undefined],
    ["a@bob.b is an address", undefined],
    [`<@${e}> and @BOB.B`, [e, b]],
    [`@bob.b then @Bob.b again, and <@${b}>`, [b]],
    [`<@${a}> @ada`, undefined],
    ["@room", ["@room"]],
    [`@room <@${e}>`, [e, "@room"]],
    ["`@bob.b` and\n```\n@room\n```", undefined],
    ["@nobody <@nobody> <@> @", undefined],
  ];
  for (const [text, mentions] of cases)
    expect([text, await mentioned(ada, text)]).toEqual([text, mentions]);

  // The event says the same, and a page names those whom it mentions.
  const message = await say(ada, `<@${e}>!`);
  const { events } = await eve.get("/v1/rooms/general/events?limit=200");
  expect(events.at(-1)).toEqual({ type: "message.posted", ...message });
  const page = strictly(answers.Messages, await eve.get("/v1/rooms/general/messages?limit=1"));
  expect(page.users[e]?.name).toBe("Eve");
});

test("[MSG14] of who is not in the room, or is nobody, nothing is told, and they learn nothing", async () => {
  const { server, ada, bob, eve } = await people();
  const stranger = await server.account("stranger");
  const room = await ada.room("private", { name: "Ours", with: undefined });
  await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  const text = (name: string, id: string) => `@${name} <@${id}> @bob.b`;
  const outside = await say(ada, text("stranger", stranger.user.id), {}, room);
  const nobody = await say(ada, text("strangest", "no-such-user"), {}, room);
  expect(outside.mentions as string[] | undefined).toEqual([bob.user.id]);
  expect(nobody.mentions).toEqual(outside.mentions as never);
  // But for what every message has of its own, the two are the same.
  const { text: said, seq, id, at, clientId } = nobody;
  expect({ ...outside, text: said, seq, id, at, clientId }).toEqual(nobody);
  for (const someone of [stranger, eve]) {
    const { rooms } = strictly(answers.Me, await someone.get("/v1/me"));
    expect(rooms.map(({ room, mentions }) => [room.id as string, mentions])).toEqual([
      ["general", 0],
    ]);
  }
});

test("[MSG14] fifty are mentioned by name at most", async () => {
  const { server, ada } = await people();
  const crowd = await Promise.all(
    Array.from({ length: limits.mentionsMax + 5 }, (_, index) => server.guest(`Guest ${index}`)),
  );
  const ids = crowd.map(({ user }) => user.id);
  const text = `${ids.map((id) => `<@${id}>`).join(" ")} @room`;
  expect(await mentioned(ada, text)).toEqual([...ids.slice(0, limits.mentionsMax), "@room"]);
});

test("[MSG14] [MSG8] an edit mentions whom it names, and a repeat is a repeat though others are there by now", async () => {
  const { ada, bob, eve } = await people();
  const path = "/v1/rooms/general/messages";
  const body = { clientId: "once", text: "@bob.b, hello" };
  const first = await say(ada, body.text, body);
  expect(first.mentions as string[] | undefined).toEqual([bob.user.id]);
  await bob.call("DELETE", "/v1/rooms/general/members/me");
  const repeat = await ada.call("POST", path, body);
  expect([repeat.status, await repeat.json()]).toEqual([200, { message: first }]);

  const edited = await ada.call("PATCH", `${path}/${first.seq}`, {
    text: `<@${eve.user.id}> @bob.b`,
  });
  const { message } = strictly(answers.Message, await edited.json());
  expect(message.mentions as string[] | undefined).toEqual([eve.user.id]);
  const { events } = await eve.get("/v1/rooms/general/events?limit=200");
  expect(events.at(-1)).toMatchObject({ type: "message.edited", mentions: [eve.user.id] });
  const plain = await ada.call("PATCH", `${path}/${first.seq}`, { text: "nobody" });
  expect(strictly(answers.Message, await plain.json()).message.mentions).toBeUndefined();
});

test("[UNR3] mentions are counted where they are unread, by name or as the whole room, in followed threads too", async () => {
  const { ada, bob, eve } = await people();
  const counts = async (someone: TestGuest) => {
    const { rooms } = strictly(answers.Me, await someone.get("/v1/me"));
    const { unread, mentions, threads } = rooms[0] ?? {};
    return [unread, mentions, threads];
  };
  const named = await say(ada, `@bob.b <@${eve.user.id}>`);
  await say(ada, "@room");
  await say(bob, "@bob.b @room");
  expect(await counts(bob)).toEqual([2, 2, 0]);
  expect(await counts(eve)).toEqual([3, 3, 0]);
  expect(await counts(ada)).toEqual([1, 1, 0]);
  // A mention by name makes one follow, so that it is unread there; the root itself is in the room.
  const root = await say(ada, "root");
  await say(ada, "@bob.b", { thread: root.seq });
  await say(ada, "@room", { thread: root.seq });
  expect(await counts(bob)).toEqual([3, 4, 1]);
  expect(await counts(eve)).toEqual([4, 3, 0]);
  await bob.call("PUT", "/v1/rooms/general/read", { seq: root.seq });
  expect(await counts(bob)).toEqual([0, 2, 1]);
  await ada.call("DELETE", `/v1/rooms/general/messages/${named.seq}`);
  expect(await counts(eve)).toEqual([3, 2, 0]);
});

test("[MSG14] @here mentions the members who are here, and nobody else", async () => {
  const { server, ada, bob, eve } = await people();
  await server.guest("Away");
  const hidden = await server.guest("Hidden");
  await hidden.call("PATCH", "/v1/me", { presence: "invisible" });
  const room = await ada.room("public", { name: "Open" });
  await bob.call("PUT", `/v1/rooms/${room}/members/me`, {});
  await hidden.call("PUT", `/v1/rooms/${room}/members/me`, {});
  expect(await mentioned(ada, "@here", room)).toBeUndefined();
  // Eve looks in from outside.
  const sockets = await Promise.all([ada, bob, eve, hidden].map((one) => one.socket()));
  for (const socket of sockets) await socket.ask({ type: "open-room", room });
  expect(await mentioned(ada, "@here, look", room)).toEqual([bob.user.id]);
  for (const socket of sockets) socket.close();
});
