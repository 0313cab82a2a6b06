import { afterAll, afterEach, expect, test } from "bun:test";
import type { FileId, RoomId, UserId } from "@snug/protocol";
import {
  clearDraft,
  deleteDraft,
  editDraft,
  leaveDraft,
  pinDraft,
  reactDraft,
  roleDraft,
} from "../../core/draft.ts";
import type { Committed, Engine, StoredEvent } from "../../core/ports.ts";
import { systemClock } from "../../clock.ts";
import { listener, newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { all, ANN, BOB, event, EVE, joining, ROOM } from "../contract/stage.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import { ManualClock } from "../../manual-clock.ts";
import { openRedis, type RedisOptions } from "./engine.ts";
import { CHANNEL } from "./keys.ts";
import { startCable, startRedis, type TestRedis } from "./testing.ts";

const redis = await startRedis();
afterAll(() => redis.close());

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function open(more: Partial<RedisOptions> = {}): Promise<Engine> {
  const engine = await openRedis({
    url: redis.url,
    clock: systemClock,
    blobs: memoryBlobs(),
    ...more,
  });
  engines.push(engine);
  return engine;
}

/** Two nodes on one empty Redis, with Ann and Bob in a room. */
async function start(): Promise<[Engine, Engine]> {
  redis.ask("FLUSHALL");
  const nodes: [Engine, Engine] = [await open(), await open()];
  const { events } = hear(nodes[1]);
  await nodes[0].store.addRoom(newRoom(ROOM));
  for (const user of [ANN, BOB])
    await nodes[0].store.addUser(newUser(user), newSession(`s-${user}`), [joining(ROOM, user)]);
  await until(() => events.length === 2);
  return nodes;
}

/** What a node tells of a room, in its order. */
function hear({ backplane }: Engine): { events: StoredEvent[]; commits: Committed[] } {
  const heard = { events: [] as StoredEvent[], commits: [] as Committed[] };
  backplane.listen(
    listener({
      committed(commit) {
        heard.commits.push(commit);
        heard.events.push(...commit.events);
      },
    }),
  );
  return heard;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("it does not come to be so");
    await Bun.sleep(5);
  }
}

const run = () => /run_id:(\w+)/.exec(redis.ask("INFO", "server"))?.[1];

const log = async ({ store }: Engine) => (await store.read(ROOM, null, all)).events;

test("[ORD1] [ORD2] what two nodes store at once has one order, and both tell it alike, without a hole or a repeat", async () => {
  const nodes = await start();
  const heard = nodes.map(hear);
  const root = event(await nodes[0].store.append(posting(ROOM, ANN, "root", "root")));
  const sends = Array.from({ length: 300 }, (_, index) => {
    const { store } = nodes[index % 2] as Engine;
    const by = index % 3 === 0 ? ANN : BOB;
    if (index % 10 === 0)
      return store.append(
        reactDraft(ids, ROOM, by, { target: root.seq, emoji: `${index}`, on: true }),
      );
    const place = index % 7 === 0 ? { thread: root.seq } : {};
    return store.append(posting(ROOM, by, `${index}`, `c${index}`, place));
  });
  const answers = await Promise.all(sends);
  expect(answers.every(({ kind }) => kind === "stored")).toBe(true);
  const events = (await log(nodes[0])).slice(2);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 301 }, (_, n) => n + 3));
  for (const one of heard) {
    await until(() => one.events.length >= events.length);
    // The root was told as it was posted; what happened to it is beside the log.
    expect(one.events).toEqual(events);
  }
});

