import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { RoomId, UserId } from "@snug/protocol";
import fc from "fast-check";
import { clearDraft, deleteDraft, editDraft } from "../../core/draft.ts";
import type { Draft, Sought, Spot } from "../../core/ports.ts";
import { fold } from "../../core/search/fold.ts";
import { newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { ManualClock } from "../../manual-clock.ts";
import { joining } from "../contract/stage.ts";
import { openMemory } from "../memory/engine.ts";
import { Files } from "./files.ts";
import { Log } from "./log.ts";
import { Membership } from "./membership.ts";
import { People } from "./people.ts";
import { BLOCK, BUCKETS, placeOf, unpack } from "./postings.ts";
import { migrate } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";

const ROOMS = ["r0", "r1", "r2"] as RoomId[];
const USERS = ["ann", "bob"] as UserId[];
/** More than are asked for one by one. */
const many = Array.from({ length: 5_000 }, (_, index) => `u${index}` as UserId);
const seeking: Sought = {
  rooms: ROOMS,
  terms: [],
  without: [],
  by: null,
  notBy: new Set(),
  since: null,
  until: null,
  before: null,
  most: 5,
};

/** A log and its index, whose numbers begin shortly before the end of a block. */
function stand() {
  const db = new Database(":memory:", { strict: true });
  migrate(db);
  const clock = new ManualClock();
  const index = new SearchIndex(db);
  const log = new Log(db, clock, new Membership(db), index, new Files(db, index));
  const people = new People(db);
  const change = <Value>(work: () => Value) =>
    db.transaction(() => {
      const value = work();
      log.settle();
      return value;
    })();
  for (const user of USERS) people.addUser(newUser(user));
  const begin = (room: RoomId) =>
    change(() => {
      log.addRoom(newRoom(room));
      for (const user of USERS) log.append(joining(room, user));
    });
  db.run(
    `INSERT INTO event (num, room, seq, id, type, at, by, json) VALUES (${BLOCK - 20}, 0, 0, '', '', 0, '', '')`,
  );
  for (const room of ROOMS) begin(room);
  return { db, clock, log, index, change, begin };
}

/** Does all the work there is, however little. */
function settle({ index }: ReturnType<typeof stand>): void {
  while (index.work.hasStale || index.work.pending > 0) index.step(200);
}

/** Events that the index says anything of. */
function indexed(db: Database): number[] {
  const rows = db.query("SELECT num, postings FROM gram").all() as {
    num: number;
    postings: Uint8Array;
  }[];
  const nums = rows.flatMap(({ num, postings }) => {
    return [...unpack(postings)].map((one) => Math.floor(num / BUCKETS) * BLOCK + placeOf(one));
  });
  return [...new Set(nums)].toSorted((a, b) => a - b);
}

const scripts = [
  "abAB eéE1",
  "тест ТЁe",
  "東京駅で 会",
  "서울역 가각",
  "دال ألف ًا",
  "कमल की े",
  "👍🎉❤️👩‍💻 ",
];
const text = fc
  .constantFrom(...scripts)
  .chain((letters) =>
    fc
      .array(fc.constantFrom(...Array.from(letters)), { minLength: 1, maxLength: 14 })
      .map((all) => all.join("")),
  )
  .filter((words) => words.isWellFormed());
const room = fc.constantFrom(...ROOMS);
const by = fc.constantFrom(...USERS);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("post" as const), room, by, text }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("edit" as const), room, seq: fc.nat(20), text }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("delete" as const), room, seq: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("clear" as const, "destroy" as const), room }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("index" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("search" as const),
      pick: fc.nat(),
      from: fc.nat(4),
      length: fc.constantFrom(1, 1, 2, 2, 3, 4),
      without: fc.option(text, { nil: null, freq: 4 }),
      by: fc.option(by, { nil: null }),
      isOfMany: fc.boolean(),
      rooms: fc.subarray(ROOMS, { minLength: 1 }),
      most: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

test("[SRC2] [SRC5] the index finds what a look at every message finds, in every script, whatever happens meanwhile", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 120, size: "max" }),
      async (steps) => {
        const place = stand();
        const { log, index, change } = place;
        const plain = openMemory({ clock: place.clock }).store;
        for (const user of USERS) await plain.addUser(newUser(user), newSession(user), []);
        const begin = async (id: RoomId) => {
          await plain.addRoom(newRoom(id));
          for (const user of USERS) await plain.append(joining(id, user));
        };
        for (const id of ROOMS) await begin(id);
        const append = async (draft: Draft) => {
          const done = { ...draft, needs: null };
          expect(change(() => log.append(done)).kind).toBe((await plain.append(done)).kind);
        };
        const posted: string[] = [];
        for (const one of steps) {
          place.clock.advance(1);
          switch (one.do) {
            case "post":
              posted.push(one.text);
              await append(posting(one.room, one.by, one.text, null));
              break;
            case "edit":
              await append(
                editDraft(ids, one.room, "ann" as UserId, {
                  target: one.seq,
                  text: one.text,
                  mentions: [],
                }),
              );
              break;
            case "delete":
              await append(
                deleteDraft(ids, one.room, "ann" as UserId, { target: one.seq, thread: null }),
              );
              break;
            case "clear":
              await append(clearDraft(ids, one.room, "ann" as UserId));
              break;
            case "destroy":
              change(() => log.destroy(one.room, crypto.randomUUID()));
              await plain.destroyRoom(one.room);
              place.begin(one.room);
              await begin(one.room);
              break;
            case "index":
              index.step(200);
              break;
            case "search": {
              const picked = fold(posted[one.pick % Math.max(1, posted.length)] ?? "a");
              const from = one.from % Math.max(1, picked.length);
              const term = picked.slice(from, from + one.length);
              if (term === "" || !term.isWellFormed()) break;
              const without =
                one.without === null ? [] : [fold(one.without)].filter((word) => word !== "");
              const sought = {
                ...seeking,
                rooms: one.rooms,
                terms: [term],
                without,
                by: one.by && new Set(one.isOfMany ? [one.by, ...many] : [one.by]),
                most: one.most,
              };
              let before: Spot | null = null;
              do {
                const answer = log.search({ ...sought, before });
                expect(answer).toEqual(await plain.search({ ...sought, before }));
                found += answer.hits.length;
                before = answer.next;
              } while (before !== null);
            }
          }
        }
        settle(place);
        const alive = place.db
          .query(
            "SELECT num FROM event WHERE type = 'message.posted' AND json_extract(json, '$.deletedAt') IS NULL ORDER BY num",
          )
          .all() as { num: number }[];
        expect(indexed(place.db)).toEqual(alive.map(({ num }) => num));
        place.db.close();
      },
    ),
    { numRuns: 40 },
  );
  expect(found).toBeGreaterThan(150);
});

