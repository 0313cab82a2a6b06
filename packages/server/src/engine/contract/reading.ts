import { expect, test } from "bun:test";
import { limits, type RoomId, type UserId } from "@snug/protocol";
import { clearDraft, deleteDraft, editDraft, leaveDraft } from "../../core/draft.ts";
import type { ReadMark } from "../../core/ports.ts";
import { newRoom, posting } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import {
  ANN,
  BOB,
  event,
  EVE,
  joining,
  parsed,
  ROOM,
  type Candidate,
  type Stage,
} from "./stage.ts";

/** How far people have read, and what of it calls for them. */
export function readingRules(stage: Stage, candidate: Candidate): void {
  const { start, open, join, stored, reopen, head } = stage;
  const of = async (user: UserId, room = ROOM) => {
    const reading = (await stage.store.readings(user, [room])).get(room);
    // However it is asked.
    expect((await stage.store.readings(user)).get(room)).toEqual(reading);
    const several = await stage.store.readingsIn(room, [ANN, user, "u-none" as UserId]);
    expect(several.get(user)).toEqual(reading);
    return reading;
  };
  const counts = async (user: UserId) => {
    const { unread, mentions, threads } = (await of(user)) ?? {};
    return [unread, mentions, threads];
  };
  const mark = (user: UserId, seq: number, more: Partial<ReadMark> = {}) =>
    stage.store.markRead(ROOM, user, { seq, back: false, thread: null, ...more });
  const remove = (target: number, by = ANN, thread: number | null = null) =>
    stage.store.append(deleteDraft(ids, ROOM, by, { target, thread }));
  const edit = (target: number, text: string, by: UserId, mentions: readonly string[]) =>
    stage.store.append(editDraft(ids, ROOM, by, { target, text, mentions }));
  const threads = async (user: UserId, most = 9) =>
    (await stage.store.threads(ROOM, user, most)).map(({ root, ...more }) => {
      expect(root?.seq).toBe(more.seq);
      return more;
    });

  test("[UNR1] [UNR2] counts what others said since one read, not what was said before one came, was deleted, or is one's own", async () => {
    await start();
    const first = await stored("before Eve");
    await join(EVE, [ROOM]);
    const joined = (await head()).seq;
    expect(await of(EVE)).toMatchObject({
      level: "all",
      read: joined,
      unread: 0,
      mentions: 0,
      threads: 0,
    });
    expect(await of(BOB)).toMatchObject({ unread: 1 });
    const sent = [];
    for (const by of [ANN, BOB, EVE, ANN]) sent.push(await stored("hi", { by }));
    expect([await counts(ANN), await counts(BOB), await counts(EVE)]).toEqual([
      [2, 0, 0],
      [4, 0, 0],
      [3, 0, 0],
    ]);
    await remove(sent[0]?.seq ?? 0);
    await remove(first.seq);
    expect([await counts(ANN), await counts(BOB), await counts(EVE)]).toEqual([
      [2, 0, 0],
      [2, 0, 0],
      [2, 0, 0],
    ]);
    expect(await of("zoe" as UserId)).toBeUndefined();
  });

  test("[UNR2] a read place moves forward, up to the head; back only if it should, and never before one came in", async () => {
    await start();
    const places = [];
    for (let index = 0; index < 6; index++) places.push((await stored(`${index}`)).seq);
    const [first = 0, second = 0, , , , last = 0] = places;
    const { reads } = stage.listen();
    const steps: [number, boolean, boolean, number, number][] = [
      // where to, back, whether it moved, read, unread
      [second, false, true, second, 4],
      [first, false, false, second, 4],
      [first, true, true, first, 5],
      [0, true, true, 2, 6],
      [0, true, false, 2, 6],
      [last + 100, false, true, last, 0],
      [last, true, false, last, 0],
    ];
    for (const [seq, back, moved, read, unread] of steps) {
      expect([seq, await mark(BOB, seq, { back })]).toEqual([seq, { moved }]);
      expect([seq, await of(BOB)]).toMatchObject([seq, { read, unread }]);
    }
    expect(reads).toEqual(
      // As others are told it: nothing of the place one came in with.
      [second, first, 0, last].map((seq) => ({ user: BOB, seq, thread: null, shown: true })),
    );
    expect(await mark("zoe" as UserId, 3)).toBeNull();
    expect(
      stage.store.markRead("nowhere" as RoomId, BOB, { seq: 1, back: false, thread: null }),
    ).rejects.toThrow();
  });

  test("[UNR2] it moves back by no more than may be at once", async () => {
    const store = await start();
    const many = limits.readBackMax + 500;
    await Promise.all(
      Array.from({ length: many }, (_, index) =>
        store.append(posting(ROOM, ANN, `${index}`, null)),
      ),
    );
    const end = (await head()).seq;
    await mark(BOB, end);
    await mark(BOB, 0, { back: true });
    expect(await of(BOB)).toMatchObject({
      read: end - limits.readBackMax,
      unread: limits.readBackMax,
    });
    await mark(BOB, 0, { back: true });
    expect(await of(BOB)).toMatchObject({ read: 2, unread: many });
  });

  test("[UNR3] mentions are the unread messages that call oneself or the room, by what they say now", async () => {
    await start();
    await join(EVE, [ROOM]);
    const named = await stored("@bob", { place: { mentions: [BOB] } });
    const both = await stored("@bob @room", { place: { mentions: [BOB, "@room"] } });
    await stored("@ann", { by: BOB, place: { mentions: [ANN, "@room"] } });
    // Of whoever is not in the room nothing is counted, then or later.
    await stored("@zoe", { place: { mentions: ["zoe"] } });
    await join("zoe", [ROOM]);
    expect([await counts(ANN), await counts(BOB), await counts(EVE)]).toEqual([
      [1, 1, 0],
      [3, 2, 0],
      [4, 2, 0],
    ]);
    expect(await counts("zoe" as UserId)).toEqual([0, 0, 0]);
    await edit(named.seq, "@eve", ANN, [EVE]);
    await remove(both.seq);
    expect([await counts(BOB), await counts(EVE)]).toEqual([
      [2, 0, 0],
      [3, 2, 0],
    ]);
    await mark(EVE, named.seq);
    expect(await counts(EVE)).toEqual([2, 1, 0]);
  });

  test("[UNR4] one follows a thread that one began, replied in, or was mentioned in, from there on", async () => {
    await start();
    await join(EVE, [ROOM]);
    const root = await stored("root");
    const place = { thread: root.seq };
    const reply = async (by: UserId, mentions: readonly string[] = []) =>
      (await stored("reply", { by, place: { ...place, mentions } })).seq;
    expect(await threads(ANN)).toEqual([]);
    const first = await reply(BOB);
    expect(await threads(ANN)).toEqual([{ seq: root.seq, read: root.seq, unread: 1 }]);
    expect(await threads(BOB)).toEqual([{ seq: root.seq, read: first, unread: 0 }]);
    expect(await threads(EVE)).toEqual([]);
    const called = await reply(ANN, [EVE, "@room"]);
    expect(await threads(EVE)).toEqual([{ seq: root.seq, read: called - 1, unread: 1 }]);
    // Replies are in no count of the room but as mentions.
    expect([await counts(ANN), await counts(BOB), await counts(EVE)]).toEqual([
      [0, 0, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    const { reads } = stage.listen();
    expect(await mark(EVE, called, { thread: root.seq })).toEqual({ moved: true });
    expect(await mark(EVE, first, { thread: root.seq })).toEqual({ moved: false });
    expect(reads).toEqual([{ user: EVE, seq: called, thread: root.seq, shown: false }]);
    expect(await counts(EVE)).toEqual([1, 0, 0]);
    expect(await mark(EVE, 0, { thread: root.seq, back: true })).toEqual({ moved: true });
    expect(await counts(EVE)).toEqual([1, 1, 1]);
    // Whoever is not called any more does not follow any more.
    await edit(called, "never mind", ANN, []);
    expect([await threads(EVE), await counts(EVE)]).toEqual([[], [1, 0, 0]]);
    for (const none of [first, 99, (await stored("alone")).seq])
      expect(await mark(EVE, 9, { thread: none })).toBeNull();
  });

  test("[UNR4] whoever was mentioned in the message that began a thread follows it, and the newest comes first", async () => {
    await start();
    const roots = [];
    for (const mentions of [[BOB], [], [BOB]])
      roots.push((await stored("root", { place: { mentions } })).seq);
    const [one = 0, two = 0, three = 0] = roots;
    for (const thread of [three, two, one]) await stored("reply", { place: { thread } });
    expect((await threads(BOB)).map(({ seq }) => seq)).toEqual([one, three]);
    expect((await threads(BOB, 1)).map(({ seq }) => seq)).toEqual([one]);
    await edit(two, "root for Bob", ANN, [BOB]);
    const late = await stored("late", { place: { thread: two } });
    expect(await threads(BOB)).toEqual([
      { seq: two, read: two, unread: 2 },
      { seq: one, read: one, unread: 1 },
      { seq: three, read: three, unread: 1 },
    ]);
    await remove(late.seq, ANN, two);
    expect((await threads(BOB))[0]).toEqual({ seq: two, read: two, unread: 1 });
    const [newest] = await stage.store.threads(ROOM, BOB, 1);
    expect(parsed(newest?.root).replies).toMatchObject({ count: 1, seq: late.seq });
  });

  test("[UNR2] [UNR4] whoever goes and comes back begins anew", async () => {
    const store = await start();
    const root = (await stored("root", { by: BOB })).seq;
    await stored("reply", { place: { thread: root, mentions: [BOB] } });
    await stored("@bob", { place: { mentions: [BOB] } });
    await store.setLevel(ROOM, BOB, "none");
    await store.append(leaveDraft(ids, ROOM, { id: BOB, name: BOB }));
    expect([await of(BOB), await threads(BOB)]).toEqual([undefined, []]);
    await store.append(joining(ROOM, BOB));
    const { seq } = await head();
    expect(await of(BOB)).toMatchObject({
      level: "all",
      read: seq,
      unread: 0,
      mentions: 0,
      threads: 0,
    });
    await stored("reply", { place: { thread: root } });
    expect([await threads(BOB), await counts(BOB)]).toEqual([[], [0, 0, 0]]);
    await mark(BOB, 0, { back: true });
    expect(await of(BOB)).toMatchObject({ read: seq });
  });

  test("[UNR1] what is cleared is unread no more", async () => {
    const store = await start();
    const root = await stored("root", { by: BOB });
    await stored("reply", { place: { thread: root.seq, mentions: [BOB] } });
    await stored("@bob", { place: { mentions: [BOB, "@room"] } });
    await store.append({ ...clearDraft(ids, ROOM, ANN), needs: null });
    await stored("after");
    await stored("own", { by: BOB });
    expect([await counts(BOB), await threads(BOB)]).toEqual([[1, 0, 0], []]);
    await mark(BOB, 0, { back: true });
    expect(await counts(BOB)).toEqual([1, 0, 0]);
  });

  test("[UNR1] when something happened last in a room is known though all of its history was erased", async () => {
    const store = await start();
    await stored("long ago");
    stage.clock.step(3_600_000);
    const from = stage.clock.now();
    await join(EVE, [ROOM]);
    await store.trim(ROOM, (await head()).seq);
    expect((await of(BOB))?.at).toBeGreaterThanOrEqual(from);
  });

  test("[UNR4] nobody comes to follow a thread whose beginning was erased", async () => {
    const store = await start();
    const root = await stored("root");
    const reply = await stored("reply", { place: { thread: root.seq } });
    await store.trim(ROOM, root.seq);
    await edit(reply.seq, "reply for Bob", ANN, [BOB]);
    expect([await counts(BOB), await threads(BOB)]).toEqual([[0, 0, 0], []]);
  });

  test("[UNR5] others see how far one has read where few are in the room, unless one does not want it", async () => {
    const store = await start();
    const { seq } = await stored("one");
    const { reads } = stage.listen();
    await mark(BOB, seq);
    await mark(ANN, seq - 1);
    const [ann, bob] = [[ANN, seq - 1] as const, [BOB, seq] as const];
    expect(await store.reads(ROOM)).toEqual(new Map([ann, bob]));
    await store.changeUser(BOB, { receipts: false });
    expect(await store.settings(BOB)).toEqual({ presence: "auto", receipts: false });
    await mark(BOB, seq - 1, { back: true });
    expect(await store.reads(ROOM)).toEqual(new Map([ann]));
    await store.changeUser(BOB, { receipts: true, presence: "invisible" });
    await mark(BOB, seq);
    expect(await store.reads(ROOM)).toEqual(new Map([ann]));
    for (let index = 2; index < limits.receiptsMax; index++) await join(`u${index}`, [ROOM]);
    await mark(ANN, seq);
    await join("one more", [ROOM]);
    await mark(ANN, seq + 1);
    expect(reads).toMatchObject([
      { shown: true },
      { shown: true },
      { shown: false },
      { shown: false },
      { shown: true },
      { shown: false },
    ]);
  });

  test("[UNR5] of a read place that nobody moved beyond where they came in nothing is told", async () => {
    const store = await start();
    const { reads } = stage.listen();
    const told = async () => [...(await store.reads(ROOM))];
    await stored("before Eve");
    await join(EVE, [ROOM]);
    // Who began the room, who was there, who was brought in: nobody has looked.
    expect(await told()).toEqual([]);
    expect(await mark(EVE, (await head()).seq)).toEqual({ moved: false });
    const { seq } = await stored("to Eve");
    expect(await told()).toEqual([]);
    await mark(EVE, seq);
    expect(await told()).toEqual([[EVE, seq]]);
    // Newer ones, and newcomers, change nothing of it.
    await stored("after Eve");
    await join("zoe", [ROOM]);
    expect(await told()).toEqual([[EVE, seq]]);
    await mark(EVE, 0, { back: true });
    expect(await told()).toEqual([]);
    await mark(EVE, seq);
    expect(reads).toMatchObject([{ seq }, { seq: 0 }, { seq }]);
    // Nor does what is erased behind it.
    await store.append({ ...clearDraft(ids, ROOM, ANN), needs: null });
    expect(await told()).toEqual([[EVE, seq]]);
    await store.append(leaveDraft(ids, ROOM, { id: EVE, name: EVE }));
    await store.append(joining(ROOM, EVE));
    expect(await told()).toEqual([]);
  });

  test("[UNR6] a level is one's own, changes no count, and is told where it changes", async () => {
    const store = await start();
    await stored("one");
    const { levels } = stage.listen();
    for (const level of ["none", "none", "mentions"] as const)
      expect(await store.setLevel(ROOM, BOB, level)).toBe(true);
    expect(await of(BOB)).toMatchObject({ level: "mentions", unread: 1 });
    expect(await of(ANN)).toMatchObject({ level: "all" });
    expect(levels).toEqual([BOB, BOB]);
    expect(await store.setLevel(ROOM, EVE, "none")).toBe(false);
  });

  test("[PRS6] [PRS7] remembers how one wants to be seen and when one was here, until one is erased", async () => {
    const store = await start();
    const { presences } = stage.listen();
    await store.changeUser(ANN, { presence: "invisible" });
    await store.changeUser(ANN, { presence: "invisible", avatar: "A" });
    expect([presences, await store.settings(ANN)]).toEqual([
      [ANN],
      { presence: "invisible", receipts: true },
    ]);
    await store.sawUser(ANN, 5);
    await store.sawUser(ANN, 7);
    expect(await store.lastSeen([ANN, BOB, EVE])).toEqual(new Map([[ANN, 7]]));
    await store.eraseUser(ANN, [leaveDraft(ids, ROOM, { id: ANN, name: "" })]);
    await store.sawUser(ANN, 9);
    expect(await store.settings(ANN)).toEqual({ presence: "auto", receipts: true });
    expect(await store.settings(EVE)).toEqual({ presence: "auto", receipts: true });
    expect(await store.lastSeen([ANN])).toEqual(new Map());
  });

  test("[PRS6] knows with whom one shares a room of few", async () => {
    const store = await open();
    const small = "small" as RoomId;
    for (const room of [small, "large"]) await store.addRoom(newRoom(room));
    for (const user of ["a", "b"]) await join(user, ["small", "large"]);
    await join("c", ["large"]);
    const companions = async (user: string, most: number) =>
      (await store.companions(user as UserId, most)).sort() as string[];
    expect(await companions("a", 3)).toEqual(["b", "c"]);
    expect(await companions("a", 2)).toEqual(["b"]);
    expect([await companions("a", 1), await companions("c", 2)]).toEqual([[], []]);
    await store.append(joining(small, "c"));
    expect(await companions("a", 3)).toEqual(["b", "c"]);
    await store.append(leaveDraft(ids, small, { id: "b" as UserId, name: "b" }));
    expect([await companions("b", 3), await companions("a", 2)]).toEqual([["a", "c"], ["c"]]);
  });

  if (candidate.reopen === null) return;

  test("[DUR1] [UNR1] read places, levels and followed threads are there again after a restart", async () => {
    const store = await start();
    const root = await stored("root");
    await stored("reply", { by: BOB, place: { thread: root.seq, mentions: [ANN] } });
    await mark(BOB, root.seq);
    await store.setLevel(ROOM, BOB, "mentions");
    for (let index = 0; index < 5; index++) event(await stage.post(`${index}`));
    const look = async () => [await of(ANN), await of(BOB), await threads(ANN), await threads(BOB)];
    const before = await look();
    await reopen();
    expect(await look()).toEqual(before);
    await stored("more");
    expect(await of(BOB)).toMatchObject({ unread: 6 });
  });
}
