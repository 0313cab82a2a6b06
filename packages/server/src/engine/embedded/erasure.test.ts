import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import type { RoomId, UserId } from "@snug/protocol";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { clearDraft, deleteDraft, editDraft, leaveDraft, reactDraft } from "../../core/draft.ts";
import type { Appended, Engine } from "../../core/ports.ts";
import { listener, newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ManualClock } from "../../manual-clock.ts";
import { event, joining } from "../contract/stage.ts";
import { openEmbedded } from "./engine.ts";
import { gramsOfTerm } from "./grams.ts";
import { BLOCK, bucketOf, BUCKETS, patch, placeOf, postingOf, unpack } from "./postings.ts";
import { Wiping } from "./wiping.ts";

const root = mkdtempSync(join(tmpdir(), "snug-erasure-"));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, "data-"));
const open = (folder: string) => openEmbedded({ folder, clock: systemClock });

/** Files of the folder in which this can be read. */
function filesWith(folder: string, words: string): string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(words));
}

/** Waits until it is so, two seconds at most. */
async function within2s(isSo: () => boolean): Promise<boolean> {
  const end = performance.now() + 2_000;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await new Promise<void>((resume) => setTimeout(resume, 20));
  }
  return true;
}

const secretOf = (room: string) => `what was said in ${room} and nowhere else`;

/** Says something in each room by turns, of all lengths, so that the rooms lie in each other's pages. */
async function talk(engine: Engine, rooms: readonly string[], times: number): Promise<void> {
  const sends: Promise<Appended>[] = [];
  for (let index = 0; index < times; index++) {
    const room = rooms[(index * 7 + (index >> 3)) % rooms.length] ?? "";
    const length = index % 11 === 0 ? 9_000 : (index * 37) % 400;
    sends.push(
      engine.store.append(
        posting(room, "ann", secretOf(room) + "x".repeat(length) + secretOf(room)),
      ),
    );
  }
  for (const { kind } of await Promise.all(sends)) expect(kind).toBe("stored");
}

/** A message that was edited and calls Bob, with a reply. */
async function edited({ store }: Engine, room: string): Promise<void> {
  const { seq } = event(await store.append(posting(room, "ann", secretOf(room))));
  const edit = { target: seq, text: `edited: ${secretOf(room)}`, mentions: ["bob"] };
  event(await store.append(editDraft(randomIds, room as RoomId, "ann" as UserId, edit)));
  event(await store.append(posting(room, "bob", secretOf(room), null, { thread: seq })));
}

async function populated(rooms: readonly string[], times = 1_500) {
  const folder = newFolder();
  const engine = await open(folder);
  await engine.store.addUser(newUser("ann"), newSession("s"), []);
  for (const room of rooms)
    await engine.store.addRoom(newRoom(room, { topic: secretOf(room) }), [joining(room, "ann")]);
  await talk(engine, rooms, times);
  return { folder, engine };
}

test("[EPH2] the words of a destroyed room are in no file after 2 s, however rooms lie in each other's pages, and come back with no restart", async () => {
  const rooms = ["r0", "r1", "r2", "r3", "r4", "r5"];
  const { folder, engine } = await populated(rooms);
  const joins = rooms.map((room) => joining(room, "bob"));
  await engine.store.addUser(newUser("bob"), newSession("t"), joins);
  for (const room of rooms) await edited(engine, room);
  const gone: string[] = [];
  for (const room of ["r3", "r1", "r5", "r0"]) {
    expect(filesWith(folder, secretOf(room))).not.toEqual([]);
    await engine.store.destroyRoom(room as RoomId);
    gone.push(room);
    const isWiped = () => gone.every((one) => filesWith(folder, secretOf(one)).length === 0);
    expect([room, await within2s(isWiped)]).toEqual([room, true]);
    await talk(engine, ["r2", "r4"], 100);
  }
  await engine.close();
  for (const room of gone) expect([room, filesWith(folder, secretOf(room))]).toEqual([room, []]);

  const again = await open(folder);
  expect(
    (await again.store.roomsFor("ann" as UserId, "all")).map(({ id }) => id as string),
  ).toEqual(["r2", "r4"]);
  await talk(again, ["r2", "r4"], 100);
  await again.close();
  for (const room of gone) expect([room, filesWith(folder, secretOf(room))]).toEqual([room, []]);
  const db = new Database(join(folder, "snug.db"));
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  expect(db.query("PRAGMA foreign_key_check").all()).toEqual([]);
  // Numbers are given again: a row that stayed would be another room's.
  const tables = db.query(
    "SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE c.name = 'room'",
  );
  const strays = (tables.all() as { name: string }[]).filter(({ name }) =>
    db.query(`SELECT 1 FROM ${name} WHERE room NOT IN (SELECT num FROM room)`).get(),
  );
  expect(strays).toEqual([]);
  db.close();
});

