import { expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import { leaveDraft, roleDraft } from "../../core/draft.ts";
import type { NewInvite } from "../../core/ports.ts";
import { newRoom, newSession, newUser } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, joining, ROOM, type Stage } from "./stage.ts";

/** Ways into rooms. */
export function inviteRules(stage: Stage): void {
  const { clock, start, join, roles } = stage;

  const add = (id: string, more: Partial<NewInvite> = {}, room: string = ROOM) =>
    stage.store.addInvite(room as RoomId, {
      id,
      hash: `h-${id}`,
      can: "post",
      uses: null,
      expiresAt: null,
      createdAt: clock.now(),
      createdBy: ANN,
      ...more,
    });
  const use = (id: string, user: string, room: string = ROOM) =>
    stage.store.append(joining(room, user, { invite: `h-${id}` }));
  const usable = async () => idsOf(await stage.store.invites(ROOM));

  test("[ROOM10] an invite is found by its hash, and says where it leads", async () => {
    const store = await start([ROOM, "other"]);
    await add("a");
    await add("b", { can: "read", uses: 3, expiresAt: clock.now() + 1_000, createdBy: BOB });
    await add("c", {}, "other");
    expect(await store.invite("h-a")).toEqual({ room: ROOM, can: "post" });
    expect(await store.invite("h-b")).toEqual({ room: ROOM, can: "read" });
    expect(await store.invite("h-c")).toEqual({ room: "other" as RoomId, can: "post" });
    expect(await store.invite("a")).toBeNull();
    const [first, second] = await store.invites(ROOM);
    expect([first, second]).toEqual([
      {
        id: "a",
        can: "post",
        uses: null,
        expiresAt: null,
        createdAt: expect.any(Number),
        createdBy: ANN,
      },
      {
        id: "b",
        can: "read",
        uses: 3,
        expiresAt: expect.any(Number),
        createdAt: expect.any(Number),
        createdBy: BOB,
      },
    ]);
  });

  test("[ROOM10] who is out of a room, or may only read there, makes no invite, however short ago", async () => {
    const store = await start();
    const person = { id: ANN, name: "ann" };
    const [, gone] = await Promise.all([
      store.append(leaveDraft(randomIds, ROOM, person, { by: BOB })),
      add("a"),
    ]);
    expect(gone).toBe(false);
    const [, muted] = await Promise.all([
      store.append(roleDraft(randomIds, ROOM, { id: BOB, name: "bob" }, "reader", ANN)),
      add("b", { createdBy: BOB }),
    ]);
    expect(muted).toBe(false);
    expect(await usable()).toEqual([]);
    expect(await store.invite("h-a")).toBeNull();
  });

  test("[ROOM10] an invite serves its uses, each that brings somebody in", async () => {
    const store = await start();
    for (const user of ["u1", "u2", "u3"]) await join(user);
    await add("a", { uses: 2 });
    expect(await use("a", ANN)).toEqual({ kind: "unchanged" });
    expect(await use("a", "u1")).toMatchObject({ kind: "stored" });
    expect(await store.invites(ROOM)).toMatchObject([{ uses: 1 }]);
    expect(await use("a", "u1")).toEqual({ kind: "unchanged" });
    expect(await use("a", "u2")).toMatchObject({ kind: "stored" });
    expect(await use("a", "u3")).toEqual({ kind: "refused", why: "invite_spent" });
    expect(await store.invite("h-a")).toBeNull();
    expect(await usable()).toEqual([]);
    expect(await roles()).toEqual({ ann: "member", bob: "member", u1: "member", u2: "member" });
  });

  test("[ROOM10] the last use is had by one of many at once", async () => {
    await start();
    const users = Array.from({ length: 20 }, (_, index) => `u${index}`);
    for (const user of users) await join(user);
    await add("a", { uses: 1 });
    const answers = await Promise.all(users.map((user) => use("a", user)));
    expect(answers.filter(({ kind }) => kind === "stored")).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind !== "stored")).toEqual(
      Array(19).fill({ kind: "refused", why: "invite_spent" }),
    );
    expect(await stage.store.members(ROOM)).toHaveLength(3);
  });

  test("[ROOM10] newcomers race for the last use too, and who loses is nobody", async () => {
    const store = await start();
    await add("a", { uses: 1 });
    const come = (id: string) =>
      store.addUser(newUser(id), newSession(`s-${id}`), [joining(ROOM, id, { invite: "h-a" })]);
    const answers = await Promise.all(["u1", "u2", "u3"].map(come));
    expect(answers.map(({ kind }) => kind)).toEqual(["added", "refused", "refused"]);
    expect(idsOf(await store.users(["u1", "u2", "u3"]))).toEqual(["u1"]);
    expect(await store.session("h-s-u2")).toBeNull();
  });

  test("[ROOM10] an invite ends with its time, and when it is revoked", async () => {
    const store = await start();
    await store.addRoom(newRoom("other"));
    await join(EVE);
    await add("a", { expiresAt: clock.now() + 60_000 });
    await add("b");
    expect(await usable()).toEqual(["a", "b"]);
    clock.step(60_000);
    expect(await usable()).toEqual(["b"]);
    expect(await store.invite("h-a")).toBeNull();
    expect(await use("a", EVE)).toEqual({ kind: "refused", why: "invite_spent" });
    expect(await store.endInvite("other" as RoomId, "b")).toBe(false);
    expect(await store.endInvite(ROOM, "b")).toBe(true);
    expect(await store.endInvite(ROOM, "b")).toBe(false);
    expect(await usable()).toEqual([]);
    expect(await use("b", EVE)).toEqual({ kind: "refused", why: "invite_spent" });
    clock.step(-60_000);
  });

  test("[ROOM10] an invite leads into no other room, and past no ban", async () => {
    const store = await start();
    await store.addRoom(newRoom("other", { kind: "private" }));
    await join(EVE);
    await add("a");
    expect(await use("a", EVE, "other")).toEqual({ kind: "refused", why: "invite_spent" });
    const { effect: _, ...leave } = joining(ROOM, EVE, { by: ANN });
    await store.append({ ...leave, effect: { kind: "leave", user: EVE, ban: true } });
    expect(await use("a", EVE)).toEqual({ kind: "refused", why: "banned" });
  });
}
