import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import type { RoomId, SessionId, UserId } from "@snug/protocol";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "../../clock.ts";
import type { Actor } from "../../core/actor.ts";
import { deleteDraft, editDraft, pinDraft, reactDraft } from "../../core/draft.ts";
import { listThreads } from "../../core/verbs/list-threads.ts";
import { readMessages } from "../../core/verbs/read-messages.ts";
import { newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { event, joining } from "../contract/stage.ts";
import { openEmbedded } from "./engine.ts";

const root = mkdtempSync(join(tmpdir(), "snug-damage-"));
afterAll(() => rmSync(root, { recursive: true }));

const ROOM = "room" as RoomId;
const ANN = "ann" as UserId;
const BOB = "bob" as UserId;
const actor: Actor = {
  user: { id: ANN, name: ANN, guest: true },
  session: "s-ann" as SessionId,
  admin: false,
  scope: null,
  expiresAt: null,
};

test.each([
  ["a letter is another", "replace(json, 'anew', 'knew')"],
  ["it is no JSON", "'{\"seq\":'"],
  ["it is empty", "''"],
])(
  "[AVL4] the record of an edited message may be damaged (%s): pages hold all others and name it",
  async (_how, damage) => {
    const folder = mkdtempSync(join(root, "data-"));
    let engine = await openEmbedded({ folder, clock });
    await engine.store.addRoom(newRoom(ROOM));
    for (const id of [ANN, BOB])
      await engine.store.addUser(newUser(id), newSession(`s-${id}`), [joining(ROOM, id)]);
    const seqs: number[] = [];
    for (const text of ["one", "two", "three"]) {
      const { seq } = event(await engine.store.append(posting(ROOM, ANN, text, text)));
      const change = { target: seq, text: `${text} anew`, mentions: [] };
      event(await engine.store.append(editDraft(ids, ROOM, ANN, change)));
      event(await engine.store.append(pinDraft(ids, ROOM, ANN, { target: seq, on: true })));
      seqs.push(seq);
    }
    const [first = 0, bad = 0, last = 0] = seqs;
    const place = { thread: bad };
    const reply = event(await engine.store.append(posting(ROOM, BOB, "reply", null, place)));
    await engine.close();
    const db = new Database(join(folder, "snug.db"));
    db.run(`UPDATE folded SET json = ${damage} WHERE seq = ?`, [bad]);
    db.close();

    engine = await openEmbedded({ folder, clock });
    const { store } = engine;
    const page = await store.messages(ROOM, { at: "end", limit: 9, thread: null });
    expect(page.messages.map(({ seq }) => seq)).toEqual([first, last]);
    expect(page.unreadable).toEqual([bad]);
    const thread = await store.messages(ROOM, { at: "end", limit: 9, thread: bad });
    expect([thread.unreadable, thread.messages.length]).toEqual([[bad], 1]);
    expect(await store.message(ROOM, bad)).toBeNull();
    // Whoever knows its number reads its thread as any, and can mark what was unread there as read.
    const query = { room: ROOM, thread: bad, limit: 9 };
    const read = (more: object) => readMessages({ store, clock }, actor, { ...query, ...more });
    expect(await read({})).toMatchObject({
      ok: true,
      value: { messages: [expect.stringContaining("reply")], unreadable: [bad] },
    });
    expect(await read({ before: bad })).toMatchObject({ ok: true, value: { messages: [] } });
    expect(await read({ thread: 99 })).toMatchObject({ ok: false });
    expect((await store.readings(ANN)).get(ROOM)).toMatchObject({ threads: 1 });
    const mark = { seq: reply.seq, back: false, thread: bad };
    expect(await store.markRead(ROOM, ANN, mark)).toEqual({ moved: true });
    expect((await store.readings(ANN)).get(ROOM)).toMatchObject({ threads: 0 });
    expect((await store.pins(ROOM)).map(({ seq }) => seq)).toEqual([last, first]);
    const listed = await listThreads({ store, clock }, actor, { room: ROOM });
    expect(listed).toMatchObject({
      ok: true,
      value: { threads: [{ seq: bad, message: null, unread: 0 }], users: {} },
    });
    const notFound = { kind: "refused", why: "message_not_found" } as const;
    for (const draft of [
      reactDraft(ids, ROOM, ANN, { target: bad, emoji: "👍", on: true }),
      posting(ROOM, ANN, "reply", null, place),
    ])
      expect(await store.append(draft)).toEqual(notFound);
    // The rest of its thread, and a repeat of it, are no worse for it.
    event(await store.append(deleteDraft(ids, ROOM, BOB, { target: reply.seq, ...place })));
    expect(await store.append(posting(ROOM, ANN, "two", "two"))).toMatchObject({
      kind: "repeated",
      event: { seq: bad },
    });
    await engine.close();
  },
);

test("[AVL4] [RES1] a log is read whole though the index that leads to its events is damaged", async () => {
  const folder = mkdtempSync(join(root, "data-"));
  let engine = await openEmbedded({ folder, clock });
  await engine.store.addRoom(newRoom(ROOM));
  await engine.store.addUser(newUser(ANN), newSession("s-ann"), [joining(ROOM, ANN)]);
  for (let said = 0; said < 20; said++) event(await engine.store.append(posting(ROOM, ANN, "x")));
  await engine.close();

  const path = join(folder, "snug.db");
  const db = new Database(path);
  const leaf = db.query("SELECT pageno FROM dbstat WHERE name = 'sqlite_autoindex_event_1'");
  const { pageno } = leaf.get() as { pageno: number };
  db.close();
  const file = readFileSync(path);
  // Where the entries of the page lie, after a head of eight bytes: the ninth is where the last one is.
  const entries = (pageno - 1) * 4_096 + 8;
  file.copy(file, entries + 2 * 8, entries + 2 * 20, entries + 2 * 21);
  writeFileSync(path, file);

  engine = await openEmbedded({ folder, clock });
  const all = { events: 100, bytes: 1e6 };
  const { events, epoch } = await engine.store.read(ROOM, null, all);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  const { seq, id } = events[4] ?? { seq: 0, id: "" };
  const rest = await engine.store.read(ROOM, { epoch, seq, id }, { events: 6, bytes: 1e6 });
  expect([rest.gap, rest.events]).toEqual([null, events.slice(5, 11)]);
  await engine.close();
});
