import { expect, test } from "bun:test";
import type { Role, RoomId, UserId } from "@snug/protocol";
import type { Action } from "../../core/authorize.ts";
import { changeDraft, clearDraft, leaveDraft, memberDraft, roleDraft } from "../../core/draft.ts";
import type { RoomChange } from "../../core/ports.ts";
import { newRoom, newSession, newUser } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, joining, ROOM, type Stage } from "./stage.ts";

/** Who is in a room as what: each change an event, with its effect in the same step. */
export function membershipRules(stage: Stage): void {
  const { start, join, events, roles } = stage;

  const come = (user: string, more: Parameters<typeof joining>[2] = {}) =>
    stage.store.append(joining(ROOM, user, more));
  const go = (user: UserId, more: { by?: UserId; needs?: Action; ban?: boolean; as?: Role } = {}) =>
    stage.store.append(leaveDraft(randomIds, ROOM, { id: user, name: user }, more));
  const give = (user: UserId, role: Role) =>
    stage.store.append(roleDraft(randomIds, ROOM, { id: user, name: user }, role, ANN));
  const change = (to: RoomChange, by = ANN, needs: Action | null = null) =>
    stage.store.append(changeDraft(randomIds, ROOM, to, by, needs));
  const standing = (user: UserId) => stage.store.standing(ROOM, user);
  const banned = async () => idsOf(await stage.store.banned(ROOM));
  /** Ann and Bob in the room, Eve outside. */
  const startThree = async () => {
    await start();
    await join(EVE);
  };

  test("[ROOM9] members stand in the order in which they came, also within one millisecond", async () => {
    await start();
    const late = ["zed", "abe", "mia"] as UserId[];
    for (const user of late) await stage.store.addUser(newUser(user), newSession(`s-${user}`), []);
    await Promise.all(late.map((user) => come(user)));
    const there = (await stage.store.members(ROOM)).map(({ user }) => user.id);
    expect(there).toEqual([ANN, BOB, ...late]);
  });

  test("[ORD5] coming, going, being sent away and another role are events with their effects", async () => {
    await startThree();
    const told = stage.listen();
    await come(EVE, { by: BOB, role: "reader" });
    expect(await roles()).toEqual({ ann: "member", bob: "member", eve: "reader" });
    await give(EVE, "moderator");
    expect(await standing(EVE)).toEqual({ role: "moderator", banned: false });
    await go(EVE);
    await go(BOB, { by: ANN });
    expect(await roles()).toEqual({ ann: "member" });
    expect(await stage.store.room(ROOM)).toMatchObject({ memberCount: 1, head: { seq: 6 } });
    expect((await events()).slice(2)).toMatchObject([
      { seq: 3, type: "member.joined", by: BOB, user: { id: EVE, name: "eve" }, role: "reader" },
      { seq: 4, type: "member.changed", by: ANN, user: { id: EVE }, role: "moderator" },
      { seq: 5, type: "member.left", by: EVE, user: { id: EVE } },
      { seq: 6, type: "member.removed", by: ANN, user: { id: BOB } },
    ]);
    expect(told.commits.map(({ events, effects }) => [events[0]?.seq, effects])).toEqual([
      [3, [{ kind: "join", user: EVE, role: "reader", invite: null }]],
      [4, [{ kind: "role", user: EVE, role: "moderator" }]],
      [5, [{ kind: "leave", user: EVE, ban: false }]],
      [6, [{ kind: "leave", user: BOB, ban: false }]],
    ]);
  });

  test("[ORD6] what is so already adds no event and tells nobody", async () => {
    await startThree();
    const told = stage.listen();
    for (const same of [
      () => come(ANN),
      () => come(ANN, { role: "owner" }),
      () => give(ANN, "member"),
      () => give(EVE, "owner"),
      () => go(EVE),
      () => go(EVE, { by: ANN }),
    ])
      expect(await same()).toEqual({ kind: "unchanged" });
    expect(await events()).toHaveLength(2);
    expect(told.commits).toEqual([]);
    expect(await roles()).toEqual({ ann: "member", bob: "member" });
  });

  test("[ORD6] of twenty who bring the same person in at once, one does", async () => {
    await startThree();
    const answers = await Promise.all(Array.from({ length: 20 }, () => come(EVE)));
    expect(answers.filter(({ kind }) => kind === "stored")).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === "unchanged")).toHaveLength(19);
    expect(await stage.store.room(ROOM)).toMatchObject({ memberCount: 3, head: { seq: 3 } });
  });

  test("[ROOM8] a room takes no more than its places, when fifty come at once", async () => {
    await start();
    for (const user of [EVE, ...Array.from({ length: 50 }, (_, index) => `u${index}`)])
      await join(user);
    await stage.store.append(changeDraft(randomIds, ROOM, { capacity: 10 }, ANN));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => come(`u${index}`)));
    expect(answers.filter(({ kind }) => kind === "stored")).toHaveLength(8);
    expect(answers.filter((answer) => answer.kind !== "stored")).toEqual(
      Array(42).fill({ kind: "refused", why: "room_full" }),
    );
    expect(await stage.store.members(ROOM)).toHaveLength(10);
    expect(await come(ANN)).toEqual({ kind: "unchanged" });
    await go(BOB);
    expect(await come(EVE)).toMatchObject({ kind: "stored" });
    expect(await come(BOB)).toEqual({ kind: "refused", why: "room_full" });
  });

  test("[ROOM14] a room is not made smaller than its members are many, not even in the next step", async () => {
    await startThree();
    const crowded = { kind: "refused", why: "crowded" };
    const answers = await Promise.all([
      come(EVE),
      change({ capacity: 2 }),
      change({ capacity: 3 }),
    ]);
    expect(answers).toMatchObject([{ kind: "stored" }, crowded, { kind: "stored" }]);
    expect(await stage.store.room(ROOM)).toMatchObject({ capacity: 3, memberCount: 3 });
    expect(await change({ capacity: null })).toMatchObject({ kind: "stored" });
  });

  test("[ROOM8] who leaves and comes back is a member anew", async () => {
    await start();
    await give(BOB, "moderator");
    await go(BOB);
    expect(await standing(BOB)).toEqual({ role: null, banned: false });
    await come(BOB);
    expect(await standing(BOB)).toEqual({ role: "member", banned: false });
    expect(idsOf((await stage.store.members(ROOM)).map(({ user }) => user))).toEqual([ANN, BOB]);
  });

  test("[ROOM9] a ban sends away and keeps out until it is lifted", async () => {
    await start();
    expect(await go(BOB, { by: ANN, ban: true })).toMatchObject({ kind: "stored" });
    expect(await standing(BOB)).toEqual({ role: null, banned: true });
    expect(await banned()).toEqual([BOB]);
    for (const by of [BOB, ANN])
      expect(await come(BOB, { by })).toEqual({ kind: "refused", why: "banned" });
    expect((await events()).at(-1)).toMatchObject({ seq: 3, type: "member.removed" });
    expect(await stage.store.unban(ROOM, BOB, ANN)).toBe(false);
    expect(await banned()).toEqual([BOB]);
    await give(ANN, "owner");
    expect(await stage.store.unban(ROOM, BOB, ANN)).toBe(true);
    expect(await stage.store.unban(ROOM, BOB, ANN)).toBe(true);
    expect(await banned()).toEqual([]);
    expect(await standing(BOB)).toEqual({ role: null, banned: false });
    expect(await come(BOB)).toMatchObject({ kind: "stored" });
  });

  test("[ROOM9] a ban of somebody outside is no event, and is told all the same", async () => {
    await startThree();
    const told = stage.listen();
    expect(await go(EVE, { by: ANN, ban: true })).toEqual({ kind: "unchanged" });
    expect(await standing(EVE)).toEqual({ role: null, banned: true });
    expect(await banned()).toEqual([EVE]);
    expect(await come(EVE)).toEqual({ kind: "refused", why: "banned" });
    expect(told.commits).toMatchObject([
      { room: ROOM, events: [], effects: [{ kind: "leave", user: EVE, ban: true }] },
    ]);
    expect(await events()).toHaveLength(2);
  });

  test("[ROOM9] a ban of the only owner is refused, bans nobody and is told to nobody", async () => {
    await start();
    await give(ANN, "owner");
    const told = stage.listen();
    expect(await go(ANN, { by: BOB, ban: true })).toMatchObject({ kind: "refused" });
    expect(await standing(ANN)).toEqual({ role: "owner", banned: false });
    expect(await banned()).toEqual([]);
    expect(told.commits).toEqual([]);
  });

  test("[ROOM9] a ban counts in its room alone", async () => {
    await start();
    await stage.store.addRoom(newRoom("other"));
    await go(BOB, { by: ANN, ban: true });
    expect(await stage.store.standing("other" as RoomId, BOB)).toEqual({
      role: null,
      banned: false,
    });
    expect(await stage.store.append(joining("other", BOB))).toMatchObject({ kind: "stored" });
  });

  test("[ROOM9] what somebody must be allowed to is asked when it is stored, in its order", async () => {
    await startThree();
    await give(ANN, "owner");
    await give(BOB, "moderator");
    await come(EVE);
    const notAllowed = { kind: "refused", why: "not_allowed" };
    const told = stage.listen();
    const answers = await Promise.all([
      give(BOB, "reader"),
      go(EVE, { by: BOB, needs: "moderate" }),
      go(EVE, { by: BOB, needs: "moderate", ban: true }),
      come("zoe", { by: BOB, needs: "add" }),
      change({ topic: "by nobody" }, BOB, "change"),
      give(BOB, "moderator"),
      give(EVE, "moderator"),
      go(EVE, { by: BOB, needs: "moderate" }),
      change({ topic: "by Ann" }, ANN, "change"),
    ]);
    expect(answers.map((answer) => (answer.kind === "refused" ? answer : answer.kind))).toEqual([
      "stored",
      ...Array(4).fill(notAllowed),
      "stored",
      "stored",
      // Now she is their like.
      notAllowed,
      "stored",
    ] as never);
    expect(told.commits.flatMap(({ effects }) => effects)).toHaveLength(4);
    expect(await banned()).toEqual([]);
    expect(await roles()).toEqual({ ann: "owner", bob: "moderator", eve: "moderator" });
    expect(await stage.store.room(ROOM)).toMatchObject({ topic: "by Ann", memberCount: 3 });
  });

  test("[ACC5] what somebody says who leaves at that moment stands before their going, or nowhere", async () => {
    await start();
    const [, left, late] = await Promise.all([
      stage.post("before", { by: BOB }),
      go(BOB),
      stage.post("after", { by: BOB }),
    ]);
    const log = await events();
    expect([left.kind, log.at(-1)?.["type"]]).toEqual(["stored", "member.left"]);
    expect(log.some(({ text }) => text === "after")).toBe(late.kind === "stored");
  });

  test("[ROOM9] no mute is undone by going and coming, in whatever order they are stored", async () => {
    await startThree();
    await give(ANN, "owner");
    const person = { id: EVE, name: EVE };
    const comes = (more: Parameters<typeof memberDraft>[3]) =>
      stage.store.append(memberDraft(randomIds, ROOM, person, more));
    await comes({});
    expect(await roles()).toEqual({ ann: "owner", bob: "member", eve: "member" });
    for (const more of [{ by: BOB, needs: "add" }, { needs: "join" }, {}] as const) {
      await give(EVE, "member");
      const answers = await Promise.all([give(EVE, "reader"), go(EVE), comes(more), comes(more)]);
      expect(answers.map(({ kind }) => kind)).toEqual(["stored", "stored", "stored", "unchanged"]);
      expect(await roles()).toEqual({ ann: "owner", bob: "member", eve: "reader" });
    }
    await Promise.all([go(EVE), comes({ by: ANN, needs: "add" })]);
    expect(await roles()).toEqual({ ann: "owner", bob: "member", eve: "member" });
  });

  test("[ROOM9] no mute of somebody who is out is undone by clearing the history, or by trimming it", async () => {
    await startThree();
    await give(ANN, "owner");
    const comes = () =>
      stage.store.append(memberDraft(randomIds, ROOM, { id: EVE, name: EVE }, { needs: "join" }));
    const clear = () => stage.store.append(clearDraft(randomIds, ROOM, ANN));
    await comes();
    await give(EVE, "reader");
    for (const erase of [
      clear,
      async () => stage.store.trim(ROOM, (await stage.head()).seq),
      // All in one step, or one after the other.
      async () => Promise.all([clear(), comes()]),
      async () => Promise.all([go(EVE), clear(), comes(), go(EVE)]),
    ]) {
      await go(EVE);
      await erase();
      await comes();
      expect((await roles())["eve"]).toBe("reader");
    }
    await give(EVE, "member");
    await go(EVE);
    await clear();
    await comes();
    expect((await roles())["eve"]).toBe("member");
  });

  test("[ROOM13] nobody joins once a room is archived, not even in the next step", async () => {
    await startThree();
    const answers = await Promise.all([change({ archived: true }), come(EVE), come(ANN)]);
    expect(answers).toMatchObject([
      { kind: "stored" },
      { kind: "refused", why: "archived" },
      { kind: "unchanged" },
    ]);
    const zoe = newUser("zoe");
    expect(await stage.store.addUser(zoe, newSession("s-zoe"), [joining(ROOM, "zoe")])).toEqual({
      kind: "refused",
      why: "archived",
    });
    expect(await stage.store.users(["zoe"])).toEqual([]);
    await change({ archived: false });
    expect(await come(EVE)).toMatchObject({ kind: "stored" });
  });

  test("[ROOM9] of a ban and a coming at once, the ban is what stays", async () => {
    await startThree();
    await Promise.all([come(EVE), go(EVE, { by: ANN, ban: true }), come(EVE)]);
    expect(await standing(EVE)).toEqual({ role: null, banned: true });
    expect((await events()).slice(2).map(({ type }) => type)).toEqual([
      "member.joined",
      "member.removed",
    ]);
  });
}
