// npm run bench:reading: what it costs the engine to say what is unread, and to read a page.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RoomId, UserId } from "../packages/protocol/src/index.ts";
import { deleteDraft, editDraft } from "../packages/server/src/core/draft.ts";
import { newRoom, newSession, newUser, posting } from "../packages/server/src/fixtures.ts";
import type { Store } from "../packages/server/src/core/ports.ts";
import { event, joining } from "../packages/server/src/engine/contract/stage.ts";
import { randomIds as ids } from "../packages/server/src/ids.ts";
import { openEmbedded, systemClock as clock } from "../packages/server/src/index.ts";
import { readOptions } from "../proof/options.ts";
import { out } from "./build.ts";

const ROOMS = 500;
/** Said in each of them, every tenth with a mention of Ann, every twentieth in a thread; none of Pat. */
const SAID = 40;
const LARGE = 1_000_000;
const REPEATS = 200;
/** Those who are looked at together, as a sweep over the inboxes does. */
const PEOPLE = 50;
/** Followed by all of them, and read but for a few. */
const THREADS = 1_000;
const UNREAD_THREADS = 3;
/** Messages that call the room, which nobody read. */
const CALLS = 20_000;

readOptions("Usage: npm run bench:reading", {});
const folder = mkdtempSync(join(out, "data-"));
try {
  let engine = await openEmbedded({ folder, clock });
  const { store } = engine;
  const rooms = Array.from({ length: ROOMS }, (_, index) => `room ${index}` as RoomId);
  await Promise.all([...rooms, "large" as RoomId].map((room) => store.addRoom(newRoom(room))));
  for (const user of ["ann", "bob", "pat"])
    await store.addUser(
      newUser(user),
      newSession(`s-${user}`),
      [...rooms, "large"].map((room) => joining(room, user)),
    );
  const bob = "bob" as UserId;
  const large = "large" as RoomId;
  for (let index = 0; index < SAID; index++) {
    const mentions = index % 10 === 0 ? ["ann"] : [];
    const more = index % 20 === 19 ? { mentions, thread: 3 } : index % 10 === 0 ? { mentions } : {};
    await Promise.all(
      rooms.map((room) => store.append(posting(room, bob, `message ${index}`, null, more))),
    );
  }
  await Promise.all(
    rooms.map((room) => store.append(deleteDraft(ids, room, bob, { target: 5, thread: null }))),
  );
  for (let said = 0; said < LARGE; said += 10_000) {
    const texts = Array.from({ length: 10_000 }, () => "x".repeat(128));
    await Promise.all(texts.map((text) => store.append(posting(large, bob, text, null))));
  }
  const edited = Array.from({ length: 1_000 }, (_, index) => 5 + (index * LARGE) / 1_000);
  await Promise.all(
    edited.map((target) =>
      store.append(editDraft(ids, large, bob, { target, text: "edited", mentions: [] })),
    ),
  );
  await engine.close();

  // As a server that was just started finds it, and again.
  engine = await openEmbedded({ folder, clock });
  const ann = "ann" as UserId;
  const first = await cpu(1, () => engine.store.readings(ann));
  const all = await cpu(REPEATS, () => engine.store.readings(ann));
  const one = await cpu(REPEATS * 50, () => engine.store.readings(ann, [large]));
  const { head } = await engine.store.read(large, null, { events: 0, bytes: 0 });
  const plain = await cpu(REPEATS, () => engine.store.readings("pat" as UserId));
  console.log(`unread of ${ROOMS} rooms: ${plain} ms CPU`);
  console.log(`with mentions and a thread in each: ${first} ms CPU at first, then ${all} ms`);
  console.log(`unread of one room of ${LARGE} messages: ${one} ms CPU`);
  for (const depth of [0, 0.1, 0.5, 0.9, 1]) {
    const seq = Math.round(head.seq * depth);
    const page = await cpu(REPEATS, (index) =>
      engine.store.messages(large, { at: "around", seq: seq - index, limit: 50, thread: null }),
    );
    console.log(`a page of 50 at ${depth * 100} % of ${LARGE} messages: ${page} ms CPU`);
  }
  await engine.close();
  await manyThreads();
  await manyCalls();
  await appends();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A room where all of them wrote in each thread, and have read all but the newest in a few. */
async function manyThreads() {
  const { engine, people } = await crowd("threads");
  const { store } = engine;
  const room = "threads" as RoomId;
  const roots = await said(store, room, THREADS, {});
  for (const by of people)
    await Promise.all(
      roots.map((thread) => store.append(posting(room, by, "r", null, { thread }))),
    );
  const { head } = await store.read(room, null, { events: 0, bytes: 0 });
  for (const user of people)
    await Promise.all(
      roots.map((thread) => store.markRead(room, user, { seq: head.seq, back: false, thread })),
    );
  for (const thread of roots.slice(0, UNREAD_THREADS))
    await store.append(posting(room, people[0] ?? "", "news", null, { thread }));
  const first = await cpu(1, () => store.readingsIn(room, people));
  const then = await cpu(REPEATS, () => store.readingsIn(room, people));
  console.log(
    `${THREADS} threads, ${UNREAD_THREADS} of them unread, of ${PEOPLE}: ${first} ms CPU at first, then ${then} ms`,
  );
  const replies = await cpu(5, async () => {
    await Promise.all(
      roots.map((thread) => store.append(posting(room, people[1] ?? "", "more", null, { thread }))),
    );
  });
  console.log(`${THREADS} replies that ${PEOPLE} follow, again and again: ${replies} ms CPU`);
  const all = await cpu(5, () => store.readingsIn(room, people));
  console.log(`the same threads, all unread, of ${PEOPLE}: ${all} ms CPU`);
  await engine.close();
}

async function manyCalls() {
  const { engine, people } = await crowd("calls");
  const { store } = engine;
  const room = "calls" as RoomId;
  await said(store, room, CALLS, { mentions: ["@room"] });
  const look = await cpu(5, () => store.readingsIn(room, people));
  console.log(`${CALLS} unread calls of the room, of ${PEOPLE}: ${look} ms CPU`);
  await engine.close();
}

/** What it costs to store messages, of which somebody shall be told how many are unread. */
async function appends() {
  const { engine } = await crowd("appends");
  const { store } = engine;
  const room = "appends" as RoomId;
  const [thread = 0] = await said(store, room, 1, {});
  for (const [what, more] of [
    ["messages", {}],
    ["replies", { thread }],
    ["messages that call the room", { mentions: ["@room"] }],
  ] as const) {
    await said(store, room, 10_000, more);
    const each = await cpu(5, () => said(store, room, 10_000, more));
    console.log(`10,000 ${what}: ${each} ms CPU`);
  }
  await engine.close();
}

/** A room of `PEOPLE`, on an engine of its own. */
async function crowd(room: string) {
  const engine = await openEmbedded({ folder: mkdtempSync(join(folder, "crowd-")), clock });
  await engine.store.addRoom(newRoom(room));
  const people = Array.from({ length: PEOPLE }, (_, index) => `person ${index}` as UserId);
  for (const user of ["bob", ...people])
    await engine.store.addUser(newUser(user), newSession(`s-${user}`), [joining(room, user)]);
  return { engine, people };
}

/** So many messages of Bob's; their numbers. */
async function said(
  store: Store,
  room: RoomId,
  count: number,
  more: Parameters<typeof posting>[4],
): Promise<number[]> {
  const all = await Promise.all(
    Array.from({ length: count }, () => store.append(posting(room, "bob", "hi", null, more))),
  );
  return all.map((one) => event(one).seq);
}

/** Milliseconds of CPU for each. */
async function cpu(times: number, work: (index: number) => Promise<unknown>): Promise<string> {
  const start = process.cpuUsage();
  for (let index = 0; index < times; index++) await work(index);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) / 1_000 / times).toFixed(3);
}