test("[EPH2] a process that is killed before it wiped leaves nothing either, once the folder is opened again", async () => {
  const { folder, engine } = await populated(["a", "b"], 200);
  const copy = newFolder();
  engine.backplane.listen(
    listener({ roomDestroyed: () => cpSync(folder, copy, { recursive: true }) }),
  );
  await engine.store.destroyRoom("a" as RoomId);
  await engine.close();
  expect(filesWith(copy, secretOf("a"))).not.toEqual([]);
  const again = await open(copy);
  expect(await again.store.room("a")).toBeNull();
  expect(await within2s(() => filesWith(copy, secretOf("a")).length === 0)).toBe(true);
  await again.close();
  expect(filesWith(copy, secretOf("a"))).toEqual([]);
});

test("[ORD7] the name of somebody erased is no longer in the log's file", async () => {
  const folder = newFolder();
  const engine = await open(folder);
  await engine.store.addRoom(newRoom("a"));
  const name = "Rumpelstiltskin the Third";
  const person = newUser("eve", { name });
  await engine.store.addUser(person, newSession("s"), [
    {
      ...joining("a", "eve"),
      body: joining("a", "eve").body.replace('"name":"eve"', `"name":"${name}"`),
    },
  ]);
  expect(filesWith(folder, name)).not.toEqual([]);
  await engine.store.eraseUser(person.id, [
    leaveDraft(randomIds, "a" as RoomId, { id: person.id, name: "" }),
  ]);
  expect(await within2s(() => filesWith(folder, name).length === 0)).toBe(true);
  await engine.close();
});

test("[MSG11] no byte of what a deleted message said, before and after it was edited, is in a file after 2 s; of what is cleared none either", async () => {
  const { folder, engine } = await populated(["a"], 300);
  const { store } = engine;
  const room = "a" as RoomId;
  const words = (number: number) => `deleted words, number ${number}`;
  const ann = "ann" as UserId;
  const root = event(await store.append(posting("a", "ann", words(0))));
  for (const [number, length] of [400, 9_000, 3].entries()) {
    const text = words(number + 1) + "x".repeat(length) + words(number + 1);
    event(
      await store.append(editDraft(randomIds, room, ann, { target: root.seq, text, mentions: [] })),
    );
    // Its record grows and moves as replies and reactions come.
    await store.append(posting("a", "ann", "reply", null, { thread: root.seq }));
    const emoji = ["👍", "🎉", "🍵"][number] ?? "";
    const react = { target: root.seq, emoji, on: true };
    event(await store.append(reactDraft(randomIds, room, ann, react)));
    await talk(engine, ["a"], 50);
  }
  const isWiped = () =>
    [0, 1, 2, 3].every((number) => filesWith(folder, words(number)).length === 0);
  expect(isWiped()).toBe(false);
  const what = { target: root.seq, thread: null };
  event(await store.append(deleteDraft(randomIds, room, ann, what)));
  expect(await within2s(isWiped)).toBe(true);
  // Sums are those of what is left: every event can be read.
  const { events } = await store.read(room, null, { events: 5_000, bytes: 1e9 });
  expect(events.filter(({ json }) => json.includes("event.unreadable"))).toEqual([]);
  expect(await store.message(room, root.seq)).not.toBeNull();

  const cleared = clearDraft(randomIds, room, ann);
  event(await store.append({ ...cleared, needs: null }));
  expect(await within2s(() => filesWith(folder, `"text":"${secretOf("a")}`).length === 0)).toBe(
    true,
  );
  await engine.close();
  expect(isWiped()).toBe(true);
});

test("[DUR3] the write-ahead log is brought home before it is long, and what is in it is not lost", async () => {
  const { folder, engine } = await populated(["a"], 0);
  for (let round = 0; round < 40; round++) {
    await talk(engine, ["a"], 100);
    expect(statSync(join(folder, "snug.db-wal")).size).toBeLessThan(12 * 1024 * 1024);
  }
  const { head } = await engine.store.read("a" as RoomId, null, { events: 0, bytes: 0 });
  await engine.close();
  const again = await open(folder);
  const slice = await again.store.read("a" as RoomId, null, { events: 5_000, bytes: 1e9 });
  expect([head.seq, slice.events.length]).toEqual([4_001, 4_001]);
  await again.close();
});

