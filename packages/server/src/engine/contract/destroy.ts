import { expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import { RoomGone } from "../../core/ports.ts";
import { newRoom } from "../../fixtures.ts";
import { all, ANN, BOB, DAY, idsOf, joining, ROOM, type Candidate, type Stage } from "./stage.ts";

/** Rooms that are no more. */
export function destroyRules(stage: Stage, candidate: Candidate): void {
  const { clock, start, post, reopen } = stage;

  test("[EPH2] a destroyed room is gone with all that was in it", async () => {
    const store = await start([ROOM, "other"]);
    await post("a secret");
    await post("no secret", { room: "other" });
    const told = stage.listen();
    expect(await store.destroyRoom(ROOM)).toBe(true);
    expect(told.rooms).toEqual([ROOM]);
    expect(await store.destroyRoom(ROOM)).toBe(false);
    expect(told.rooms).toEqual([ROOM]);
    expect(await store.room(ROOM)).toBeNull();
    expect(idsOf(await store.roomsFor(ANN, "all"))).toEqual(["other"]);
    expect(idsOf(await store.roomsFor(ANN, "mine"))).toEqual(["other"]);
    expect(await stage.texts("other")).toEqual(["no secret"]);
    expect(await stage.roles("other")).toEqual({ ann: "member", bob: "member" });
  });

  test("[EPH3] a destroyed room is known to be gone for 30 days, and then no more", async () => {
    const store = await start();
    expect(await store.isGone(ROOM)).toBe(false);
    await store.destroyRoom(ROOM);
    expect(await store.isGone(ROOM)).toBe(true);
    expect(await store.isGone("nowhere")).toBe(false);
    clock.step(30 * DAY - 60_000);
    expect(await store.isGone(ROOM)).toBe(true);
    clock.step(60_000);
    expect(await store.isGone(ROOM)).toBe(false);
  });

  test("[EPH3] whatever was under way for a destroyed room is refused", async () => {
    const store = await start();
    await store.destroyRoom(ROOM);
    const gone = { kind: "refused", why: "room_gone" };
    expect(await post("late")).toEqual(gone as never);
    expect(await store.append(joining(ROOM, "eve"))).toEqual(gone as never);
    for (const ask of [
      () => store.standing(ROOM, ANN),
      () => store.lastRole(ROOM, ANN),
      () => store.members(ROOM),
      () => store.banned(ROOM),
      () => store.unban(ROOM, BOB, ANN),
      () => store.invites(ROOM),
      () => store.endInvite(ROOM, "i"),
      () =>
        store.addInvite(ROOM, {
          id: "i",
          hash: "h",
          can: "post",
          uses: null,
          expiresAt: null,
          createdAt: 1,
          createdBy: ANN,
        }),
      () => store.read(ROOM, null, all),
      () => store.messages(ROOM, { at: "end", limit: 1, thread: null }),
      () => store.message(ROOM, 1),
      () => store.trim(ROOM, 1),
    ])
      expect(await ask().catch((fault: unknown) => fault)).toBeInstanceOf(RoomGone);
  });

  test("[EPH3] of sends and the end at once, those before it are answered, those after are refused", async () => {
    const store = await start([ROOM, "other"]);
    const sends = Array.from({ length: 10 }, (_, index) => post(`${index}`));
    const end = store.destroyRoom(ROOM);
    const late = Array.from({ length: 10 }, (_, index) => post(`${index}`));
    const others = post("elsewhere", { room: "other" });
    expect((await Promise.all(sends)).map(({ kind }) => kind)).toEqual(Array(10).fill("stored"));
    expect(await end).toBe(true);
    expect((await Promise.all(late)).map(({ kind }) => kind)).toEqual(Array(10).fill("refused"));
    expect(await others).toMatchObject({ kind: "stored" });
  });

  test("[EPH2] invites and names of a destroyed room lead nowhere, and are free", async () => {
    const store = await start();
    await store.addInvite(ROOM, {
      id: "i",
      hash: "h",
      can: "post",
      uses: null,
      expiresAt: null,
      createdAt: 1,
      createdBy: ANN,
    });
    await store.addRoom(newRoom("d", { kind: "direct", directKey: "ann bob" }));
    await store.destroyRoom(ROOM);
    await store.destroyRoom("d" as RoomId);
    expect(await store.invite("h")).toBeNull();
    expect(await store.addRoom(newRoom("new", { name: ROOM }))).toEqual({ kind: "added" });
    expect(await store.addRoom(newRoom("e", { kind: "direct", directKey: "ann bob" }))).toEqual({
      kind: "added",
    });
    expect(await store.acquainted(ANN, BOB)).toBe(false);
  });

  if (candidate.reopen === null) return;

  test("[EPH3] a destroyed room is gone after a restart too", async () => {
    const store = await start([ROOM, "other"]);
    await store.destroyRoom(ROOM);
    const again = await reopen();
    expect(await again.room(ROOM)).toBeNull();
    expect(await again.isGone(ROOM)).toBe(true);
    expect(idsOf(await again.roomsFor(ANN, "all"))).toEqual(["other"]);
  });
}
