import { expect, test } from "bun:test";
import type { Message, RoomId, UserId } from "@snug/protocol";
import { clearDraft, deleteDraft, editDraft, leaveDraft } from "../../core/draft.ts";
import type { Sought, Spot } from "../../core/ports.ts";
import { fold } from "../../core/search/fold.ts";
import { newRoom } from "../../fixtures.ts";
import { randomIds as ids } from "../../ids.ts";
import { ANN, BOB, DAY, event, EVE, joining, ROOM, type Candidate, type Stage } from "./stage.ts";

const OTHER = "other" as RoomId;

const anything: Sought = {
  rooms: [ROOM, OTHER],
  terms: [],
  without: [],
  by: null,
  notBy: new Set(),
  since: null,
  until: null,
  before: null,
  most: 50,
};

/** Finding what was said. */
export function searchRules(stage: Stage, candidate: Candidate): void {
  const { clock, start, stored, reopen } = stage;
  const search = (terms: readonly string[], more: Partial<Sought> = {}) =>
    stage.store.search({ ...anything, terms: terms.map(fold), ...more });
  const texts = async (terms: readonly string[], more: Partial<Sought> = {}) =>
    (await search(terms, more)).hits.map(
      ({ message }) => (JSON.parse(message.json) as Message).text,
    );

  test("[SRC2] any part of a text is found, in any script, whatever its case, accents and forms of letters", async () => {
    const store = await start();
    const said: [text: string, ...terms: string[]][] = [
      [
        "Der Zug nach Zürich fährt um 10:42",
        "zurich",
        "ZÜRICH",
        "ürich",
        "fahrt um",
        "10:42",
        "0:4",
        "z",
      ],
      ["crème brûlée, Straße, ﬁne", "creme", "STRASSE", "brulee,", "fine", "Fi"],
      ["see https://example.org/a?b=1 or 192.168.0.1", "example.org/a?b=1", "168.0.1", "a?b=1"],
      ["ошибка в расчёте", "РАСЧЕТ", "шибк", "ё"],
      ["Ο λόγος του ΦΩΤΟΣ", "λογοσ", "φωτος", "ΛΌΓΟΣ"],
      ["明日東京駅で会いましょう", "東京", "駅", "京駅で", "会いまし"],
      ["내일 서울역에서 만나요", "서울", "역", "서울역에서"],
      ["कल दिल्ली में मिलते हैं", "दिल्ली", "मि"],
      ["نلتقي غدًا في القاهرة", "القاهرة", "غدا", "قاه"],
      ["พบกันที่กรุงเทพ", "กรุงเทพ", "กร"],
      ["👩‍💻 ships it 🎉", "🎉", "👩", "ships IT 🎉"],
    ];
    for (const [text] of said) await stored(text);
    for (const [text, ...terms] of said)
      for (const term of terms) expect([term, await texts([term])]).toEqual([term, [text]]);
    for (const term of ["zürichx", "東駅", "서역", ".*", "%", "NEAR", "*"])
      expect([term, await texts([term])]).toEqual([term, []]);
    expect(
      await store.search({ ...anything, terms: ["zurich"], without: ["10:43"] }),
    ).toMatchObject({
      hits: [{ room: ROOM }],
      next: null,
    });
  });

  test("[SRC1] all terms are in what is found, none that is not wanted; by whom and when is asked for", async () => {
    await start([ROOM, OTHER]);
    await stored("tea and milk", { by: ANN });
    const before = clock.now();
    clock.step(DAY);
    const root = await stored("tea without milk", { by: BOB });
    await stored("a reply about tea", { by: BOB, place: { thread: root.seq } });
    await stored("tea elsewhere", { by: ANN, room: OTHER });
    const all = ["tea elsewhere", "a reply about tea", "tea without milk", "tea and milk"];
    const [, reply = "", without = "", and = ""] = all;
    expect(await texts(["tea"])).toEqual(all);
    expect(await texts(["tea", "MILK"])).toEqual([without, and]);
    expect(await texts(["milk and"])).toEqual([]);
    expect(await texts(["tea"], { without: ["milk"], rooms: [ROOM] })).toEqual([reply]);
    expect(await texts(["tea"], { by: new Set([BOB]) })).toEqual([reply, without]);
    expect(await texts([], { by: new Set([BOB]) })).toEqual([reply, without]);
    expect(await texts([], { by: new Set([EVE]) })).toEqual([]);
    expect(await texts(["tea"], { notBy: new Set([BOB]), rooms: [ROOM] })).toEqual([and]);
    expect(await texts(["tea"], { until: before + DAY / 2 })).toEqual([and]);
    expect(await texts(["tea"], { since: before + DAY / 2, rooms: [ROOM] })).toEqual([
      reply,
      without,
    ]);
  });

  test("[SRC4] only in the rooms that are named, of which some may be gone", async () => {
    await start([ROOM, OTHER]);
    await stored("tea", { room: OTHER });
    expect(await texts(["tea"], { rooms: [ROOM] })).toEqual([]);
    expect(await texts(["tea"], { rooms: [] })).toEqual([]);
    expect(await texts(["tea"], { rooms: [OTHER, "nowhere" as RoomId] })).toEqual(["tea"]);
  });

  test("[SRC4] wherever somebody is a member, or may look in without being one", async () => {
    const store = await start(["open", "shut"]);
    const [own, shut] = ["own", "shut"] as RoomId[] as [RoomId, RoomId];
    for (const [room, kind] of [
      [own, "private"],
      ["other", "private"],
      ["link", "ephemeral"],
    ] as const) {
      await store.addRoom(newRoom(room, { kind }));
      event(await store.append(joining(room, ANN)));
    }
    event(await store.append(joining(own, BOB)));
    for (const room of ["open", shut, own, "other", "link"]) await stored(`tea ${room}`, { room });
    const bob = { id: BOB, name: BOB };
    event(await store.append(leaveDraft(ids, shut, bob, { by: ANN, ban: true })));
    const seenBy = (user: UserId, before: Spot | null = null) =>
      texts(["tea"], { rooms: { visibleTo: user }, before });
    expect(await seenBy(ANN)).toHaveLength(5);
    expect(await seenBy(BOB)).toEqual(["tea own", "tea open"]);
    expect(await seenBy(EVE)).toEqual(["tea shut", "tea open"]);
    const { seq } = (await search(["tea"], { rooms: [shut] })).hits[0]!.message;
    expect(await seenBy(EVE, { room: shut, seq })).toEqual(["tea open"]);
  });

  test("[SRC5] what is edited is found by what it says now; what is deleted, cleared or destroyed is not found any more", async () => {
    const store = await start([ROOM, OTHER]);
    const first = await stored("the word is mango");
    await stored("the word is papaya");
    const [target, mentions] = [first.seq, []];
    event(await store.append(editDraft(ids, ROOM, ANN, { target, text: "it is guava", mentions })));
    expect([await texts(["mango"]), await texts(["guava"])]).toEqual([[], ["it is guava"]]);
    event(await store.append(deleteDraft(ids, ROOM, ANN, { target, thread: null })));
    expect([await texts(["guava"]), await texts([], { by: new Set([ANN]) })]).toEqual([
      [],
      ["the word is papaya"],
    ]);
    event(await store.append({ ...clearDraft(ids, ROOM, ANN), needs: null }));
    expect(await texts(["papaya"])).toEqual([]);
    await stored("the word is lychee", { room: OTHER });
    expect(await texts(["word"])).toEqual(["the word is lychee"]);
    await store.destroyRoom(OTHER);
    expect(await texts(["word"])).toEqual([]);
  });

  test("[SRC7] a page goes on where the last one ended, through all rooms, while others post", async () => {
    await start([ROOM, OTHER]);
    const said: string[] = [];
    for (let index = 0; index < 30; index++) {
      const text = index % 3 === 0 ? `no ${index}` : `yes ${index}`;
      await stored(text, { room: index % 2 === 0 ? ROOM : OTHER });
      if (index % 3 !== 0) said.unshift(text);
    }
    const found: string[] = [];
    let before: Sought["before"] = null;
    do {
      const page = await search(["yes"], { before, most: 7 });
      found.push(...page.hits.map(({ message }) => (JSON.parse(message.json) as Message).text));
      await stored("yes, but later");
      before = page.next;
    } while (before !== null);
    expect(found).toEqual(said);
  });

  if (candidate.reopen) {
    test("[SRC5] a message is found right after it was stored, and after a restart, however many there are", async () => {
      const store = await start([ROOM, OTHER]);
      const count = 700;
      await stored("needle 0 in the hay", { room: OTHER });
      const sends = Array.from({ length: count }, (_, index) => stored(`hay ${index}`));
      await Promise.all(sends);
      const last = await stored("needle 1 in the hay");
      expect(await texts(["needle"])).toEqual(["needle 1 in the hay", "needle 0 in the hay"]);
      // The engine may arrange what it holds meanwhile.
      await new Promise<void>((resume) => setTimeout(resume, 400));
      expect(await texts(["needle"])).toEqual(["needle 1 in the hay", "needle 0 in the hay"]);
      expect(await texts(["hay 69"], { most: 20 })).toHaveLength(11);
      const remove = { target: last.seq, thread: null };
      event(await store.append(deleteDraft(ids, ROOM, ANN, remove)));
      expect(await texts(["needle"])).toEqual(["needle 0 in the hay"]);
      await reopen();
      expect(await texts(["needle"])).toEqual(["needle 0 in the hay"]);
      expect(await texts(["hay 17"])).toHaveLength(11);
    });
  }
}