test("wipes at once, then with those that follow soon, and again until it is done", () => {
  const clock = new ManualClock();
  let broken = false;
  const wiped: number[] = [];
  const faults: unknown[] = [];
  const wiping = new Wiping(
    () => {
      if (broken) throw new Error("no space");
      wiped.push(clock.elapsed());
    },
    clock,
    (fault) => faults.push(fault),
  );
  wiping.soon();
  expect(wiped).toEqual([0]);
  for (let index = 0; index < 10; index++) wiping.soon();
  clock.advance(10_000);
  expect(wiped).toEqual([0, 250]);
  broken = true;
  wiping.soon();
  clock.advance(1_500);
  expect(faults).toHaveLength(2);
  broken = false;
  clock.advance(1_000);
  expect(wiped).toEqual([0, 250, 12_000]);
  for (let index = 0; index < 2; index++) wiping.soon();
  wiping.close();
  expect(clock.pending).toBe(0);
  clock.advance(10_000);
  wiping.soon();
  expect([wiped, clock.pending]).toEqual([[0, 250, 12_000, 12_500], 0]);
});

test("[EPH2] a room that is destroyed while its engine closes is gone, word for word, and nothing is tried afterwards", async () => {
  const { folder, engine: before } = await populated(["a", "b"], 200);
  await before.close();
  const faults: unknown[] = [];
  const clock = new ManualClock();
  const engine = await openEmbedded({ folder, clock, onFault: (fault) => faults.push(fault) });
  clock.advance(1_000);
  const destroyed = engine.store.destroyRoom("a" as RoomId);
  await engine.close();
  expect(await destroyed).toBe(true);
  clock.advance(10_000);
  expect([faults, clock.pending]).toEqual([[], 0]);
  expect(filesWith(folder, secretOf("a"))).toEqual([]);
  expect(filesWith(folder, secretOf("b"))).not.toEqual([]);
});

/** What the search index of this folder says: of which rooms, what it has still to forget, and one entry. */
function indexOf(folder: string, entryOf = "") {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  const db = new Database(join(copy, "snug.db"));
  const rows = db.query("SELECT num, postings FROM gram").all() as {
    num: number;
    postings: Uint8Array;
  }[];
  const nums = rows.flatMap(({ num, postings }) =>
    [...unpack(postings)].map((one) => Math.floor(num / BUCKETS) * BLOCK + placeOf(one)),
  );
  const ofRooms = db.query(
    "SELECT id FROM room WHERE num = (SELECT room FROM event WHERE num = ?)",
  );
  const rooms = new Set(
    [...new Set(nums)].map((num) => (ofRooms.get(num) as { id: string } | null)?.id ?? "gone"),
  );
  const stale = (db.query("SELECT count(*) AS count FROM stale").get() as { count: number }).count;
  db.close();
  // As it lies in the file.
  const [gram = 0] = gramsOfTerm(entryOf, 1);
  const row = rows.find(({ num }) => num === bucketOf(gram))?.postings ?? new Uint8Array();
  const its = unpack(row).filter((one) => one - placeOf(one) === postingOf(gram, 0));
  const entry = patch(new Uint8Array(), its, new Uint32Array());
  return { rooms: [...rooms].toSorted(), stale, entry };
}

test("[SRC5] [EPH6] what the search index says of a destroyed or cleared room is in no file after 2 s, also after a kill", async () => {
  const { folder, engine } = await populated(["a", "b"], 700);
  const holds = (entry: Uint8Array) =>
    readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(entry));
  expect(await within2s(() => indexOf(folder).rooms.length === 2)).toBe(true);
  // Of "said in a and", which nobody says in the other room.
  const { entry } = indexOf(folder, "n a");
  expect([entry.length > 50, holds(entry)]).toEqual([true, true]);
  const killed = newFolder();
  engine.backplane.listen(
    listener({ roomDestroyed: () => cpSync(folder, killed, { recursive: true }) }),
  );
  await engine.store.destroyRoom("a" as RoomId);
  expect(await within2s(() => !holds(entry))).toBe(true);
  expect(indexOf(folder)).toMatchObject({ rooms: ["b"], stale: 0 });

  const { entry: other } = indexOf(folder, "n b");
  expect([other.length > 50, holds(other)]).toEqual([true, true]);
  const clear = clearDraft(randomIds, "b" as RoomId, "ann" as UserId);
  event(await engine.store.append({ ...clear, needs: null }));
  expect(await within2s(() => !holds(other))).toBe(true);
  expect(indexOf(folder)).toMatchObject({ rooms: [], stale: 0 });
  await engine.close();

  expect(indexOf(killed).stale).toBeGreaterThan(0);
  const again = await open(killed);
  expect(await within2s(() => indexOf(killed).stale === 0)).toBe(true);
  await again.close();
  expect(indexOf(killed).rooms).toEqual(["b"]);
});
