import { afterAll, expect, test } from "bun:test";
import { fold, type Event, type Message, type UserId } from "@snug/protocol";
import { systemClock } from "../../clock.ts";
import {
  clearDraft,
  deleteDraft,
  editDraft,
  leaveDraft,
  pinDraft,
  reactDraft,
} from "../../core/draft.ts";
import type { Draft, Engine, Store } from "../../core/ports.ts";
import { listener, newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { joining, parsed, ROOM } from "../contract/stage.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import { recount } from "../memory/recount.ts";
import { openRedis } from "./engine.ts";
import { roomKeys } from "./keys.ts";
import { startRedis } from "./testing.ts";

const redis = await startRedis();
afterAll(() => redis.close());

const USERS = ["u1", "u2", "u3", "u4"] as UserId[];
const NODES = 3;
const WORKERS = 6;
const LASTS_MS = 700;
const whole = { events: 100_000, bytes: 1e9 };

const chance = (part: number) => Math.random() < part;
const below = (end: number) => Math.floor(Math.random() * end);
const pick = <One>(of: readonly One[]) => of[below(of.length)] as One;

test.each([["cleared"], ["trimmed"]] as const)(
  "[ORD1] [ORD2] [UNR1] [UNR4] [MSG8] [MSG11] [MSG13] whatever three nodes do at once in a room that is %s now and then, what is kept and told is what a recount of its log says",
  async (how) => {
    redis.ask("FLUSHALL");
    const open = () => openRedis({ url: redis.url, clock: systemClock, blobs: memoryBlobs() });
    const nodes = await Promise.all(Array.from({ length: NODES }, open));
    const { store } = nodes[0] as Engine;
    await store.addRoom(newRoom(ROOM));
    for (const user of USERS)
      await store.addUser(newUser(user), newSession(`s-${user}`), [joining(ROOM, user)]);
    const told = nodes.map(({ backplane }) => {
      const seqs: number[] = [];
      backplane.listen(
        listener({ committed: ({ events }) => seqs.push(...events.map(({ seq }) => seq)) }),
      );
      return seqs;
    });
    const end = Date.now() + LASTS_MS;
    const busy = nodes.flatMap((node) =>
      Array.from({ length: WORKERS }, async () => {
        while (Date.now() < end) await doSomething(node.store, how);
      }),
    );
    await Promise.all(busy);
    await compare(store, told);
    for (const node of nodes) await node.close();
  },
);

/** Something about one of the newest messages. */
async function doSomething(store: Store, how: "cleared" | "trimmed"): Promise<unknown> {
  const { messages, head } = await store.messages(ROOM, { at: "end", limit: 5, thread: null });
  const all = messages.map((one) => parsed(one));
  const root = all.length > 0 ? pick(all) : null;
  const replies = await store.messages(ROOM, { at: "end", limit: 3, thread: root?.seq ?? 0 });
  const target = replies.messages.length > 1 ? parsed(pick(replies.messages)) : root;
  const by = pick(USERS);
  const mentions: string[] = chance(0.3) ? [pick([...USERS, "@room"])] : [];
  const about = { target: target?.seq ?? 1 };
  const append = (draft: Draft) => store.append({ ...draft, needs: null });
  switch (below(chance(0.05) ? 11 : 10)) {
    case 0:
    case 1:
      return store.append(posting(ROOM, by, "plain"));
    case 2:
      return store.append(posting(ROOM, by, "called", ids.id(), { mentions }));
    case 3:
      return store.append(
        posting(ROOM, by, "reply", ids.id(), { mentions, thread: root?.seq ?? null }),
      );
    case 4:
      return append(editDraft(ids, ROOM, by, { ...about, text: ids.id(), mentions }));
    case 5:
      return append(deleteDraft(ids, ROOM, by, { ...about, thread: target?.thread ?? null }));
    case 6:
      return append(
        reactDraft(ids, ROOM, by, { ...about, emoji: pick(["a", "b"]), on: chance(0.6) }),
      );
    case 7:
      return append(pinDraft(ids, ROOM, by, { ...about, on: chance(0.6) }));
    case 8: {
      const thread = chance(0.4) ? (root?.seq ?? null) : null;
      return store.markRead(ROOM, by, { seq: below(head + 1), back: chance(0.3), thread });
    }
    case 9:
      return chance(0.5)
        ? store.append(leaveDraft(ids, ROOM, { id: by, name: by }))
        : store.append(joining(ROOM, by));
    default:
      return how === "cleared" ? append(clearDraft(ids, ROOM, by)) : store.trim(ROOM, head - 40);
  }
}

async function compare(store: Store, told: readonly (readonly number[])[]): Promise<void> {
  const { events, from, head } = await store.read(ROOM, null, whole);
  expect(events.map(({ seq }) => seq)).toEqual(
    Array.from({ length: head.seq - from.seq }, (_, index) => from.seq + 1 + index),
  );
  // The last to come in may have been told to some before they listened.
  const begin = USERS.length;
  for (const seqs of told) {
    while (seqs.at(-1) !== head.seq) await Bun.sleep(5);
    expect(seqs.filter((seq) => seq > begin)).toEqual(
      Array.from({ length: head.seq - begin }, (_, index) => begin + 1 + index),
    );
  }

  const log = events.map((one) => parsed<Event>(one));
  const messages = log.flatMap((event): Message[] =>
    event.type === "message.posted"
      ? [log.filter(({ seq }) => seq > event.seq).reduce(fold, event as Message)]
      : [],
  );
  const kept = await Promise.all(messages.map(({ seq }) => store.message(ROOM, seq)));
  expect(kept.map((one) => parsed(one))).toEqual(messages);
  const seqs = (of: readonly { seq: number }[]) => of.map(({ seq }) => seq).sort((a, b) => a - b);
  expect(seqs(await store.pins(ROOM))).toEqual(seqs(messages.filter(({ pinned }) => pinned)));
  for (const thread of [null, ...messages.flatMap(({ seq, replies }) => (replies ? [seq] : []))]) {
    const page = await store.messages(ROOM, { at: "end", limit: 200, thread });
    const said = messages.filter((one) => one.thread === thread || one.seq === thread);
    expect(seqs(page.messages)).toEqual(seqs(said).slice(-200));
  }
  for (const user of USERS) await compareReading(store, user, messages);
}

async function compareReading(
  store: Store,
  user: UserId,
  messages: readonly Message[],
): Promise<void> {
  const { members, member } = roomKeys(ROOM);
  const json = redis.ask("HGET", members, user);
  const reading = (await store.readings(user)).get(ROOM);
  if (json === "") return expect(reading).toBeUndefined();
  const words = redis.ask("HGETALL", member(user)).split("\n");
  const marks = new Map<number, number>();
  for (const [index, word] of words.entries())
    if (word.startsWith("t:")) {
      const { mark } = JSON.parse(words[index + 1] ?? "") as { mark: number | null };
      marks.set(Number(word.slice(2)), mark ?? 0);
    }
  const place = JSON.parse(json) as { joined: number; joinedAt: number; role: "member" };
  const read = reading?.read ?? -1;
  const expected = recount(messages, user, { ...place, level: "all", read, marks });
  expect([user, reading]).toMatchObject([user, expected.reading]);
  expect(
    (await store.threads(ROOM, user, 1e6)).map(({ seq, read: upTo, unread }) => [
      seq,
      upTo,
      unread,
    ]),
  ).toEqual(expected.threads.map((thread) => [thread.root, thread.read, thread.unread.length]));
}
