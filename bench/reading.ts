// npm run bench:reading: what it costs the engine to say what is unread, and to read a page.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RoomId, UserId } from "../packages/protocol/src/index.ts";
import { deleteDraft, editDraft } from "../packages/server/src/core/draft.ts";
import { newRoom, newSession, newUser, posting } from "../packages/server/src/fixtures.ts";
import { joining } from "../packages/server/src/engine/contract/stage.ts";
import { randomIds as ids } from "../packages/server/src/ids.ts";
import { openEmbedded, systemClock as clock } from "../packages/server/src/index.ts";
import { out } from "./build.ts";

const ROOMS = 500;
/** Said in each of them, every tenth with a mention, every twentieth in a thread. */
const SAID = 40;
const LARGE = 1_000_000;
const REPEATS = 200;

const folder = mkdtempSync(join(out, "data-"));
try {
  let engine = await openEmbedded({ folder, clock });
  const { store } = engine;
  const rooms = Array.from({ length: ROOMS }, (_, index) => `room ${index}` as RoomId);
  await Promise.all([...rooms, "large" as RoomId].map((room) => store.addRoom(newRoom(room))));
  for (const user of ["ann", "bob"])
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
  console.log(`unread of ${ROOMS} rooms: ${first} ms CPU at first, then ${all} ms`);
  console.log(`unread of one room of ${LARGE} messages: ${one} ms CPU`);
  for (const depth of [0, 0.1, 0.5, 0.9, 1]) {
    const seq = Math.round(head.seq * depth);
    const page = await cpu(REPEATS, (index) =>
      engine.store.messages(large, { at: "around", seq: seq - index, limit: 50, thread: null }),
    );
    console.log(`a page of 50 at ${depth * 100} % of ${LARGE} messages: ${page} ms CPU`);
  }
  await engine.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Milliseconds of CPU for each. */
async function cpu(times: number, work: (index: number) => Promise<unknown>): Promise<string> {
  const start = process.cpuUsage();
  for (let index = 0; index < times; index++) await work(index);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) / 1_000 / times).toFixed(3);
}