test("[OPS7] each commit is told with what it stored and the time it took, and none that stored nothing", async () => {
  const [{ store }] = await start();
  const commits: { changes: number; seconds: number }[] = [];
  const { store: counted } = await open({
    onCommit: (changes, seconds) => void commits.push({ changes, seconds }),
  });
  const changes = () => commits.splice(0).reduce((sum, commit) => sum + commit.changes, 0);
  changes();
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      counted.append(posting(ROOM, index % 2 === 0 ? ANN : BOB, "hello", `c${index}`)),
    ),
  );
  const seconds = (performance.now() - begun) / 1_000;
  for (const commit of commits) {
    expect(commit.seconds).toBeGreaterThan(0);
    expect(commit.seconds).toBeLessThanOrEqual(seconds);
  }
  expect(changes()).toBe(50);
  await counted.append(reactDraft(ids, ROOM, ANN, { target: 3, emoji: "tea", on: true }));
  expect(changes()).toBe(1);
  await counted.append(posting(ROOM, ANN, "hello", "c0"));
  await store.append(posting(ROOM, ANN, "elsewhere", "elsewhere"));
  expect(changes()).toBe(0);
});

test("[IDM3] the same send on two nodes is one message, and its repeat is known on both", async () => {
  const nodes = await start();
  const sends = Array.from({ length: 40 }, (_, index) =>
    (nodes[index % 2] as Engine).store.append(posting(ROOM, ANN, "once", "c")),
  );
  const answers = await Promise.all(sends);
  expect(answers.filter(({ kind }) => kind === "stored")).toHaveLength(1);
  expect(new Set(answers.map((answer) => event(answer).id)).size).toBe(1);
  expect(await log(nodes[1])).toHaveLength(3);
});

test("[IDM5] a repeat is known for a day at least, whatever the hour and whatever came between, on each node", async () => {
  const DAY = 24 * 60 * 60 * 1_000;
  redis.ask("FLUSHALL");
  let now = Math.ceil(Date.now() / DAY) * DAY;
  const clock = { ...systemClock, now: () => now };
  const [one, other] = [await open({ clock }), await open({ clock })];
  await one.store.addRoom(newRoom(ROOM));
  await one.store.addUser(newUser(ANN), newSession("s"), [joining(ROOM, ANN)]);
  const root = event(await one.store.append(posting(ROOM, ANN, "root", "root"))).seq;
  const plain = (id: string) => posting(ROOM, ANN, "tea", id);
  const reply = (id: string) => posting(ROOM, ANN, "tea", id, { thread: root });
  for (const hour of [0, 12, 24]) {
    const since = now + (hour / 24) * DAY - (hour === 24 ? 1 : 0);
    for (const draft of [plain, reply]) {
      now = since;
      const id = `${draft.name} at ${hour}`;
      const stored = event(await one.store.append(draft(id)));
      for (const part of [0.4, 0.7, 1]) {
        now = since + part * DAY;
        await other.store.append(plain(`${id} then ${part}`));
        for (const { store } of [one, other])
          expect(await store.append(draft(id))).toMatchObject({ kind: "repeated", event: stored });
      }
    }
  }
});

test("[AUTH10] [ROOM6] [ROOM10] of two nodes that give away the same name, the same place or the last ownership, one does", async () => {
  const nodes = await start();
  const both = <Value>(work: (engine: Engine, index: number) => Promise<Value>) =>
    Promise.all(nodes.map(work));
  const kinds = async (answers: Promise<{ kind: string }[]>) =>
    (await answers).map(({ kind }) => kind).sort();
  for (let round = 0; round < 10; round++) {
    const account = { username: `eve${round}`, passwordHash: "h", asAdmin: [] };
    expect(
      await kinds(
        both(({ store }, index) => {
          const id = `u${round}-${index}`;
          return store.addUser(newUser(id, { account }), newSession(`s-${id}`), []);
        }),
      ),
    ).toEqual(["added", "username_taken"]);
    const [small, name] = [`small${round}`, `Hall ${round}`];
    expect(
      await kinds(
        both(({ store }, index) =>
          store.addRoom(newRoom(`${small}-${index}`, { name, capacity: 1 })),
        ),
      ),
    ).toEqual(["added", "name_taken"]);
    const place = (await nodes[0].store.room(`${small}-0`)) ? `${small}-0` : `${small}-1`;
    expect(
      await kinds(
        both(({ store }, index) => store.append(joining(place, [ANN, BOB][index] ?? ""))),
      ),
    ).toEqual(["refused", "stored"]);
  }
  const admins = (await nodes[0].store.allUsers()).filter(({ admin }) => admin);
  expect(admins).toHaveLength(1);
  for (const user of [ANN, BOB])
    await nodes[0].store.append(roleDraft(ids, ROOM, { id: user, name: user }, "owner", ANN));
  const leaves = both(({ store }, index) => {
    const user = [ANN, BOB][index] as UserId;
    return store.append(roleDraft(ids, ROOM, { id: user, name: user }, "member", user));
  });
  expect(await kinds(leaves)).toEqual(["refused", "stored"]);
});

