import { expect, test } from "bun:test";
import { answers, type Message } from "@snug/protocol";
import type { TestGuest } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();

const MESSAGES = "/v1/rooms/general/messages";
const post = (someone: TestGuest, text: string, more: object = {}) =>
  someone.call("POST", MESSAGES, { clientId: crypto.randomUUID(), text, ...more });

async function say(someone: TestGuest, text: string, more: object = {}): Promise<Message> {
  return strictly(answers.Message, await (await post(someone, text, more)).json()).message;
}
const page = async (someone: TestGuest, query = "") =>
  strictly(answers.Messages, await someone.get(MESSAGES + query));
const texts = ({ messages }: { messages: readonly Message[] }) => messages.map(({ text }) => text);

test("[MSG12] a message names the one that it answers, of the same room", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const question = await say(ada, "where?");
  const answer = await say(bob, "here", { replyTo: question.seq });
  expect(answer).toMatchObject({ replyTo: question.seq, thread: null });
  expect((await page(ada)).messages).toEqual([question, answer]);
  const { events } = await ada.get("/v1/rooms/general/events");
  expect(events.at(-1)).toEqual({ type: "message.posted", ...answer });
  expect(await say(bob, "nothing", { replyTo: null, thread: null })).toMatchObject({
    replyTo: null,
  });

  const room = await ada.room("private", { name: "Elsewhere" });
  const path = `/v1/rooms/${room}/messages`;
  for (const replyTo of [question.seq + 50, answer.seq + 100])
    expect(await outcome(await ada.call("POST", path, { clientId: "c", text: "t", replyTo }))).toBe(
      "404 message_not_found",
    );
});

test("[MSG13] replies of a thread are in no page but its own, and the message that began it counts them", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const root = await say(ada, "root");
  const replies: Message[] = [];
  for (const [index, someone] of [bob, ada, bob].entries()) {
    await say(ada, `main ${index}`);
    replies.push(await say(someone, `reply ${index}`, { thread: root.seq }));
  }
  expect(replies.map(({ thread }) => thread as number)).toEqual(Array(3).fill(root.seq));
  const main = await page(bob);
  expect(texts(main)).toEqual(["root", "main 0", "main 1", "main 2"]);
  const [first] = main.messages;
  expect(first).toMatchObject({
    replies: { count: 3, seq: replies[2]?.seq, at: replies[2]?.at },
  });
  expect(main.messages.slice(1).every((message) => message.replies === undefined)).toBe(true);

  const thread = (query = "") => page(bob, `?thread=${root.seq}${query}`);
  const whole = await thread();
  expect(texts(whole)).toEqual(["root", "reply 0", "reply 1", "reply 2"]);
  expect(whole.messages).toEqual([...(first ? [first] : []), ...replies]);
  expect(Object.keys(whole.users)).toHaveLength(2);
  // The same windows as of the room.
  const middle = replies[1]?.seq ?? 0;
  expect(texts(await thread("&limit=2"))).toEqual(["reply 1", "reply 2"]);
  expect(texts(await thread(`&before=${middle}`))).toEqual(["root", "reply 0"]);
  expect(texts(await thread(`&after=${middle}`))).toEqual(["reply 2"]);
  expect(texts(await thread(`&around=${middle}&limit=2`))).toEqual(["reply 0", "reply 1"]);
  expect(texts(await thread(`&after=${whole.cursor}`))).toEqual([]);
  expect(texts(await page(bob, `?around=${middle}&limit=2`))).toEqual(["main 1", "main 2"]);

  // The one log has them all, in order.
  const { events } = await bob.get("/v1/rooms/general/events?limit=200");
  expect(texts({ messages: events.filter((one: Message) => one.text) })).toEqual([
    "root",
    "main 0",
    "reply 0",
    "main 1",
    "reply 1",
    "main 2",
    "reply 2",
  ]);

  // A reply begins no thread of its own, and a thread needs a message.
  for (const seq of [replies[0]?.seq ?? 0, 1, root.seq + 100])
    expect(await outcome(await post(bob, "t", { thread: seq }))).toBe("404 message_not_found");
  expect(await outcome(await bob.call("GET", `${MESSAGES}?thread=${root.seq + 100}`))).toBe(
    "404 message_not_found",
  );

  await bob.call("DELETE", `${MESSAGES}/${replies[2]?.seq}`);
  await ada.call("PATCH", `${MESSAGES}/${root.seq}`, { text: "root, edited" });
  const [after] = (await page(bob)).messages;
  expect(after).toMatchObject({
    text: "root, edited",
    replies: { count: 2, seq: replies[2]?.seq },
  });
  expect(texts(await thread())).toEqual(["root, edited", "reply 0", "reply 1", ""]);
});

test("[MSG16] a page says as of which event it is", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const { seq } = await say(ada, "first");
  for (const step of [
    () => ada.call("PUT", `${MESSAGES}/${seq}/pin`),
    () => say(ada, "reply", { thread: seq }),
    () => ada.call("DELETE", `${MESSAGES}/${seq}`),
  ]) {
    await step();
    const { room } = await ada.get("/v1/rooms/general");
    for (const query of ["", `?before=${seq}`, `?thread=${seq}`, "?after=1&limit=1"])
      expect((await page(ada, query)).head).toBe(room.seq);
  }
});
