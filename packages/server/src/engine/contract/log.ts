import { expect, test } from "bun:test";
import { formatCursor, parseCursor } from "@snug/protocol";
import { newRoom } from "../../fixtures.ts";
import { all, ANN, BOB, event, ROOM, type Candidate, type Stage } from "./stage.ts";

/** A room's log: order, durability, repeats, cursors and pages. */
export function logRules(stage: Stage, candidate: Candidate): void {
  const { clock, open, reopen, start, join, post, stored, head, log, texts } = stage;

  test("[ORD1] numbers a room's events 1, 2, 3 … without a hole, however many send at once", async () => {
    await start();
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => post(`${index}`, { by: index % 2 ? ANN : BOB })),
    );
    expect((await log()).map((event) => event.seq)).toEqual(
      Array.from({ length: 502 }, (_, index) => index + 1),
    );
  });

  test("[ORD1] stores sends in the order of the calls, room by room", async () => {
    const other = "other";
    await start([ROOM, other]);
    const texted = Array.from({ length: 200 }, (_, index) => `${index}`);
    await Promise.all(texted.flatMap((text) => [post(text), post(text, { room: other, by: BOB })]));
    expect(await texts()).toEqual(texted);
    expect(await texts(other)).toEqual(texted);
  });

  test("[ORD1] time never runs backwards within a room, whatever the clock does", async () => {
    await start();
    await post("one");
    clock.step(-86_400_000);
    await post("two");
    clock.step(86_400_000);
    const times = (await log()).map(({ json }) => (JSON.parse(json) as { at: number }).at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("[DUR2] tells of events only after their commit, in order, and before their sender is answered", async () => {
    await start();
    const { commits, undo } = stage.listen();
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { seq } = await stored(`${index}`);
        if (!commits.some((batch) => batch.events.some((event) => event.seq === seq)))
          seen.push(seq);
      }),
    );
    expect(seen).toEqual([]);
    const events = commits.flatMap((batch) => batch.events);
    expect(events.map((event) => event.seq)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 3),
    );
    expect(events).toEqual(
      (await log()).slice(2).map(({ seq, id, json }) => expect.objectContaining({ seq, id, json })),
    );
    undo();
    await post("unheard");
    expect(commits.flatMap((batch) => batch.events)).toHaveLength(50);
  });

  test("[IDM1] a repeat finds the first event and adds none", async () => {
    await start();
    const first = await stored("once", { clientId: "c" });
    expect(await post("once", { clientId: "c" })).toMatchObject({
      kind: "repeated",
      event: { seq: first.seq, id: first.id },
    });
    expect(await texts()).toEqual(["once"]);
  });

  test("[IDM2] the same clientId with another body is a conflict and changes nothing", async () => {
    await start();
    await post("once", { clientId: "c" });
    expect(await post("twice", { clientId: "c" })).toEqual({ kind: "conflict" });
    expect(await texts()).toEqual(["once"]);
  });

  test("[IDM3] repeats at the same moment agree", async () => {
    await start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post("once", { clientId: "c" })),
    );
    expect(answers.map((answer) => answer.kind).sort()).toEqual([
      ...Array(19).fill("repeated"),
      "stored",
    ]);
    expect(new Set(answers.map((answer) => event(answer).id)).size).toBe(1);
    expect(await texts()).toEqual(["once"]);
  });

  test("[IDM4] a clientId counts for one sender in one room", async () => {
    const other = "other";
    await start([ROOM, other]);
    for (const more of [{}, { by: BOB }, { room: other }]) {
      expect(await post("mine", { clientId: "c", ...more })).toMatchObject({ kind: "stored" });
    }
  });

  test("[IDM4] a repeat is known after its message was trimmed from the log", async () => {
    const store = await start();
    const first = await stored("once", { clientId: "c" });
    await store.trim(ROOM, first.seq);
    const again = await post("once", { clientId: "c" });
    expect(again).toMatchObject({ kind: "repeated", event: { seq: first.seq } });
    expect(await texts()).toEqual([]);
  });

  test("[RES1] every cursor ever given brings exactly what stands after it", async () => {
    const store = await start();
    const cursors = [await head()];
    for (let index = 0; index < 40; index++) {
      await post(`${index}`);
      cursors.push(await head());
    }
    const events = await log();
    for (const cursor of cursors) {
      const slice = await store.read(ROOM, parseCursor(formatCursor(cursor.epoch, cursor)), all);
      expect(slice.gap).toBeNull();
      expect(slice.events).toEqual(events.slice(cursor.seq));
    }
  });

  test("[RES1] an empty log has a cursor too, and it resumes", async () => {
    const store = await open();
    await store.addRoom(newRoom(ROOM));
    const empty = await head();
    expect(empty).toMatchObject({ seq: 0, id: "-" });
    await join(ANN, [ROOM]);
    const slice = await store.read(ROOM, empty, all);
    expect(slice).toMatchObject({ gap: null, events: [{ seq: 1 }] });
  });

  test("[RES3] a cursor before what the log still holds is told so, and reads on from there", async () => {
    const store = await start();
    const old = await head();
    const events = [];
    for (let index = 0; index < 10; index++) events.push(await stored(`${index}`));
    await store.trim(ROOM, old.seq + 5);
    const slice = await store.read(ROOM, old, all);
    expect(slice.gap).toBe("trimmed");
    expect(slice.from).toEqual({ seq: old.seq + 5, id: events[4]?.id ?? "" });
    expect(slice.events.map((event) => event.seq)).toEqual([8, 9, 10, 11, 12]);
    const edge = await store.read(ROOM, { epoch: old.epoch, ...slice.from }, all);
    expect(edge).toMatchObject({ gap: null, events: slice.events });
  });

  test("[RES3] numbers go on after the whole log was trimmed", async () => {
    const store = await start();
    const last = await stored("last");
    await store.trim(ROOM, 1_000);
    expect(await log()).toEqual([]);
    expect(await head()).toMatchObject({ seq: last.seq, id: last.id });
    expect((await store.messages(ROOM, { at: "end", limit: 10, thread: null })).messages).toEqual(
      [],
    );
    expect(await store.message(ROOM, last.seq)).toBeNull();
    expect(await stored("next")).toMatchObject({ seq: last.seq + 1 });
  });

  test("[RES4] a cursor of the future, or with another id, means that history was replaced", async () => {
    const store = await start();
    await post("one");
    const { epoch, seq, id } = await head();
    for (const wrong of [
      { epoch, seq: seq + 1, id },
      { epoch, seq, id: "other" },
      { epoch, seq: seq - 1, id },
    ]) {
      const slice = await store.read(ROOM, wrong, all);
      expect(slice).toMatchObject({ gap: "rewritten", from: { seq: 0 } });
      expect(slice.events).toEqual(await log());
    }
  });

  test("[RES5] a cursor of another room or another life of the log is told so", async () => {
    const other = "other";
    const store = await start([ROOM, other]);
    for (const wrong of [await head(other), { ...(await head()), epoch: "elsewhere" }]) {
      const slice = await store.read(ROOM, wrong, all);
      expect(slice).toMatchObject({ gap: "new_log", from: { seq: 0 } });
      expect(slice.events).toEqual(await log());
    }
  });

  test("[RES7] reads no more events and bytes than asked, but at least one", async () => {
    const store = await start();
    for (let index = 0; index < 10; index++) await post("x".repeat(1_000));
    const read = async (most: { events: number; bytes: number }) =>
      (await store.read(ROOM, null, most)).events.length;
    expect(await read({ events: 5, bytes: 1_000_000 })).toBe(5);
    expect(await read({ events: 0, bytes: 0 })).toBe(0);
    expect(await read({ events: 100, bytes: 1 })).toBe(1);
    const few = await store.read(ROOM, null, { events: 100, bytes: 5_000 });
    expect(few.events.reduce((sum, event) => sum + event.json.length, 0)).toBeLessThanOrEqual(
      5_000,
    );
    expect(few.events.length).toBeGreaterThan(3);
    expect(few.head.seq).toBe(12);
  });

  test("[MSG4] pages messages before, after and around a number, and past what is no message", async () => {
    const store = await start();
    for (let index = 0; index < 10; index++) await post(`${index}`);
    await join("eve", [ROOM]);
    const page = async (window: Parameters<typeof store.messages>[1]) =>
      (await store.messages(ROOM, window)).messages.map((event) => event.seq);
    expect(await page({ at: "end", limit: 3, thread: null })).toEqual([10, 11, 12]);
    expect(await page({ at: "before", seq: 6, limit: 2, thread: null })).toEqual([4, 5]);
    expect(await page({ at: "before", seq: 3, limit: 2, thread: null })).toEqual([]);
    expect(await page({ at: "after", seq: 6, limit: 2, thread: null })).toEqual([7, 8]);
    expect(await page({ at: "after", seq: 12, limit: 2, thread: null })).toEqual([]);
    expect(await page({ at: "around", seq: 6, limit: 4, thread: null })).toEqual([4, 5, 6, 7]);
    expect(await page({ at: "around", seq: 6, limit: 1, thread: null })).toEqual([6]);
    expect(await store.message(ROOM, 1)).toBeNull();
    expect(await store.message(ROOM, 3)).toMatchObject({ seq: 3 });
    expect(await store.message(ROOM, 99)).toBeNull();
  });

  test("[MSG5] a page says up to where it tells all", async () => {
    const store = await start();
    for (let index = 0; index < 10; index++) await post(`${index}`);
    await join("eve", [ROOM]);
    const until = async (window: Parameters<typeof store.messages>[1]) =>
      (await store.messages(ROOM, window)).until.seq;
    expect(await until({ at: "end", limit: 3, thread: null })).toBe(13);
    expect(await until({ at: "after", seq: 5, limit: 2, thread: null })).toBe(7);
    expect(await until({ at: "after", seq: 5, limit: 50, thread: null })).toBe(13);
    expect(await until({ at: "after", seq: 13, limit: 50, thread: null })).toBe(13);
    expect(await until({ at: "before", seq: 6, limit: 2, thread: null })).toBe(5);
    expect(await until({ at: "before", seq: 1, limit: 2, thread: null })).toBe(0);
  });

  test("[DUR3] says how durable an answered send is", async () => {
    const store = await start();
    expect(store.durability).toBe(candidate.durability);
    await store.probe();
  });

  test("[AVL3] a closed engine refuses, and closing twice is no fault", async () => {
    const store = await start();
    await stage.engine.close();
    await stage.engine.close();
    expect(post("late")).rejects.toMatchObject({ code: "store_unavailable" });
    expect(store.read(ROOM, null, all)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(store.probe()).rejects.toMatchObject({ code: "store_unavailable" });
  });

  if (candidate.reopen === null) return;

  test("[DUR1] [IDM4] all of it is there again after a restart", async () => {
    await start();
    for (let index = 0; index < 20; index++) await post(`${index}`, { clientId: `c${index}` });
    const before = { log: await log(), head: await head(), room: await stage.store.room(ROOM) };
    await reopen();
    expect({ log: await log(), head: await head(), room: await stage.store.room(ROOM) }).toEqual(
      before,
    );
    expect(await stage.store.read(ROOM, before.head, all)).toMatchObject({
      gap: null,
      events: [],
    });
    expect(await post("7", { clientId: "c7" })).toMatchObject({
      kind: "repeated",
      event: { seq: 10 },
    });
    expect(await stored("next")).toMatchObject({ seq: 23 });
    expect(await stage.store.session("h-ann")).toMatchObject({ user: { id: ANN } });
  });

  test("[RES3] what was trimmed stays trimmed after a restart", async () => {
    const store = await start();
    const old = await head();
    for (let index = 0; index < 4; index++) await post(`${index}`);
    const last = await head();
    await store.trim(ROOM, 100);
    await reopen();
    expect(await head()).toEqual(last);
    expect(await stage.store.read(ROOM, old, all)).toMatchObject({ gap: "trimmed", events: [] });
    expect(await stored("next")).toMatchObject({ seq: last.seq + 1 });
  });
}
