import { expect, test } from "bun:test";
import type { RoomId, UserId } from "@snug/protocol";
import { changeDraft } from "../../core/draft.ts";
import type { RoomChange } from "../../core/ports.ts";
import { newRoom } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, joining, ROOM, type Candidate, type Stage } from "./stage.ts";

/** Rooms as records: how they are made, found, changed and kept. */
export function roomRules(stage: Stage, candidate: Candidate): void {
  const { open, reopen, start, join, events, log } = stage;

  const change = (room: string, how: RoomChange) =>
    stage.store.append(changeDraft(randomIds, room as RoomId, how, ANN));

  test("[ROOM3] keeps rooms as they were made, and makes none twice", async () => {
    const store = await start();
    const { directKey: _, ...made } = newRoom(ROOM);
    expect(await store.addRoom(newRoom(ROOM, { name: "another" }))).toEqual({
      kind: "exists",
      id: ROOM,
    });
    expect(await store.room(ROOM)).toEqual({
      ...made,
      archived: false,
      memberCount: 2,
      head: { seq: 2, id: expect.any(String) },
    });
    expect(await store.room("nowhere")).toBeNull();
  });

  test("[ROOM3] finds one's own rooms, those one sees, and all; oldest first", async () => {
    const store = await start();
    for (const id of ["b", "a", "c"]) await store.addRoom(newRoom(id, { kind: "private" }));
    await join(EVE, ["a"]);
    const rooms = async (...of: Parameters<typeof store.roomsFor>) =>
      idsOf(await store.roomsFor(...of));
    expect(await rooms(ANN, "mine")).toEqual([ROOM]);
    expect(await rooms(EVE, "mine")).toEqual(["a"]);
    expect(await rooms(EVE, "visible")).toEqual([ROOM, "a"]);
    expect(await rooms("nobody" as UserId, "visible")).toEqual([ROOM]);
    expect(await rooms(ANN, "all")).toEqual([ROOM, "b", "a", "c"]);
  });

  test("[ROOM4] finds rooms together with how one stands to each", async () => {
    const store = await start();
    await store.addRoom(newRoom("own"), [joining("own", BOB, { role: "owner" })]);
    await store.addRoom(newRoom("public"));
    const leave = joining(ROOM, BOB, { by: ANN });
    await store.append({ ...leave, effect: { kind: "leave", user: BOB, ban: true } });
    const found = await store.roomsFor(BOB, "visible");
    expect(found.map(({ id, role, banned }) => [id, role, banned])).toEqual([
      [ROOM, null, true],
      ["own" as RoomId, "owner", false],
      ["public" as RoomId, null, false],
    ]);
    expect(await store.roomsFor(BOB, "mine")).toMatchObject([{ id: "own", role: "owner" }]);
    expect(await store.roomsFor(EVE, "all")).toMatchObject(
      Array(3).fill({ role: null, banned: false }),
    );
    const { role: _role, banned: _banned, ...own } = found[1]!;
    expect(own).toEqual((await store.room("own"))!);
  });

  test("[ROOM4] keeps members with role and time, and says who knows whom", async () => {
    const store = await start();
    await store.addRoom(newRoom("quiet", { kind: "private" }));
    await join(EVE, ["quiet"]);
    expect(await store.members(ROOM)).toEqual(
      [ANN, BOB].map((id) => ({
        user: { id, name: id, guest: true },
        role: "member",
        joinedAt: expect.any(Number),
      })),
    );
    expect(await store.standing(ROOM, ANN)).toEqual({ role: "member", banned: false });
    expect(await store.standing("quiet" as RoomId, ANN)).toEqual({ role: null, banned: false });
    expect(await store.acquainted(ANN, BOB)).toBe(true);
    expect(await store.acquainted(ANN, EVE)).toBe(false);
    expect(await store.acquainted(ANN, "nobody")).toBe(false);
  });

  test("[ROOM6] the name of a public room is there once, in any case and form", async () => {
    const store = await open();
    const names = ["Café Ä", "café ä", "CAFÉ Ä", "Cafe\u0301 A\u0308"];
    const made = await Promise.all(
      names.map((name, index) => store.addRoom(newRoom(`r${index}`, { name }))),
    );
    expect(made).toEqual([{ kind: "added" }, ...Array(3).fill({ kind: "name_taken" })]);
    expect(idsOf(await store.roomsFor(ANN, "all"))).toEqual(["r0"]);
    for (const kind of ["private", "ephemeral"] as const)
      expect(await store.addRoom(newRoom(kind, { kind, name: "café ä" }))).toEqual({
        kind: "added",
      });
  });

  test("[ROOM6] a room and its first members are made in one step", async () => {
    const store = await start([]);
    const told = stage.listen();
    const joins = [
      joining("new", ANN, { role: "owner" }),
      joining("new", BOB, { by: ANN, role: "owner" }),
    ];
    expect(await store.addRoom(newRoom("new", { createdBy: ANN }), joins)).toEqual({
      kind: "added",
    });
    expect(await store.room("new")).toMatchObject({ memberCount: 2, head: { seq: 2 } });
    expect(await stage.roles("new")).toEqual({ ann: "owner", bob: "owner" });
    expect(await events("new")).toMatchObject([
      { seq: 1, type: "member.joined", by: ANN, user: { id: ANN, name: "ann" }, role: "owner" },
      { seq: 2, type: "member.joined", by: ANN, user: { id: BOB, name: "bob" }, role: "owner" },
    ]);
    expect(told.commits.flatMap(({ effects }) => effects)).toEqual(
      joins.map(({ effect }) => effect as never),
    );
  });

  test("[ROOM6] who comes too late with a name or an id joins nothing", async () => {
    const store = await start();
    const told = stage.listen();
    await store.addRoom(newRoom("other", { name: ROOM }), [joining("other", ANN)]);
    await store.addRoom(newRoom(ROOM, { name: "x" }), [joining(ROOM, ANN, { role: "owner" })]);
    expect(await store.room("other")).toBeNull();
    expect(await stage.roles()).toEqual({ ann: "member", bob: "member" });
    expect(told.commits).toEqual([]);
  });

  test("[ROOM7] the same people have one direct room, also when many make it at once", async () => {
    const store = await start([]);
    const direct = (id: string, directKey: string) =>
      store.addRoom(newRoom(id, { kind: "direct", name: "", directKey }), [
        joining(id, ANN, { role: "owner" }),
        joining(id, BOB, { by: ANN, role: "owner" }),
      ]);
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => direct(`d${index}`, "ann bob")),
    );
    expect(made).toEqual([
      { kind: "added" },
      ...Array<unknown>(9).fill({ kind: "exists", id: "d0" }),
    ] as typeof made);
    expect(await direct("e", "ann eve")).toEqual({ kind: "added" });
    expect(idsOf(await store.roomsFor(BOB, "mine"))).toEqual(["d0", "e"]);
    expect(await log("d0")).toHaveLength(2);
  });

  test("[ORD5] a change of the room is an event, and happens with it", async () => {
    const store = await start();
    const told = stage.listen();
    const how = { name: "Hall", topic: "all", capacity: 3, archived: true };
    expect(await change(ROOM, how)).toMatchObject({ kind: "stored", event: { seq: 3 } });
    expect(await store.room(ROOM)).toMatchObject({ ...how, head: { seq: 3 } });
    expect((await events()).at(-1)).toMatchObject({ type: "room.updated", by: ANN, ...how });
    expect(told.commits.map(({ effects }) => effects)).toEqual([[{ kind: "room", change: how }]]);
    await change(ROOM, { capacity: null });
    expect(await store.room(ROOM)).toMatchObject({ ...how, capacity: null });
  });

  test("[ORD6] a change of the room that changes nothing adds no event", async () => {
    const store = await start();
    await change(ROOM, { topic: "all" });
    const before = await store.room(ROOM);
    for (const same of [{}, { topic: "all" }, { name: ROOM, archived: false, capacity: null }])
      expect(await change(ROOM, same)).toEqual({ kind: "unchanged" });
    expect(await store.room(ROOM)).toEqual(before);
  });

  test("[ROOM6] a public room takes no other's name, but its own in another case, and one that is free again", async () => {
    const store = await start([ROOM, "other"]);
    const before = await store.room("other");
    expect(await change("other", { name: "ROOM", topic: "taken" })).toEqual({
      kind: "refused",
      why: "name_taken",
    });
    expect(await store.room("other")).toEqual(before);
    expect(await change(ROOM, { name: "Room" })).toMatchObject({ kind: "stored" });
    expect(await change(ROOM, { name: "elsewhere" })).toMatchObject({ kind: "stored" });
    expect(await change("other", { name: "room" })).toMatchObject({ kind: "stored" });
    await store.addRoom(newRoom("own", { kind: "private" }));
    expect(await change("own", { name: "Elsewhere" })).toMatchObject({ kind: "stored" });
  });

  test("[ROOM6] of many who take a name at once, one gets it", async () => {
    await start(["a", "b", "c", "d"]);
    const answers = await Promise.all(
      ["a", "b", "c", "d"].map((room) => change(room, { name: "Best" })),
    );
    expect(answers.map(({ kind }) => kind).sort()).toEqual([
      "refused",
      "refused",
      "refused",
      "stored",
    ]);
  });

  test("[EPH1] tells of the rooms with an end, soonest first", async () => {
    const store = await start();
    const ends = { late: 3_000, soon: 1_000, next: 2_000 };
    for (const [id, expiresAt] of Object.entries(ends))
      await store.addRoom(newRoom(id, { kind: "ephemeral", expiresAt }));
    expect(await store.expiring()).toEqual([
      { id: "soon" as RoomId, expiresAt: 1_000 },
      { id: "next" as RoomId, expiresAt: 2_000 },
      { id: "late" as RoomId, expiresAt: 3_000 },
    ]);
    expect(await store.room("soon")).toMatchObject({ kind: "ephemeral", expiresAt: 1_000 });
    await store.destroyRoom("soon" as RoomId);
    expect(idsOf(await store.expiring())).toEqual(["next", "late"]);
  });

  if (candidate.reopen === null) return;

  test("[ROOM3] rooms and their changes are there after a restart", async () => {
    const store = await start([ROOM, "other"]);
    await store.addRoom(newRoom("d", { kind: "direct", name: "", directKey: "k" }), [
      joining("d", ANN, { role: "owner" }),
    ]);
    await store.addRoom(newRoom("e", { kind: "ephemeral", expiresAt: 9e12, capacity: 5 }));
    await change(ROOM, { name: "Hall", topic: "all", capacity: 7, archived: true });
    const before = await store.roomsFor(ANN, "all");
    const again = await reopen();
    expect(await again.roomsFor(ANN, "all")).toEqual(before);
    expect(await again.addRoom(newRoom("x", { name: "HALL" }))).toEqual({ kind: "name_taken" });
    expect(await again.addRoom(newRoom("x", { kind: "direct", directKey: "k" }))).toEqual({
      kind: "exists",
      id: "d" as RoomId,
    });
    expect(await change("other", { name: "room" })).toMatchObject({ kind: "stored" });
  });
}