test("[SRC5] a message is found whose event has the number of one that was destroyed after it was indexed", () => {
  const place = stand();
  const { log, index, change } = place;
  const say = (id: string, words: string) => change(() => log.append(posting(id, "ann", words)));
  const found = (term: string) =>
    log
      .search({ ...seeking, terms: [term] })
      .hits.map(({ room: id, message }) => `${id} ${message.seq}`);
  for (let count = 0; count < 5; count++) say("r2", "old words");
  settle(place);
  expect(found("words")).toHaveLength(5);
  change(() => log.destroy("r2" as RoomId, "hash"));
  say("r0", "new words");
  expect(found("words")).toEqual(["r0 3"]);
  // What is gone is dropped first, or it would take the new one's entry with it.
  index.step(200);
  expect(index.work).toMatchObject({ hasStale: false, pending: 1 });
  settle(place);
  expect([found("words"), found("old")]).toEqual([["r0 3"], []]);
  place.db.close();
});

test("[SRC7] one step of a search reads and asks for so much at most, and says where to go on", () => {
  const place = stand();
  const { db, log, change } = place;
  const sql = db.query(
    `INSERT INTO event (room, seq, id, type, at, by, json)
     VALUES (1, $seq, $id, 'message.posted', 1, 'ann', $json)`,
  );
  const insert = (seq: number, text: string) => {
    const id = `e${seq}`;
    const more = { at: 1, type: "message.posted", by: "ann", text, files: [], deletedAt: null };
    sql.run({ seq, id, json: JSON.stringify({ seq, id, ...more }) });
  };
  const COUNT = 5_000;
  change(() => {
    for (let seq = 3; seq < COUNT + 3; seq++)
      insert(seq, seq === 10 ? "tea and salt" : "tea and milk");
  });
  const search = (terms: string[], without: string[]) => {
    let before: Spot | null = null;
    const seen: number[] = [];
    let steps = 0;
    do {
      const answer = log.search({ ...seeking, terms, without, before });
      seen.push(...answer.hits.map(({ message }) => message.seq));
      before = answer.next;
      steps++;
    } while (before !== null);
    return { seen, steps };
  };
  expect(search(["tea"], ["milk"])).toEqual({ seen: [10], steps: 3 });
  settle(place);
  expect(search(["tea"], ["milk"])).toEqual({ seen: [10], steps: 3 });
  expect(search(["salt"], [])).toEqual({ seen: [10], steps: 1 });

  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (let block = 3; block < 203; block++) {
    const seq = COUNT + block;
    insert(seq, letters);
    db.query("UPDATE event SET num = ? WHERE seq = ?").run(block * BLOCK, seq);
  }
  settle(place);
  expect(search([letters], [letters])).toEqual({ seen: [], steps: 2 });
  db.close();
});