test("[ACC5] who may not post any more by one node does not by another, which knew better a moment ago", async () => {
  const [one, other] = await start();
  event(await other.store.append(posting(ROOM, BOB, "before")));
  await one.store.append(leaveDraft(ids, ROOM, { id: BOB, name: BOB }, { by: ANN, ban: true }));
  expect(await other.store.append(posting(ROOM, BOB, "after"))).toEqual({
    kind: "refused",
    why: "not_allowed",
  });
  await one.store.append(joining(ROOM, EVE));
  expect(await other.store.append(posting(ROOM, EVE, "hello"))).toMatchObject({ kind: "stored" });
});

test("[ACC5] [EPH1] that somebody may post is remembered until a room ends, and is no more where it was refused", async () => {
  await start();
  const clock = new ManualClock();
  const { store } = await open({ clock });
  const expiresAt = clock.now() + 1_000;
  await store.addRoom(newRoom("short", { expiresAt }), [joining("short" as RoomId, ANN)]);
  expect(store.mayPost("short" as RoomId, ANN)).toBe(false);
  event(await store.append(posting("short" as RoomId, ANN, "hello")));
  expect(store.mayPost("short" as RoomId, ANN)).toBe(true);
  expect(store.mayPost("short" as RoomId, BOB)).toBe(false);
  clock.advance(1_000);
  expect(store.mayPost("short" as RoomId, ANN)).toBe(false);

  event(await store.append(posting(ROOM, ANN, "hello")));
  await store.append(leaveDraft(ids, ROOM, { id: ANN, name: ANN }));
  expect(await store.append(posting(ROOM, ANN, "hello"))).toMatchObject({ kind: "refused" });
  expect(store.mayPost(ROOM, ANN)).toBe(false);
});

test("[AVL2] what takes a look first is not overtaken for ever by nodes that post without a pause", async () => {
  const [one, other] = await start();
  const busy = await open();
  let isOver = false;
  const posts = [one, busy].map(async ({ store }) => {
    while (!isOver)
      await Promise.all(
        Array.from({ length: 20 }, () => store.append(posting(ROOM, ANN, "again"))),
      );
  });
  await until(async () => ((await one.store.room(ROOM))?.head.seq ?? 0) > 100);
  const since = Date.now();
  for (let target = 3; target < 8; target++) {
    const react = reactDraft(ids, ROOM, BOB, { target, emoji: "👍", on: true });
    expect(await other.store.append(react)).toMatchObject({ kind: "stored" });
  }
  const took = Date.now() - since;
  isOver = true;
  await Promise.all(posts);
  expect(took).toBeLessThan(5_000);
});

