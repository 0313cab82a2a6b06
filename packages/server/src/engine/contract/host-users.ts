import { expect, test } from "bun:test";
import type { Role, RoomId, UserId } from "@snug/protocol";
import { joinDraft, leaveDraft, roleDraft } from "../../core/draft.ts";
import { memberBody } from "../../core/event-text.ts";
import { newRoom, newSession } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, ROOM, type Candidate, type Stage } from "./stage.ts";

/** People whom the host vouches for, and what tells how somebody came to their role. */
export function hostUserRules(stage: Stage, candidate: Candidate): void {
  const { start, reopen } = stage;
  const HANA = "host-hana" as UserId;
  const put = (name: string, avatar = "", expiresAt = 1_000) =>
    stage.store.putHostUser({ id: HANA, name, avatar, createdAt: 7, expiresAt });
  const joinRoom = (role: "member" | "reader" = "member") =>
    stage.store.append(joinDraft(randomIds, ROOM, { id: HANA, name: "Hana" }, { role }));

  test("[HOST1] a host's user is made once and then called anew, also by race", async () => {
    const store = await start();
    const all = await Promise.all(Array.from({ length: 10 }, () => put("Hana", "🦊")));
    const user = { id: HANA, name: "Hana", guest: false, avatar: "🦊" };
    for (const each of all) expect(each).toEqual({ user, renamed: false });
    const again = await Promise.all(Array.from({ length: 10 }, () => put("Hana K.", "", 1_001)));
    expect(again.map((each) => each?.user)).toEqual(
      again.map(() => ({ id: HANA, name: "Hana K.", guest: false })),
    );
    expect(again.filter((each) => each?.renamed)).toHaveLength(1);
    const mine = (await store.allUsers()).filter(({ id }) => id === HANA);
    expect(mine).toEqual([{ id: HANA, name: "Hana K.", guest: false, admin: false, createdAt: 7 }]);
    expect(await store.account("Hana")).toBeNull();
    expect(await store.passwordHash(HANA)).toBeNull();
    if (candidate.reopen === null) return;
    expect(await (await reopen()).users([HANA])).toEqual([
      { id: HANA, name: "Hana K.", guest: false },
    ]);
  });

  test("[HOST1] a host's user is called as the token says that ends latest, in whatever order they come", async () => {
    const store = await start();
    expect(await store.hostUser(HANA)).toBeNull();
    const ends = [20, 10, 20, 30, 25];
    const all = await Promise.all(ends.map((end, index) => put(`${index}`, `${index}`, end)));
    expect(all.map((each) => [each?.user.name, each?.user.avatar, each?.renamed])).toEqual([
      ["0", "0", false],
      ["0", "0", false],
      ["0", "0", false],
      ["3", "3", true],
      ["3", "3", false],
    ]);
    // One that ends later and says the same counts as well.
    await put("3", "3", 40);
    const user = { id: HANA, name: "3", guest: false, avatar: "3" };
    expect(await put("4", "", 35)).toEqual({ user, renamed: false });
    expect(await store.hostUser(HANA)).toEqual({ user, namedUntil: 40 });
    if (candidate.reopen === null) return;
    expect(await (await reopen()).hostUser(HANA)).toEqual({ user, namedUntil: 40 });
  });

  test("[HOST1] a host's user is in rooms like anybody, becomes no account, and stays erased", async () => {
    const store = await start();
    await put("Hana");
    expect((await joinRoom()).kind).toBe("stored");
    expect(await stage.roles()).toMatchObject({ [HANA]: "member" });
    const account = { username: "hana", passwordHash: "x", asAdmin: [] };
    expect(await store.addAccount(HANA, null, account, newSession("a"), [])).toEqual({
      kind: "not_guest",
    });
    await store.eraseUser(HANA, [leaveDraft(randomIds, ROOM, { id: HANA, name: "" })]);
    expect(await put("Hana", "", 2_000)).toBeNull();
    expect(await store.hostUser(HANA)).toMatchObject({ user: { name: "" } });
    expect((await store.users([HANA]))[0]?.name).toBe("");
    expect(idsOf(await store.allUsers())).not.toContain(HANA);
  });

  test("[HOST5] [ROOM9] what somebody is in a room, or last was, is known, and what others made them last", async () => {
    const store = await start();
    const person = { id: HANA, name: "Hana" };
    const last = (user: UserId) => store.lastRole(ROOM, user);
    const give = (role: Role, by: UserId) =>
      store.append(roleDraft(randomIds, ROOM, person, role, by));
    await put("Hana");
    expect(await last(HANA)).toBeNull();
    await joinRoom("reader");
    expect(await last(HANA)).toEqual({ role: "reader", byOthers: null });
    await give("member", HANA);
    expect(await last(HANA)).toEqual({ role: "member", byOthers: null });
    await give("reader", ANN);
    const muted = { role: "reader", byOthers: "reader" } as const;
    expect(await last(HANA)).toEqual(muted);
    // Another name is no other role, whatever the name is.
    const rename = roleDraft(randomIds, ROOM, { id: HANA, name: '"role":"' }, "reader", HANA);
    const body = memberBody("member.changed", HANA, { id: HANA, name: '"role":"' });
    await store.append({ ...rename, body, effect: null });
    expect(await last(HANA)).toEqual(muted);
    // Nor is going, being sent out, or coming back.
    for (const by of [HANA, ANN]) {
      await store.append(leaveDraft(randomIds, ROOM, person, { by }));
      expect(await last(HANA)).toEqual(muted);
      await joinRoom("reader");
      expect(await last(HANA)).toEqual(muted);
    }
    expect(await last(BOB)).toEqual({ role: "member", byOthers: null });
    expect(await last(EVE)).toBeNull();
    await give("member", HANA);
    expect(await last(HANA)).toEqual({ role: "member", byOthers: "reader" });
    await store.trim(ROOM, (await stage.head()).seq);
    expect(await last(HANA)).toEqual({ role: "member", byOthers: "reader" });
    await give("moderator", ANN);
    expect(await last(HANA)).toEqual({ role: "moderator", byOthers: "moderator" });
    if (candidate.reopen === null) return;
    expect(await (await reopen()).lastRole(ROOM, HANA)).toEqual({
      role: "moderator",
      byOthers: "moderator",
    });
  });

  test("[ORD7] [EPH2] what somebody was in a room goes with them, and with the room", async () => {
    const store = await start([ROOM, "other"]);
    const other = "other" as RoomId;
    await put("Hana");
    await joinRoom("reader");
    await store.append(leaveDraft(randomIds, ROOM, { id: HANA, name: "Hana" }));
    await store.trim(ROOM, (await stage.head()).seq);
    await store.eraseUser(HANA, []);
    expect(await store.lastRole(ROOM, HANA)).toBeNull();
    await store.eraseUser(ANN, [leaveDraft(randomIds, ROOM, { id: ANN, name: "" })]);
    expect(await store.lastRole(ROOM, ANN)).toBeNull();
    expect(await store.lastRole(ROOM, BOB)).not.toBeNull();
    await store.destroyRoom(other);
    expect(await store.addRoom(newRoom("other"))).toEqual({ kind: "added" });
    expect(await store.lastRole(other, BOB)).toBeNull();
  });
}
