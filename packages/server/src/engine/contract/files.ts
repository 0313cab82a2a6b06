import { expect, test } from "bun:test";
import type { FileId, Message, RoomId, SharedFile, UserId } from "@snug/protocol";
import { clearDraft, deleteDraft, editDraft } from "../../core/draft.ts";
import type { FileSpace } from "../../core/ports.ts";
import { randomIds as ids } from "../../ids.ts";
import { ANN, BOB, parsed, ROOM, type Candidate, type Stage } from "./stage.ts";

const space: FileSpace = { perUser: 100, inAll: 150, atOnce: 3 };

/** Records of files; their bytes are elsewhere. */
export function fileRules(stage: Stage, candidate: Candidate): void {
  const { clock, start, post, stored } = stage;
  const begin = (id: string, { size = 10, by = ANN as string, room = ROOM as string } = {}) =>
    stage.store.beginFile(
      { id: id as FileId, room: room as RoomId, by: by as UserId, at: clock.now(), size },
      space,
    );
  const finish = (id: string, size = 10) => stage.store.finishFile(fileOf(id, size), null);
  const whole = async (id: string, more: Parameters<typeof begin>[1] = {}) => {
    expect(await begin(id, more)).toEqual({ kind: "begun" });
    expect(await finish(id, more.size)).toBe(true);
  };
  const holding = (file: string, more: Parameters<typeof post>[1] = {}) =>
    stored("look", { ...more, place: { files: [file] } });
  const lost = async () => (await stage.store.lostFiles()).toSorted();
  const refused = (why: string) => ({ kind: "refused", why }) as never;

  test("[FIL1] a file is there once it is whole, and once alone", async () => {
    const store = await start();
    expect(await begin("a")).toEqual({ kind: "begun" });
    expect(await store.file("a")).toBeNull();
    expect(await store.finishFile(fileOf("a", 7), 3)).toBe(true);
    expect(await store.file("a")).toEqual({
      file: fileOf("a", 7),
      room: ROOM,
      by: ANN,
      seq: null,
      preview: 3,
    });
    expect(await finish("a")).toBe(false);
    expect(await finish("never begun")).toBe(false);
    expect(await store.file("never begun")).toBeNull();
    expect(await begin("b", { by: "stranger" })).toEqual(refused("not_allowed"));
  });

  test("[LIM10] what is begun counts as it was announced, then as it came, until it goes", async () => {
    const store = await start();
    await whole("a", { size: 60 });
    expect(await begin("b", { size: 41 })).toEqual(refused("user_files_full"));
    expect(await begin("b", { size: 40 })).toEqual({ kind: "begun" });
    expect(await begin("c", { size: 51, by: BOB })).toEqual(refused("files_full"));
    expect(await finish("b", 5)).toBe(true);
    await whole("c", { size: 85, by: BOB });
    expect(await begin("d", { size: 1, by: BOB })).toEqual(refused("files_full"));
    expect(await store.dropFile("a", BOB)).toBe(false);
    expect(await store.dropFile("a", ANN)).toBe(true);
    for (const id of ["e", "f", "g"]) expect(await begin(id)).toEqual({ kind: "begun" });
    expect(await begin("h")).toEqual(refused("uploads_busy"));
    expect(await begin("h", { by: BOB })).toEqual({ kind: "begun" });
  });

  test("[MSG10] a message holds files of its sender's in its room that no other holds, or there is no message", async () => {
    const store = await start([ROOM, "other"]);
    for (const id of ["a", "b"]) await whole(id);
    await whole("bobs", { by: BOB });
    await whole("elsewhere", { room: "other" });
    await begin("unfinished");
    const first = await holding("a", { clientId: "c" });
    expect(await store.file("a")).toMatchObject({ seq: first.seq });
    const before = await stage.head();
    for (const file of ["a", "bobs", "elsewhere", "unfinished", "nothing"])
      expect([file, await post("look", { place: { files: ["b", file] } })]).toEqual([
        file,
        refused("file_not_found"),
      ]);
    expect(await stage.head()).toEqual(before);
    expect(await store.file("b")).toMatchObject({ seq: null });
    expect(await holding("a", { clientId: "c" })).toEqual(first);
    expect(await post("look", { clientId: "c", place: { files: ["b"] } })).toEqual({
      kind: "conflict",
    });
    expect(await store.dropFile("a", ANN)).toBe(false);
    expect(await store.file("b")).toMatchObject({ seq: null });
  });

  test("[FIL9] with its message, the history or the room a file is lost, and its words with it", async () => {
    const store = await start([ROOM, "other"]);
    for (const id of ["a", "b", "c", "loose"]) await whole(id);
    await whole("d", { room: "other" });
    const held = [];
    for (const id of ["a", "b", "c"]) held.push(await holding(id, { clientId: id }));
    const [first, second] = held;
    await store.append(
      editDraft(ids, ROOM, ANN, { target: first?.seq ?? 0, text: "!", mentions: [] }),
    );
    await store.append(deleteDraft(ids, ROOM, ANN, { target: first?.seq ?? 0, thread: null }));
    expect([await lost(), await store.file("a")]).toEqual([["a"], null]);
    expect(parsed(await store.message(ROOM, first?.seq ?? 0)).files).toEqual([]);
    expect(await holding("a", { clientId: "a" })).toMatchObject({ seq: first?.seq ?? 0 });
    await store.forgetLost(["a"]);
    await store.append({ ...clearDraft(ids, ROOM, ANN), needs: null });
    expect(await lost()).toEqual(["b", "c"]);
    expect((await stage.log()).some(({ json }) => json.includes('"id":"b"'))).toBe(false);
    expect(await holding("b", { clientId: "b" })).toMatchObject({ seq: second?.seq ?? 0 });
    await whole("e");
    await holding("e");
    await store.destroyRoom(ROOM);
    expect(await lost()).toEqual(["b", "c", "e", "loose"]);
    expect(await finish("loose")).toBe(false);
    expect(await store.file("d")).toMatchObject({ room: "other" });
  });

  test("[FIL9] all that somebody uploaded goes with their account, out of what they said too", async () => {
    const store = await start();
    for (const id of ["a", "b", "loose"]) await whole(id);
    await whole("bobs", { by: BOB });
    const plain = await holding("a");
    const edited = await holding("b");
    await store.append(editDraft(ids, ROOM, ANN, { target: edited.seq, text: "!", mentions: [] }));
    const bobs = await holding("bobs", { by: BOB });
    await store.eraseUser(ANN, []);
    expect(await lost()).toEqual(["a", "b", "loose"]);
    for (const { seq } of [plain, edited])
      expect(parsed(await store.message(ROOM, seq)).files).toEqual([]);
    const files = (await stage.log()).flatMap((one) => parsed<Partial<Message>>(one).files ?? []);
    expect(files.map(({ id }) => id as string)).toEqual(["bobs"]);
    expect(parsed(await store.message(ROOM, bobs.seq)).files).toHaveLength(1);
    expect(parsed(await store.message(ROOM, edited.seq)).text).toBe("!");
  });

  test("[FIL9] what is not posted, or does not become whole, is lost in time", async () => {
    const store = await start();
    await whole("held");
    await whole("loose");
    await begin("begun");
    await holding("held");
    const now = clock.now();
    await store.expireFiles({ begun: now - 60_000, unposted: now - 60_000 });
    expect(await lost()).toEqual([]);
    await store.expireFiles({ begun: now + 60_000, unposted: now - 60_000 });
    expect(await lost()).toEqual(["begun"]);
    await store.expireFiles({ begun: now + 60_000, unposted: now + 60_000 });
    expect(await lost()).toEqual(["begun", "loose"]);
    expect(await store.file("held")).not.toBeNull();
    // Its bytes may have come after its record went.
    await store.dropFile("late", ANN);
    expect(await lost()).toEqual(["begun", "late", "loose"]);
  });

  test("[FIL6] a live session is found by its id, and the key of addresses stays the same", async () => {
    const store = await start();
    expect(await store.sessionById("s-ann")).toMatchObject({ id: "s-ann", user: { id: ANN } });
    expect(await store.sessionById("nobody's")).toBeNull();
    const key = await store.linkKey();
    expect(key).toHaveLength(32);
    expect(await store.linkKey()).toEqual(key);
    if (candidate.reopen !== null) expect(await (await stage.reopen()).linkKey()).toEqual(key);
    await stage.store.endSession(ANN, "s-ann", "device");
    expect(await stage.store.sessionById("s-ann")).toBeNull();
  });

  if (candidate.reopen === null) return;

  test("[FIL1] [FIL9] records, their space and what is lost are there again after a restart", async () => {
    await start();
    await whole("a", { size: 60 });
    await whole("b", { size: 30 });
    await stage.store.dropFile("b", ANN);
    await begin("begun");
    const store = await stage.reopen();
    expect(await store.file("a")).toMatchObject({ file: fileOf("a", 60) });
    expect(await lost()).toEqual(["b"]);
    expect(await begin("c", { size: 31 })).toEqual(refused("user_files_full"));
    expect(await begin("c", { size: 81, by: BOB })).toEqual(refused("files_full"));
    expect(await finish("begun")).toBe(true);
  });
}

function fileOf(id: string, size: number): SharedFile {
  return { id: id as FileId, name: `${id}.txt`, type: "text/plain", size };
}