test("[ORD2] [RES1] what a node did not hear is read from the log before it tells more, and sessions that ended are told too", async () => {
  const [one] = await start();
  const cable = await startCable(redis.port);
  const other = await open({ url: cable.url });
  const heard = hear(other);
  const ended: string[] = [];
  other.backplane.listen(listener({ sessionEnded: (session) => ended.push(session) }));
  event(await other.store.append(posting(ROOM, BOB, "heard")));
  cable.cut();
  for (let index = 0; index < 20; index++)
    event(await one.store.append(posting(ROOM, ANN, `missed ${index}`)));
  await one.store.endSession(BOB, "s-bob", "device");
  await one.store.append(leaveDraft(ids, ROOM, { id: BOB, name: BOB }));
  const lost = other.store.append(posting(ROOM, ANN, "on its way"));
  expect(await lost.catch((fault: unknown) => fault)).toMatchObject({ code: "store_unavailable" });
  cable.mend();
  await until(() => heard.events.length >= 22 && ended.length > 0);
  expect(heard.events).toEqual((await log(one)).slice(2));
  expect(heard.commits.flatMap(({ effects }) => effects)).toEqual([
    { kind: "leave", user: BOB, ban: false },
  ]);
  expect(ended).toEqual(["s-bob"]);
  event(await other.store.append(posting(ROOM, ANN, "on it goes")));
  expect(heard.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 23 }, (_, n) => n + 3));
  cable.close();
});

test("[RES4] [ACC7] what a Redis lost after it was told is said to be another history, and what comes in its place is told", async () => {
  const [one, other] = await start();
  const heard = [one, other].map((node) => {
    const replaced: number[] = [];
    const ended: string[] = [];
    const sessionEnded = (session: string) => void ended.push(session);
    const { events } = hear(node);
    const storeReplaced = async () => void replaced.push(events.length);
    node.backplane.listen(listener({ storeReplaced, sessionEnded }));
    return { events, replaced, ended };
  });
  event(await one.store.append(posting(ROOM, ANN, "kept")));
  redis.ask("SAVE");
  event(await one.store.append(posting(ROOM, ANN, "lost")));
  // News of a Redis whose clock was before that of the next.
  const late = JSON.stringify({ on: run(), kind: "session", session: "late" });
  redis.ask("XADD", "{snug}news", "9999999999999-0", "text", late);
  redis.ask("PUBLISH", CHANNEL, `9999999999999-0\n${late}`);
  await until(() => heard.every(({ ended }) => ended.includes("late")));
  await redis.dieAndRise();
  await until(() => heard.every(({ replaced }) => replaced.length > 0));
  event(await other.store.append(posting(ROOM, ANN, "in its place")));
  await other.store.endSession(BOB, "s-bob", "device");
  for (const { events, replaced, ended } of heard) {
    await until(() => ended.includes("s-bob"));
    expect([replaced, ended]).toEqual([[2], ["late", "s-bob"]]);
    expect(events.map(({ seq }) => seq)).toEqual([3, 4, 4]);
    expect(events.at(-1)).toEqual((await log(one)).at(-1) as StoredEvent);
  }
});

test("[ORD2] [ACC7] what a primary still says that was replaced is told to nobody, and stands in nobody's way", async () => {
  const [one] = await start();
  const heard = hear(one);
  const ended: string[] = [];
  one.backplane.listen(listener({ sessionEnded: (session) => ended.push(session) }));
  const { seq, id } = event(await one.store.append(posting(ROOM, ANN, "before")));
  const epoch = heard.commits[0]?.epoch;
  const head = { kind: "log", room: ROOM, epoch, effects: [], seq, id };
  const phantom = { seq: seq + 1, id: "phantom", type: "message.posted", text: "never stored" };
  for (const on of ["replaced", undefined])
    redis.ask(
      "PUBLISH",
      CHANNEL,
      [{ on, ...head }, phantom].map((each) => JSON.stringify(each)).join("\n"),
    );
  const session = { on: "replaced", kind: "session", session: "s-bob" };
  redis.ask("PUBLISH", CHANNEL, JSON.stringify(session));
  event(await one.store.append(posting(ROOM, ANN, "after")));
  expect(heard.events).toEqual((await log(one)).slice(2));
  expect(ended).toEqual([]);
});

