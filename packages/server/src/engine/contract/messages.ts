import { expect, test } from "bun:test";
import { fold, limits, type Event, type Message } from "@snug/protocol";
import {
  clearDraft,
  deleteDraft,
  editDraft,
  leaveDraft,
  pinDraft,
  reactDraft,
} from "../../core/draft.ts";
import type { Refused } from "../../core/ports.ts";
import { randomIds as ids } from "../../ids.ts";
import {
  all,
  ANN,
  BOB,
  DAY,
  event,
  EVE,
  joining,
  parsed,
  ROOM,
  type Candidate,
  type Stage,
} from "./stage.ts";

/** What happens to a message after it was posted. */
export function messageRules(stage: Stage, candidate: Candidate): void {
  const { start, join, post, stored, reopen, log } = stage;
  const append = (draft: Parameters<typeof stage.store.append>[0]) => stage.store.append(draft);
  const edit = (target: number, text: string, by = ANN, mentions: readonly string[] = []) =>
    append(editDraft(ids, ROOM, by, { target, text, mentions }));
  const remove = (target: number, by = ANN, thread: number | null = null) =>
    append(deleteDraft(ids, ROOM, by, { target, thread }));
  const react = (target: number, emoji: string, { by = BOB, on = true } = {}) =>
    append(reactDraft(ids, ROOM, by, { target, emoji, on }));
  const pin = (target: number, on = true) => append(pinDraft(ids, ROOM, ANN, { target, on }));
  const now = async (seq: number) => parsed(await stage.store.message(ROOM, seq));
  const page = async (thread: number | null = null) =>
    (await stage.store.messages(ROOM, { at: "end", limit: 50, thread })).messages;
  const refused = (why: Refused["why"]): Refused => ({ kind: "refused", why });
  const unchanged = { kind: "unchanged" } as const;

  test("[MSG8] an edit shows on the message, says what was before, and is an event", async () => {
    const store = await start();
    const { seq } = await stored("one", { clientId: "c" });
    expect(await edit(seq, "two", BOB)).toEqual(refused("not_allowed"));
    const first = event(await edit(seq, "two", ANN, [BOB]));
    expect(await edit(seq, "two")).toEqual(unchanged);
    event(await edit(seq, "three"));
    expect(await now(seq)).toMatchObject({ text: "three", deletedAt: null });
    expect((await now(seq)).mentions).toBeUndefined();
    expect(parsed(first)).toMatchObject({ target: seq, text: "two", mentions: [BOB] });
    expect((await store.edits(ROOM, seq)).map(({ text }) => text)).toEqual(["one", "two"]);
    expect(await store.edits(ROOM, first.seq)).toEqual([]);
    // The log itself keeps what was said then.
    expect((await log()).map(({ json }) => (JSON.parse(json) as Message).text ?? "")).toEqual([
      "",
      "",
      "one",
      "two",
      "three",
    ]);
    expect(await post("one", { clientId: "c" })).toMatchObject({
      kind: "repeated",
      event: { seq, json: (await store.message(ROOM, seq))?.json ?? "" },
    });
    expect(await post("three", { clientId: "c" })).toEqual({ kind: "conflict" });
  });

  test("[MSG11] of a deleted message nothing is left but its place, in the log too, and nothing can be done to it", async () => {
    const store = await start();
    const { seq } = await stored("secret", { clientId: "c", place: { mentions: [BOB] } });
    for (const text of ["secret too", "secret again"]) event(await edit(seq, text));
    event(await react(seq, "👍"));
    event(await pin(seq));
    expect(await remove(seq, BOB)).toEqual(refused("not_allowed"));
    event(await remove(seq));
    expect(await remove(seq)).toEqual(unchanged);
    const left = await now(seq);
    const empty = { text: "", reactions: {}, files: [], pinned: false, editedAt: null };
    expect(left).toMatchObject({ seq, by: ANN, ...empty });
    expect(left.deletedAt).toBeNumber();
    expect(left.mentions).toBeUndefined();
    expect(JSON.stringify(await log())).not.toContain("secret");
    expect([await store.edits(ROOM, seq), await store.pins(ROOM)]).toEqual([[], []]);
    for (const change of [
      edit(seq, "back"),
      react(seq, "👍"),
      react(seq, "👍", { on: false }),
      pin(seq),
      pin(seq, false),
      post("why?", { place: { replyTo: seq } }),
      post("why?", { place: { thread: seq } }),
    ])
      expect(await change).toEqual(refused("message_not_found"));
    // Whoever is not sure that it was sent may send it again still.
    expect(await post("secret", { clientId: "c" })).toMatchObject({ kind: "repeated" });
  });

  test("[MSG11] moderators delete what anybody said; what is not there, or no message, cannot be changed", async () => {
    await start();
    await join(EVE);
    await append(joining(ROOM, EVE, { role: "moderator" }));
    const { seq } = await stored("rude", { by: BOB });
    expect(event(await remove(seq, EVE))).toMatchObject({ seq: seq + 1 });
    for (const missing of [0, 1, seq + 1, 99]) {
      for (const change of [
        edit(missing, "x"),
        remove(missing, EVE),
        react(missing, "👍"),
        pin(missing),
      ])
        expect(await change).toEqual(refused("message_not_found"));
      for (const place of [{ replyTo: missing }, { thread: missing }])
        expect(await post("?", { place })).toEqual(refused("message_not_found"));
    }
  });

  test("[MSG9] reactions come and go in their order, once from each", async () => {
    await start();
    const { seq } = await stored("one");
    event(await react(seq, "👍"));
    expect(await react(seq, "👍")).toEqual(unchanged);
    event(await react(seq, "🎉", { by: ANN }));
    event(await react(seq, "👍", { by: ANN }));
    expect(Object.entries((await now(seq)).reactions)).toEqual([
      ["👍", [BOB, ANN]],
      ["🎉", [ANN]],
    ]);
    event(await react(seq, "👍", { on: false }));
    event(await react(seq, "🎉", { by: ANN, on: false }));
    expect(await react(seq, "🎉", { on: false })).toEqual(unchanged);
    expect((await now(seq)).reactions).toEqual({ "👍": [ANN] });
  });

  test("[MSG9] a message has so many kinds of reactions, a room so many pins, and no more", async () => {
    await start();
    const { seq } = await stored("liked");
    for (let kind = 0; kind < limits.reactionKinds; kind++) event(await react(seq, `e${kind}`));
    expect(await react(seq, "one more")).toEqual(refused("too_many"));
    expect(await react(seq, "e7", { by: ANN })).toMatchObject({ kind: "stored" });
    const sends = await Promise.all(
      Array.from({ length: limits.pinsMax + 1 }, (_, index) => stored(`${index}`)),
    );
    const last = sends.pop();
    await Promise.all(sends.map((one) => pin(one.seq)));
    expect(await pin(last?.seq ?? 0)).toEqual(refused("too_many"));
    event(await pin(sends[0]?.seq ?? 0, false));
    event(await pin(last?.seq ?? 0));
    const pins = await stage.store.pins(ROOM);
    expect(pins).toHaveLength(limits.pinsMax);
    expect(pins[0]).toMatchObject({ seq: last?.seq ?? 0 });
    expect(pins.every((one) => parsed(one).pinned)).toBe(true);
  });

  test("[MSG8] a message is edited so often, and no more; the log of it is never longer", async () => {
    const store = await start();
    const { seq } = await stored("0");
    for (let index = 1; index <= limits.editsMax; index++) event(await edit(seq, `${index}`));
    expect(await edit(seq, "once more")).toEqual(refused("too_many"));
    expect(await edit(seq, `${limits.editsMax}`)).toEqual(unchanged);
    expect(await store.edits(ROOM, seq)).toHaveLength(limits.editsMax);
    event(await edit((await stored("another")).seq, "again"));
    event(await remove(seq));
    expect(await store.edits(ROOM, seq)).toEqual([]);
  });

  test("[MSG12] [MSG13] replies stand in their thread alone, whose root says how many there are", async () => {
    const store = await start();
    const root = await stored("root");
    const other = await stored("other");
    const place = { thread: root.seq };
    const replies = [
      await stored("r1", { by: BOB, place }),
      await stored("r2", { place: { thread: root.seq, replyTo: other.seq } }),
      await stored("r3", { by: BOB, place }),
    ];
    expect(await post("deeper", { place: { thread: replies[0]?.seq ?? 0 } })).toEqual(
      refused("message_not_found"),
    );
    const seqs = replies.map(({ seq }) => seq);
    expect((await page()).map(({ seq }) => seq)).toEqual([root.seq, other.seq]);
    expect((await page(root.seq)).map(({ seq }) => seq)).toEqual([root.seq, ...seqs]);
    expect(parsed(replies[1])).toMatchObject({ thread: root.seq, replyTo: other.seq });
    expect((await now(root.seq)).replies).toMatchObject({ count: 3, seq: seqs[2] ?? 0 });
    event(await remove(seqs[2] ?? 0, BOB, root.seq));
    expect((await now(root.seq)).replies).toMatchObject({ count: 2, seq: seqs[2] ?? 0 });
    event(await remove(root.seq));
    expect((await page(root.seq)).map(({ seq }) => seq)).toEqual([root.seq, ...seqs]);
    expect(await post("late", { place })).toEqual(refused("message_not_found"));

    const windows: [Parameters<typeof store.messages>[1], number[]][] = [
      [{ at: "end", limit: 2, thread: root.seq }, seqs.slice(1)],
      [{ at: "before", seq: seqs[1] ?? 0, limit: 9, thread: root.seq }, [root.seq, seqs[0] ?? 0]],
      [{ at: "after", seq: 0, limit: 2, thread: root.seq }, [root.seq, seqs[0] ?? 0]],
      [{ at: "after", seq: root.seq, limit: 2, thread: root.seq }, seqs.slice(0, 2)],
      [{ at: "around", seq: seqs[1] ?? 0, limit: 2, thread: root.seq }, seqs.slice(0, 2)],
      [{ at: "end", limit: 9, thread: seqs[0] ?? 0 }, []],
      [{ at: "end", limit: 9, thread: 99 }, []],
    ];
    for (const [window, expected] of windows) {
      const { messages } = await store.messages(ROOM, window);
      expect([window, messages.map(({ seq }) => seq)]).toEqual([window, expected]);
    }
  });

  test("[MSG11] [ORD6] a room is cleared with its event, once: no word of before is left, cursors of before are told so", async () => {
    const store = await start();
    const old = await stage.head();
    const first = await stored("secret", { clientId: "c" });
    event(await react(first.seq, "👍"));
    event(await pin(first.seq));
    await stored("hush", { place: { thread: first.seq } });
    // Whatever is stored before it goes, also what came after somebody meant to clear.
    const clear = () => ({ ...clearDraft(ids, ROOM, ANN), needs: null });
    const meant = clear();
    const late = event(await edit(first.seq, "secret too"));
    const cleared = event(await append(meant));
    expect(parsed(cleared)).toMatchObject({ upTo: late.seq });
    expect((await log()).map(({ seq }) => seq)).toEqual([cleared.seq]);
    expect([await page(), await page(first.seq), await store.pins(ROOM)]).toEqual([[], [], []]);
    expect(await store.message(ROOM, first.seq)).toBeNull();
    expect(await store.read(ROOM, old, all)).toMatchObject({ gap: "trimmed" });
    expect(await post("secret", { clientId: "c" })).toMatchObject({ kind: "repeated" });
    expect(await react(first.seq, "👍")).toEqual(refused("message_not_found"));
    expect(await append(clearDraft(ids, ROOM, BOB))).toEqual(refused("not_allowed"));
    // Once is enough.
    const left = await post("secret", { clientId: "c" });
    stage.clock.step(DAY);
    expect(await append(clear())).toEqual(unchanged);
    await stored("more");
    event(await append(clear()));
    expect(await append(clear())).toEqual(unchanged);
    expect(await post("secret", { clientId: "c" })).toEqual(left);
  });

  test("[MSG8] [MSG9] [MSG11] [MSG13] a page is what the log's events say, one after another", async () => {
    const store = await start();
    const root = await stored("root", { place: { mentions: [BOB, "@room"] } });
    const seqs = [root.seq];
    for (let index = 0; index < 12; index++) {
      const place = index % 3 === 0 ? {} : { thread: root.seq };
      seqs.push((await stored(`${index}`, { by: index % 2 ? ANN : BOB, place })).seq);
    }
    for (const [index, seq] of seqs.entries()) {
      const { by, thread } = await now(seq);
      await react(seq, "👍");
      if (index % 2) await edit(seq, `${index} anew`, by);
      if (index % 5 === 0) await pin(seq);
      if (index % 4 === 3) await remove(seq, by, thread);
    }
    const events = (await log()).map((one) => parsed<Event>(one));
    const pages = [...(await page()), ...(await page(root.seq)).slice(1)];
    expect(pages).toHaveLength(seqs.length);
    for (const one of pages) {
      const begin = events.find(({ seq }) => seq === one.seq) as Message & Event;
      // Its own beginning is in the log as it is left after a deletion: it folds to the same.
      expect(events.filter(({ seq }) => seq > one.seq).reduce(fold, begin)).toEqual(parsed(one));
    }
    expect(await store.message(ROOM, root.seq)).toEqual(pages[0] ?? null);
  });

  test("[MSG14] finds the members of a room by their ids and usernames, and nobody else", async () => {
    const store = await start();
    const account = { username: "Eve.Online", passwordHash: "hash", asAdmin: null };
    await join(EVE, [ROOM], account);
    await join("zoe", [], { ...account, username: "zoe" });
    const named = async (ids: string[], usernames: string[]) =>
      (await store.membersNamed(ROOM, { ids, usernames })).map(({ id }) => id).sort();
    expect(await named([ANN, EVE, "zoe", "nobody"], ["eve.online", "zoe", "x"])).toEqual([
      ANN,
      EVE,
    ]);
    await store.append(leaveDraft(ids, ROOM, { id: EVE, name: EVE }));
    expect(await named([EVE], ["EVE.ONLINE"])).toEqual([]);
  });

  if (candidate.reopen === null) return;

  test("[DUR1] [MSG8] what happened to messages is there again after a restart", async () => {
    const store = await start();
    const { seq } = await stored("one");
    await edit(seq, "two");
    await react(seq, "👍");
    await pin(seq);
    await stored("reply", { place: { thread: seq } });
    const look = async (from: typeof store) => [
      await from.message(ROOM, seq),
      await from.messages(ROOM, { at: "end", limit: 9, thread: null }),
      await from.messages(ROOM, { at: "end", limit: 9, thread: seq }),
      await from.edits(ROOM, seq),
      await from.pins(ROOM),
    ];
    const before = await look(store);
    expect(await look(await reopen())).toEqual(before);
  });
}
