import { afterEach, expect, test } from "bun:test";
import type { SentMessage } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import { until } from "./testing/until.ts";
import { World, type Way } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

test("[SDK8] [SDK10] [SDK11] [SDK4] [UNR1] two people, one room, over WebSocket and over streams: what one does, the other sees", async () => {
  const ways = ["websocket", "sse"] as const;
  await Promise.all(ways.map(live));
});

async function live(way: Way): Promise<void> {
  const { url, server } = await world.served(way);
  const [ada, bob] = await Promise.all(
    [await server.guest("Ada"), await server.guest("Bob")].map(async ({ token, user, get }) => {
      const chat = world.chat({ url, token }, new FastClock(2));
      const room = chat.room("general");
      const stores = [room.state, room.presence, room.typing, room.reads, chat.unread, chat.people];
      for (const { subscribe } of stores) world.after(subscribe(() => {}));
      await until(room.state, ({ status }) => status === "live");
      const entry = (
        fits: (entry: { unread: number; threads: number; level: string }) => boolean,
      ) => until(chat.inbox, ({ rooms }) => rooms.some(fits));
      const at = (seq: number) =>
        room.messages.get().find((one) => one.seq === seq) as SentMessage | undefined;
      return { chat, room, entry, at, get, id: user.id };
    }),
  );
  if (!ada || !bob) throw new Error("nobody is there");

  await until(ada.room.presence, ({ online, count }) => count === 2 && online.length === 2);
  await until(ada.chat.people, (people) => people[bob.id]?.availability === "online");
  bob.room.setTyping();
  await until(ada.room.typing, ([first]) => first?.name === "Bob");
  expect(bob.room.typing.get()).toEqual([]);
  const posting = bob.room.post("look, @room");
  const sent = posting.ok ? await posting.value.sent : posting;
  if (!sent.ok) throw new Error("not sent");
  const { seq } = sent.value;
  await until(ada.room.typing, ({ length }) => length === 0);
  await until(ada.room.messages, () => ada.at(seq) !== undefined);

  const counts = async () => {
    const { rooms } = await ada.get("/v1/me");
    return rooms.find(({ room }: { room: { id: string } }) => room.id === "general");
  };
  await until(ada.chat.unread, ({ unread, mentions }) => unread === 1 && mentions === 1);
  expect(await counts()).toMatchObject({ unread: 1, mentions: 1 });
  ada.room.markRead();
  await until(ada.chat.unread, ({ unread, mentions }) => unread + mentions === 0);
  await until(bob.room.reads, (reads) => (reads[ada.id] ?? 0) >= seq);
  expect(await ada.room.markUnread(seq)).toMatchObject({ ok: true });
  await until(ada.chat.unread, ({ unread }) => unread === 1);
  expect(await ada.room.setLevel("none")).toMatchObject({ ok: true });
  await until(ada.chat.unread, ({ unread }) => unread === 0);
  expect(await counts()).toMatchObject({ unread: 1, level: "none" });

  for (const outcome of await Promise.all([
    bob.room.edit(seq, "look again"),
    ada.room.react(seq, "👍"),
    ada.room.pin(seq),
  ]))
    expect(outcome).toEqual({ ok: true, value: null });
  for (const { room, at } of [ada, bob]) {
    await until(room.messages, () => at(seq)?.pinned === true && !at(seq)?.saving);
    await until(room.messages, () => at(seq)?.reactions["👍"] !== undefined);
    expect(at(seq)).toMatchObject({ text: "look again", reactions: { "👍": [ada.id] } });
  }
  expect(await ada.room.edit(seq, "not mine")).toMatchObject({ error: { code: "forbidden" } });
  expect(ada.at(seq)).toMatchObject({ text: "look again", saving: false });

  const thread = bob.room.thread(seq);
  world.after(thread.state.subscribe(() => {}));
  const reply = ada.room.thread(seq).post("I looked", { replyTo: seq });
  expect(reply.ok && (await reply.value.sent)).toMatchObject({ ok: true });
  await until(thread.messages, ([first]) => first?.text === "I looked");
  await bob.entry(({ threads }) => threads === 1);
  thread.markRead();
  await bob.entry(({ threads }) => threads === 0);

  expect(await bob.room.remove(seq)).toMatchObject({ ok: true });
  await until(ada.room.messages, () => ada.at(seq)?.deletedAt !== null);
  expect(ada.at(seq)).toMatchObject({ text: "", reactions: {}, pinned: false });
  expect(await ada.room.react(seq, "👍")).toMatchObject({ error: { code: "message_not_found" } });
  expect(server.faults).toEqual([]);
}