test("[AVL3] a Redis that stands still is said to be away within two seconds, and all goes on when it is back", async () => {
  const [one] = await start();
  const heard = hear(one);
  event(await one.store.append(posting(ROOM, ANN, "before", "c1")));
  redis.pause();
  // What is written meanwhile is no sign that anybody is there.
  const others = setInterval(() => void one.store.probe().catch(() => {}), 200);
  try {
    const since = Date.now();
    const stalled = one.store.append(posting(ROOM, ANN, "meanwhile", "c2"));
    const away = { code: "store_unavailable" };
    expect(await stalled.catch((fault: unknown) => fault)).toMatchObject({
      ...away,
      mayBeDone: true,
    });
    expect(Date.now() - since).toBeLessThan(2_000);
    // By now it is known that nobody answers, and nothing is sent.
    const later = one.store.append(posting(ROOM, ANN, "later", "c3"));
    expect(await later.catch((fault: unknown) => fault)).toMatchObject({
      ...away,
      mayBeDone: false,
    });
  } finally {
    clearInterval(others);
    redis.goOn();
  }
  await until(() =>
    one.store.probe().then(
      () => true,
      () => false,
    ),
  );
  // Of what was under way nobody knew; sent again, it is there once.
  event(await one.store.append(posting(ROOM, ANN, "meanwhile", "c2")));
  await until(() => heard.events.length === 2);
  expect(heard.events).toEqual((await log(one)).slice(2));
});

test("[RES3] [UNR1] a log of several lists is trimmed and cleared like a short one", async () => {
  const [{ store }] = await start();
  const many = Array.from({ length: 2_500 }, (_, index) =>
    store.append(posting(ROOM, index % 2 ? ANN : BOB, `${index}`)),
  );
  const seqs = (await Promise.all(many)).map((answer) => event(answer).seq);
  await store.trim(ROOM, 2_200);
  const left = seqs.filter((seq) => seq > 2_200);
  const slice = await store.read(ROOM, null, { events: 10_000, bytes: 1e9 });
  expect(slice.events.map(({ seq }) => seq)).toEqual(left);
  expect(slice.from.seq).toBe(2_200);
  const window = { at: "before", seq: 2_300, limit: 200, thread: null } as const;
  const { messages } = await store.messages(ROOM, window);
  expect(messages.map(({ seq }) => seq)).toEqual(left.filter((seq) => seq < 2_300));
  expect((await store.readings(BOB)).get(ROOM)).toMatchObject({ unread: left.length / 2 });
  const texts = Object.entries(contents()).filter(([key]) => key.includes(":log:"));
  expect(texts.flatMap(([, lines]) => lines as string[])).toHaveLength(left.length);
  await store.append({ ...clearDraft(ids, ROOM, ANN), needs: null });
  expect((await store.readings(BOB)).get(ROOM)).toMatchObject({ unread: 0 });
  const next = event(await store.append(posting(ROOM, ANN, "next")));
  expect(next.seq).toBe(2_504);
  expect((await store.readings(BOB)).get(ROOM)).toMatchObject({ unread: 1 });
  expect((await store.messages(ROOM, { ...window, at: "end" })).messages).toEqual([next]);
});

test("[AVL4] a record that cannot be read is named in its place, and all others are read", async () => {
  const [{ store }] = await start();
  for (let index = 0; index < 3; index++) event(await store.append(posting(ROOM, ANN, "fine")));
  redis.ask("LSET", `{snug}r:${ROOM}:log:0`, "3", "9 {broken");
  const [, , , broken, ...after] = (await store.read(ROOM, null, all)).events;
  expect(broken).toMatchObject({ seq: 4, json: expect.stringContaining("event.unreadable") });
  expect(after).toHaveLength(1);
  const found = await store.messages(ROOM, { at: "end", limit: 9, thread: null });
  expect([found.messages.map(({ seq }) => seq), found.unreadable]).toEqual([[3, 5], [4]]);
  expect(await store.message(ROOM, 4)).toBeNull();
});

