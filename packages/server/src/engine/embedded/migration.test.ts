import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { limits, type Role, type RoomId, type UserId } from "@snug/protocol";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { changeDraft, editDraft } from "../../core/draft.ts";
import { eventText, memberBody, postedBody } from "../../core/event-text.ts";
import { newRoom, newSession, posting } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { joining } from "../contract/stage.ts";
import { openEmbedded } from "./engine.ts";
import { migrate, steps } from "./schema.ts";

const root = mkdtempSync(join(tmpdir(), "snug-migration-"));
afterAll(() => rmSync(root, { recursive: true }));

const ANN = "ann" as UserId;
const all = { events: 1_000, bytes: 10_000_000 };

/** A data folder as the first release left it: people, a talk, and a second public room of the same name. */
function firstRelease() {
  const folder = mkdtempSync(join(root, "data-"));
  const db = new Database(join(folder, "snug.db"), { create: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run(steps[0]?.sql ?? "");
  db.run("PRAGMA user_version = 1");
  const events: { seq: number; id: string; json: string }[] = [];
  const addEvent = db.query(
    `INSERT INTO event (room, seq, id, type, at, by, client_id, json)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const add = (type: string, by: string, clientId: string | null, body: string) => {
    const seq = events.length + 1;
    const id = `e${seq}`;
    const json = eventText(seq, 1_000 + seq, id, body);
    addEvent.run(seq, id, type, 1_000 + seq, by, clientId, json);
    events.push({ seq, id, json });
  };
  db.run(
    `INSERT INTO room (id, kind, name, topic, created_at, created_by, epoch) VALUES
     ('general', 'public', 'general', '', 5, NULL, 'ep'), ('twin', 'public', 'General', '', 6, NULL, 'ep2')`,
  );
  for (const [user, name] of [
    ["ann", "Ännchen"],
    ["bob", "Bob"],
  ] as const) {
    db.run("INSERT INTO user (id, name, guest) VALUES (?, ?, 1)", [user, name]);
    db.run("INSERT INTO session VALUES (?, ?, ?, 'Firefox', ?, ?)", [
      `s-${user}`,
      `h-${user}`,
      user,
      Date.now() - limits.sessionIdleMs / 2,
      Date.now() - limits.sessionIdleMs / 2,
    ] as string[]);
    db.run("INSERT INTO member VALUES (1, ?, 'member', 7)", [user]);
    add(
      "member.joined",
      user,
      null,
      memberBody("member.joined", user as UserId, { id: user as UserId, name }),
    );
  }
  add("message.posted", ANN, "c1", postedBody(ANN, "c1", "Hello"));
  add("message.posted", "bob", "c1", postedBody("bob" as UserId, "c1", "Hi"));
  // A record that went bad must not keep the rest from moving on.
  db.run(
    `INSERT INTO event (room, seq, id, type, at, by, client_id, json)
     VALUES (1, 5, 'e5', 'member.joined', 1005, 'eve', NULL, '{"seq":5,')`,
  );
  db.close();
  return { folder, events };
}

test("[DUR1] [RES1] [SRC5] data of the first release opens, keeps everything, and works", async () => {
  const { folder, events } = firstRelease();
  const engine = await openEmbedded({ folder, clock: systemClock });
  const { store } = engine;
  const general = "general" as RoomId;

  const { directKey: _, ...made } = newRoom("general", { epoch: "ep", createdAt: 5 });
  expect(await store.room("general")).toEqual({
    ...made,
    archived: false,
    memberCount: 2,
    head: {
      seq: 5,
      id: "e5",
    },
  });
  expect((await store.read(general, null, all)).events.slice(0, 4)).toEqual(events);
  expect(await store.read(general, { epoch: "ep", seq: 2, id: "e2" }, all)).toMatchObject({
    gap: null,
    events: [{ seq: 3 }, { seq: 4 }, { seq: 5 }],
  });
  expect(
    (await store.messages(general, { at: "end", limit: 10, thread: null })).messages,
  ).toHaveLength(2);
  expect(await store.append(posting("general", ANN, "Hello", "c1"))).toMatchObject({
    kind: "repeated",
    event: { seq: 3, id: "e3" },
  });
  const ann = { id: ANN, name: "Ännchen", guest: true };
  expect(await store.members(general)).toEqual([
    { user: ann, role: "member", joinedAt: 7 },
    { user: { id: "bob" as UserId, name: "Bob", guest: true }, role: "member", joinedAt: 7 },
  ]);
  expect(await store.session("h-ann")).toEqual({
    id: "s-ann" as never,
    user: ann,
    admin: false,
    scope: null,
    expiresAt: null,
  });
  expect(await store.sessions(ANN, "device")).toMatchObject([{ device: "Firefox" }]);

  const sought = {
    rooms: [general],
    terms: ["ell"],
    without: [],
    by: null,
    notBy: new Set<UserId>(),
    since: null,
  };
  expect(await store.search({ ...sought, until: null, before: null, most: 9 })).toMatchObject({
    hits: [{ room: "general", message: { seq: 3 } }],
  });

  // Who was there has read what there was; from now on it counts.
  const reading = { level: "all", at: 1_005, read: 5, unread: 0, mentions: 0, threads: 0 } as const;
  expect(await store.readings(ANN)).toEqual(new Map([[general, reading]]));
  const place = { thread: 3, mentions: ["ann"] };
  await store.append(posting("general", "bob", "in a thread", null, place));
  await store.append(posting("general", "bob", "beside it", null));
  const [thread] = await store.threads(general, ANN, 9);
  expect(thread).toMatchObject({ root: { seq: 3 }, read: 3, unread: 1 });
  expect((await store.readings(ANN)).get(general)).toMatchObject({
    read: 5,
    unread: 1,
    mentions: 1,
    threads: 1,
  });
  // What was said since they came can be unread again, and what happens to it shows.
  await store.markRead(general, ANN, { seq: 0, back: true, thread: null });
  expect((await store.readings(ANN)).get(general)).toMatchObject({ read: 1, unread: 2 });
  await store.append(
    editDraft(randomIds, general, ANN, { target: 3, text: "Hello again", mentions: [] }),
  );
  expect(await store.message(general, 3)).toMatchObject({
    json: expect.stringContaining("Hello again"),
  });

  // Names count from now on; of two that were the same, the older has it.
  expect(await store.addRoom(newRoom("x", { name: "GENERAL" }))).toEqual({ kind: "name_taken" });
  expect(
    await store.append(changeDraft(randomIds, "twin" as RoomId, { name: "general" }, ANN)),
  ).toEqual({ kind: "refused", why: "name_taken" });
  // The younger is changed like any room, and is found by a name that it takes.
  const twin = "twin" as RoomId;
  for (const change of [{ topic: "quiet" }, { archived: true }, { name: "General", topic: "loud" }])
    expect(await store.append(changeDraft(randomIds, twin, change, ANN))).toMatchObject({
      kind: "stored",
    });
  expect(await store.append(changeDraft(randomIds, twin, { name: "Twin" }, ANN))).toMatchObject({
    kind: "stored",
  });
  expect(await store.append(changeDraft(randomIds, twin, { archived: false }, ANN))).toMatchObject({
    kind: "stored",
  });
  expect(await store.addRoom(newRoom("x", { name: "TWIN" }))).toEqual({ kind: "name_taken" });
  expect((await store.findUsers("bob" as UserId, "änn", 5)).map(({ id }) => id)).toEqual([ANN]);

  const account = { username: "ann", passwordHash: "hash", asAdmin: [] };
  expect(await store.addAccount(ANN, null, account, newSession("a"), [])).toMatchObject({
    kind: "added",
    admin: true,
  });
  await store.addSession(ANN, newSession("new"));
  expect(await store.append(joining("twin", "ann"))).toMatchObject({ kind: "stored" });
  await store.eraseUser("bob" as UserId, []);
  const [joined] = (await store.read(general, { epoch: "ep", seq: 1, id: "e1" }, all)).events;
  expect(joined?.json).toContain('"user":{"id":"bob","name":""}');
  expect(await store.destroyRoom("twin" as RoomId)).toBe(true);
  await engine.close();

  const db = new Database(join(folder, "snug.db"));
  expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: steps.length });
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  expect(db.query("PRAGMA foreign_key_check").all()).toEqual([]);
  db.close();
});

test("[ROOM9] [HOST5] what people are in rooms, or last were, is taken from a log that knows it, and else from who is in", async () => {
  const db = new Database(":memory:", { strict: true });
  const before = steps.findIndex(({ sql }) => sql.includes("TABLE last_role"));
  for (const { sql } of steps.slice(0, before)) db.run(sql);
  db.run(`PRAGMA user_version = ${before}`);
  const add = db.query(
    "INSERT INTO event (room, seq, id, type, at, by, json) VALUES (1, ?, ?, ?, 1, ?, ?)",
  );
  let seq = 0;
  const told = (type: "member.joined" | "member.changed", by: string, of: string, role?: Role) => {
    const body = memberBody(type, by as UserId, { id: of as UserId, name: of }, role);
    seq++;
    add.run(seq, `e${seq}`, type, by, eventText(seq, 1, `e${seq}`, body));
  };
  db.run(
    "INSERT INTO room (num, id, kind, name, topic, created_at, epoch) VALUES (1, 'r', 'private', 'r', '', 1, 'e')",
  );
  for (const [user, name, role] of [
    ["ann", "Ann", "owner"],
    ["bob", "Bob", null],
    ["cat", "Cat", "member"],
    ["dan", "Dan", "reader"],
    ["eve", "", null],
  ] as const) {
    db.run("INSERT INTO user (id, name, guest) VALUES (?, ?, 1)", [user, name]);
    if (role)
      db.run("INSERT INTO member (room, user, role, joined_at) VALUES (1, ?, ?, 1)", [user, role]);
  }
  told("member.joined", "ann", "ann", "owner");
  told("member.joined", "bob", "bob");
  told("member.changed", "ann", "bob", "reader");
  told("member.joined", "cat", "cat", "reader");
  told("member.changed", "cat", "cat", "member");
  told("member.joined", "eve", "eve");
  // Another name is no other role, and what cannot be read says nothing.
  told("member.changed", "bob", "bob");
  add.run(
    ++seq,
    `e${seq}`,
    "member.changed",
    "ann",
    '{"seq":8,"user":{"id":"cat"},"role":"reader"',
  );
  migrate(db);
  expect(db.query("SELECT user, role, by_others FROM last_role ORDER BY user").values()).toEqual([
    ["ann", "owner", null],
    ["bob", "reader", "reader"],
    ["cat", "member", null],
    // Nobody knows any more by whom.
    ["dan", "reader", "reader"],
  ]);
  db.close();
});
