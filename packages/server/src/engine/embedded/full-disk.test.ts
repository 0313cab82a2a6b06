import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { GENERAL, type SessionId, type UserId } from "@snug/protocol";
import { systemClock } from "../../clock.ts";
import type { Committed } from "../../core/ports.ts";
import { listener, newRoom, posting } from "../../fixtures.ts";
import { migrate } from "./schema.ts";
import { EmbeddedStore } from "./store.ts";

// SQLite's own page limit stands for the disk's end: it fails with the same
// SQLITE_FULL, at the same places, and can be lifted again.
let db: Database;
let store: EmbeddedStore;
let told: Committed[];

beforeEach(async () => {
  db = new Database(":memory:", { strict: true });
  migrate(db);
  told = [];
  store = new EmbeddedStore({
    db,
    wal: { keepShort() {}, empty() {} },
    clock: systemClock,
    tell: listener({ committed: (batch) => told.push(batch) }),
    onCommit() {},
    onFault() {},
  });
  await store.addRoom(newRoom(GENERAL));
  db.run("INSERT INTO user (id, name, guest) VALUES ('ann', 'Ann', 1)");
  db.run("INSERT INTO user (id, name, guest) VALUES ('bob', 'Bob', 1)");
  for (const user of ["ann", "bob"])
    db.run("INSERT INTO member (room, user, role, joined_at) VALUES (1, ?, 'member', 1)", [user]);
});
afterEach(() => store.close());

const append = (text: string, clientId: string) =>
  store.append(posting(GENERAL, "ann", text, clientId));
const page = async () => (await store.read(GENERAL, null, { events: 10_000, bytes: 1e9 })).events;

test("[AVL3] a full disk refuses sends, loses none that was answered, and goes on once there is space", async () => {
  const { page_count: pages } = db.query("PRAGMA page_count").get() as { page_count: number };
  db.run(`PRAGMA max_page_count = ${pages + 30}`);
  const stored: number[] = [];
  let refused = 0;
  for (let index = 0; index < 200; index++) {
    await append("x".repeat(2_000), `${index}`).then(
      (answer) => stored.push(answer.kind === "stored" ? answer.event.seq : -1),
      (fault: unknown) => {
        expect(fault).toMatchObject({ code: "store_full" });
        refused++;
      },
    );
  }
  expect(refused).toBeGreaterThan(50);
  expect(stored.length).toBeGreaterThan(10);
  expect((await page()).map((event) => event.seq)).toEqual(stored);
  expect(told.flatMap((batch) => batch.events.map((event) => event.seq))).toEqual(stored);

  db.run("PRAGMA max_page_count = 100000");
  const again = await append("x".repeat(2_000), "199");
  expect(again).toMatchObject({ kind: "stored", event: { seq: stored.length + 1 } });
});

test("[AVL3] of a group that no longer fits, what fits is stored and the rest refused, without a hole", async () => {
  const { page_count: pages } = db.query("PRAGMA page_count").get() as { page_count: number };
  db.run(`PRAGMA max_page_count = ${pages + 20}`);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => append("x".repeat(2_000), `${index}`)),
  );
  const seqs = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" && outcome.value.kind === "stored"
      ? [outcome.value.event.seq]
      : [],
  );
  expect(seqs.length).toBeGreaterThan(5);
  expect(seqs.length).toBeLessThan(100);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect((await page()).map((event) => event.seq)).toEqual(seqs);
  // What was undone is told to nobody, nor counted.
  expect(told.flatMap((batch) => batch.events.map((event) => event.seq))).toEqual(seqs);
  const reading = (await store.readings("bob" as UserId)).get(GENERAL);
  expect(reading).toMatchObject({ unread: seqs.length });
});

test("[AVL3] what a change wrote of somebody before it failed is not remembered", async () => {
  db.run(`INSERT INTO session (id, token_hash, user, device, created_at, used_at)
    VALUES ('s', 'hash', 'ann', '', 0, 0)`);
  db.run("UPDATE user SET password_hash = 'old' WHERE id = 'ann'");
  db.run("CREATE TRIGGER full BEFORE DELETE ON session BEGIN SELECT RAISE(ABORT, 'full'); END");
  const password = { was: "old", hash: "new", keeps: "none" as SessionId };
  const change = store.changeUser("ann" as UserId, { name: "Other", password });
  expect(await change.catch(String)).toContain("full");
  expect(await store.users(["ann"])).toMatchObject([{ name: "Ann" }]);
});