test("[AVL3] where memory is full nothing is stored, all can be read, and what takes away is done", async () => {
  const [{ store }] = await start();
  const { seq } = event(await store.append(posting(ROOM, ANN, "before")));
  event(await store.append(joining(ROOM, EVE)));
  const thumb = (on: boolean) => reactDraft(ids, ROOM, EVE, { target: seq, emoji: "👍", on });
  event(await store.append(thumb(true)));
  redis.ask("CONFIG", "SET", "maxmemory", "1");
  try {
    const full = { code: "store_full" };
    const post = store.append(posting(ROOM, ANN, "too much"));
    expect(await post.catch((fault: unknown) => fault)).toMatchObject(full);
    const more = store.append(joining(ROOM, "u-new" as UserId));
    expect(await more.catch((fault: unknown) => fault)).toMatchObject(full);
    const other = await open();
    expect((await other.store.read(ROOM, null, all)).head.seq).toBe(seq + 2);
    expect((await other.store.readings(BOB)).get(ROOM)).toMatchObject({ unread: 1 });
    event(await store.append(thumb(false)));
    const eve = { id: EVE, name: EVE };
    event(await store.append(roleDraft(ids, ROOM, eve, "reader", ANN)));
    const outsider = { id: "u-new" as UserId, name: "New" };
    for (const one of [eve, outsider]) {
      await store.append(leaveDraft(ids, ROOM, one, { by: ANN, ban: true }));
      expect(await store.standing(ROOM, one.id)).toEqual({ role: null, banned: true });
    }
    const remove = deleteDraft(ids, ROOM, ANN, { target: seq, thread: null });
    expect(await store.append(remove)).toMatchObject({ kind: "stored" });
    expect(await store.destroyRoom(ROOM)).toBe(true);
  } finally {
    redis.ask("CONFIG", "SET", "maxmemory", "0");
  }
});

test("[EPH2] of a destroyed room no key is left, and no word of it or of its name", async () => {
  const [{ store }] = await start();
  const before = contents();
  const secret = newRoom("secret-room", {
    kind: "public",
    name: "Secret Name",
    expiresAt: 9e12,
    createdBy: ANN,
  });
  await store.addRoom(secret, [joining("secret-room", ANN, { role: "owner" })]);
  const room = "secret-room" as RoomId;
  const more = { room, by: ANN };
  await store.append(joining(room, BOB));
  await store.append(joining(room, EVE));
  await store.addInvite(room, {
    id: "i",
    hash: "invite-hash",
    can: "post",
    uses: null,
    expiresAt: null,
    createdAt: 1,
    createdBy: ANN,
  });
  const scope = { room, can: "read" } as const;
  await store.addSession(ANN, newSession("t", { kind: "token", scope }));
  await store.beginFile(
    { id: "f" as FileId, at: 1, size: 5, ...more },
    { perUser: 100, inAll: 100, atOnce: 5 },
  );
  await store.finishFile({ id: "f" as FileId, name: "f.txt", type: "text/plain", size: 5 }, null);
  const root = event(
    await store.append(
      posting(room, ANN, "secret words", "c", { files: ["f"], mentions: [BOB, "@room"] }),
    ),
  );
  const target = root.seq;
  for (let index = 0; index < 1_100; index++) void store.append(posting(room, BOB, "secret words"));
  await store.append(posting(room, BOB, "secret words", "r", { thread: target, mentions: [ANN] }));
  await store.append(editDraft(ids, room, ANN, { target, text: "secret edit", mentions: [] }));
  await store.append(pinDraft(ids, room, ANN, { target, on: true }));
  await store.append(reactDraft(ids, room, BOB, { target, emoji: "👍", on: true }));
  await store.markRead(room, BOB, { seq: target, back: false, thread: null });
  await store.markRead(room, BOB, { seq: target, back: false, thread: target });
  await store.setLevel(room, BOB, "none");
  await store.trim(room, target - 1);
  await store.append(leaveDraft(ids, room, { id: EVE, name: EVE }, { by: ANN, ban: true }));
  const full = contents();
  for (const word of ["secret words", "secret edit", "secret name", "secret-room"])
    expect(JSON.stringify(full)).toContain(word);

  await store.append(deleteDraft(ids, room, ANN, { target, thread: null }));
  expect(JSON.stringify(contents())).not.toContain("secret edit");
  await store.append({ ...clearDraft(ids, room, ANN), needs: null });
  expect(JSON.stringify(contents())).not.toContain("secret words");
  await store.destroyRoom(room);
  const after = contents();
  for (const word of ["secret", "Secret"]) expect(JSON.stringify(after)).not.toContain(word);
  const global = /^\{snug\}(gone:.*|files:lost|news|house)$/;
  const keys = (of: Record<string, unknown>) => Object.keys(of).filter((key) => !global.test(key));
  expect(keys(after).sort()).toEqual(keys(before).sort());
});

