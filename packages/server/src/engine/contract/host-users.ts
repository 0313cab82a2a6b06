import { expect, test } from "bun:test";
import type { UserId } from "@snug/protocol";
import { joinDraft, leaveDraft, roleDraft } from "../../core/draft.ts";
import { memberBody } from "../../core/event-text.ts";
import { newSession } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, ROOM, type Candidate, type Stage } from "./stage.ts";

/** People whom the host vouches for, and what tells how somebody came to their role. */
export function hostUserRules(stage: Stage, candidate: Candidate): void {
  const { start, post, reopen } = stage;
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

  test("[HOST5] [ROOM9] the newest event about somebody's place tells who made them what they are, or last were", async () => {
    const store = await start();
    const last = async (user: UserId) => {
      const event = await store.lastAbout(ROOM, user);
      return event && (JSON.parse(event.json) as { type: string; by: string; seq: number });
    };
    await put("Hana");
    expect(await last(HANA)).toBeNull();
    await joinRoom("reader");
    expect(await last(HANA)).toMatchObject({ type: "member.joined", by: HANA });
    for (let index = 0; index < 20; index++) await post(`${index}`, { by: HANA });
    await store.append(roleDraft(randomIds, ROOM, { id: HANA, name: "Hana" }, "member", HANA));
    expect(await last(HANA)).toMatchObject({ type: "member.changed", by: HANA });
    await store.append(roleDraft(randomIds, ROOM, { id: HANA, name: "Hana" }, "reader", ANN));
    const muted = await last(HANA);
    expect(muted).toMatchObject({ type: "member.changed", by: ANN });
    // Another name is no other role, whatever the name is.
    const rename = roleDraft(randomIds, ROOM, { id: HANA, name: '"role":"' }, "reader", HANA);
    const body = memberBody("member.changed", HANA, { id: HANA, name: '"role":"' });
    await store.append({ ...rename, body, effect: null });
    expect(await last(HANA)).toEqual(muted);
    // Nor is going, or being sent out.
    for (const by of [HANA, ANN]) {
      const leave = leaveDraft(randomIds, ROOM, { id: HANA, name: "Hana" }, { by });
      await store.append({ ...leave, effect: null });
      expect(await last(HANA)).toEqual(muted);
    }
    expect(await last(BOB)).toMatchObject({ type: "member.joined", by: BOB });
    expect(await store.lastAbout(ROOM, BOB, { byOthers: true })).toBeNull();
    expect(await last(EVE)).toBeNull();
    await store.append(roleDraft(randomIds, ROOM, { id: HANA, name: "Hana" }, "member", HANA));
    expect(await last(HANA)).toMatchObject({ by: HANA, role: "member" });
    const byOthers = await store.lastAbout(ROOM, HANA, { byOthers: true });
    expect(byOthers?.seq).toBe(muted?.seq);
    await store.trim(ROOM, (await stage.head()).seq);
    expect(await last(HANA)).toBeNull();
  });
}