test("[ORD7] of an erased account its id is left where it spoke, and no key but its nameless record", async () => {
  const [{ store }] = await start();
  const account = { username: "eve.secret", passwordHash: "hash-secret", asAdmin: [] };
  const eve = newUser(EVE, { name: "Secret Eve", account });
  await store.addUser(eve, newSession("s-eve"), [
    {
      ...joining(ROOM, EVE),
      body: joining(ROOM, EVE).body.replace('"name":"eve"', '"name":"Secret Eve"'),
    },
  ]);
  await store.changeUser(EVE, { avatar: "S", presence: "invisible" });
  await store.sawUser(EVE, 5);
  await store.addSession(EVE, newSession("t", { kind: "token" }));
  await store.beginFile(
    { id: "f" as FileId, room: ROOM, by: EVE, at: 1, size: 5 },
    { perUser: 100, inAll: 100, atOnce: 5 },
  );
  event(await store.append(posting(ROOM, EVE, "I was here")));
  await store.eraseUser(EVE, [leaveDraft(ids, ROOM, { id: EVE, name: "" })]);
  const after = contents();
  for (const word of ["Secret", "secret"]) expect(JSON.stringify(after)).not.toContain(word);
  expect(Object.keys(after).filter((key) => key.includes("u:eve"))).toEqual(["{snug}u:eve"]);
  expect(Object.keys(after).filter((key) => key.includes("session"))).toHaveLength(6);
  expect(Object.keys(after["{snug}u:eve"] ?? {}).length).toBeGreaterThan(0);
});

test("[DUR5] [OPS10] says of a Redis what it gives, and refuses what it does not", async () => {
  const opened = async (more: Partial<RedisOptions> = {}) =>
    open(more).then(
      ({ store }) => store.durability,
      (fault: unknown) => String(fault),
    );
  expect(await opened({ durability: "disk" })).toContain("appendfsync always");
  expect(await opened({ durability: "replicated" })).toContain("no replica");
  expect(await opened()).toBe("memory");
  redis.ask("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
  expect(await opened()).toContain("noeviction");
  redis.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction");
  redis.ask("CONFIG", "SET", "appendonly", "yes", "appendfsync", "everysec");
  expect(await opened()).toBe("memory");
  redis.ask("CONFIG", "SET", "appendfsync", "always");
  expect([await opened(), await opened({ durability: "memory" })]).toEqual(["disk", "memory"]);
  redis.ask("CONFIG", "SET", "no-appendfsync-on-rewrite", "yes");
  expect(await opened()).toBe("memory");
  redis.ask("CONFIG", "SET", "appendonly", "no");
  expect(await opened({ url: "redis://127.0.0.1:1" })).toContain("no Redis");
  redis.ask("ACL", "SETUSER", "few", "on", ">pass", "~*", "&*", "+@all", "-@scripting");
  const few = redis.url.replace("//", "//few:pass@");
  expect(await opened({ url: few })).toContain("evalsha");
  const old = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, asked) => {
        const [, , word = ""] = String(asked).split("\r\n");
        const answers = { INFO: "$20\r\nredis_version:6.2.14\r\n", EXISTS: ":0\r\n" };
        socket.write(answers[word as keyof typeof answers] ?? "-ERR no Cluster\r\n");
      },
    },
  });
  expect(await opened({ url: `redis://127.0.0.1:${old.port}` })).toContain("too old (6.2.14)");
  old.stop(true);
});

test("[DUR5] a Redis that comes back and gives less than before is not used where more was asked for, and else called what it is", async () => {
  redis.ask("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always");
  redis.ask("CONFIG", "SET", "no-appendfsync-on-rewrite", "no");
  const faults: string[] = [];
  const asked = await open({ durability: "disk", onFault: (fault) => faults.push(String(fault)) });
  const seen = await open();
  expect([asked.store.durability, seen.store.durability]).toEqual(["disk", "disk"]);
  await redis.dieAndRise();
  await until(() => seen.store.durability === "memory");
  await until(() => faults.some((fault) => fault.includes("Set appendonly yes")));
  await Bun.sleep(500);
  expect(faults.filter((fault) => fault.includes("Set appendonly yes"))).toHaveLength(1);
  const probe = asked.store.probe();
  expect(await probe.catch((fault: unknown) => fault)).toMatchObject({ code: "store_unavailable" });
  redis.ask("CONFIG", "SET", "appendonly", "yes", "appendfsync", "always");
  await until(() =>
    asked.store.probe().then(
      () => true,
      () => false,
    ),
  );
  redis.ask("CONFIG", "SET", "appendonly", "no");
});

test("[DUR5] [AVL3] replicated means that a replica has it; without one nobody is answered that it was stored", async () => {
  await start();
  const replica: TestRedis = await startRedis("--replicaof", "127.0.0.1", `${redis.port}`);
  try {
    // Connected is not yet copied: for the first second it may wait for its turn.
    redis.ask("SET", "copied", "yes");
    await until(() => replica.ask("GET", "copied") === "yes");
    const { store } = await open({ durability: "replicated" });
    const { seq } = event(await store.append(posting(ROOM, ANN, "copied", "c1")));
    expect(replica.ask("HGET", `{snug}r:${ROOM}`, "seq")).toBe(`${seq}`);
    replica.pause();
    const alone = store.append(posting(ROOM, ANN, "alone", "c2"));
    expect(await alone.catch((fault: unknown) => fault)).toMatchObject({
      code: "store_unavailable",
    });
    // That it is known already is no answer either, as long as it may be lost; and who
    // comes with many others is told within two seconds too.
    const since = Date.now();
    const more = Array.from({ length: 20 }, async (_, index) => {
      await Bun.sleep(index * 20);
      const repeats = index % 2 === 0;
      const work = repeats
        ? store.append(posting(ROOM, ANN, "alone", "c2"))
        : store.changeUser(BOB, { avatar: `${index}` });
      return work.then(
        () => "answered",
        (fault: { code: string }) => fault.code,
      );
    });
    expect(new Set(await Promise.all(more))).toEqual(new Set(["store_unavailable"]));
    expect(Date.now() - since).toBeLessThan(2_000);
    replica.goOn();
    await until(() =>
      store.probe().then(
        () => true,
        () => false,
      ),
    );
    const again = await store.append(posting(ROOM, ANN, "alone", "c2"));
    expect(again).toMatchObject({ kind: "repeated", event: { seq: seq + 1 } });
  } finally {
    await replica.close();
  }
});

/** Everything that is in Redis, by its keys. */
function contents(): Record<string, unknown> {
  const script = `local all = {}
    local read = {hash = {'HGETALL'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'}, string = {'GET'},
      zset = {'ZRANGE', 0, -1, 'WITHSCORES'}, stream = {'XRANGE', '-', '+'}}
    for _, key in ipairs(redis.call('KEYS', '*')) do
      local how = read[redis.call('TYPE', key).ok]
      all[key] = redis.call(how[1], key, unpack(how, 2))
    end
    return cjson.encode(all)`;
  return JSON.parse(redis.ask("EVAL", script, "0")) as Record<string, unknown>;
}
