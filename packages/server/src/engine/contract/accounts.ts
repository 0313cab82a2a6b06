import { expect, test } from "bun:test";
import type { RoomId, SessionId, UserId } from "@snug/protocol";
import { leaveDraft } from "../../core/draft.ts";
import type { NewAccount } from "../../core/ports.ts";
import { newRoom, newSession, newUser } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { ANN, BOB, EVE, idsOf, joining, ROOM, type Candidate, type Stage } from "./stage.ts";

const account = (username: string, more: Partial<NewAccount> = {}): NewAccount => ({
  username,
  passwordHash: `hash of ${username}`,
  asAdmin: null,
  ...more,
});

/** People: guests, accounts, administrators, and their end. */
export function accountRules(stage: Stage, candidate: Candidate): void {
  const { start, open, join, post, events, log, reopen } = stage;

  const erase = (user: UserId, rooms: readonly string[] = [ROOM]) =>
    stage.store.eraseUser(
      user,
      rooms.map((room) => leaveDraft(randomIds, room as RoomId, { id: user, name: "" })),
    );
  const become = (id: string, called: NewAccount, more: { name?: string; room?: string } = {}) =>
    stage.store.addAccount(
      id as UserId,
      more.name ?? null,
      called,
      newSession(`a-${id}`),
      more.room === undefined ? [] : [joining(more.room, id)],
    );
  const admins = async () => idsOf((await stage.store.allUsers()).filter(({ admin }) => admin));

  test("[AUTH10] a username is there once, in any case, also by race", async () => {
    const store = await start([]);
    const answers = await Promise.all(
      ["Eve.1", "eve.1", "EVE.1", "eVe.1"].map((username, index) =>
        join(`e${index}`, [], account(username)),
      ),
    );
    expect(answers).toEqual([
      { kind: "added", admin: false },
      ...Array<unknown>(3).fill({ kind: "username_taken" }),
    ] as typeof answers);
    expect(idsOf(await store.users(["e0", "e1", "e2", "e3"]))).toEqual(["e0"]);
    expect(await store.session("h-e1")).toBeNull();
    expect(await become(ANN, account("EVE.1"))).toEqual({
      kind: "username_taken",
    });
    expect(await store.account("eve.1")).toEqual({
      user: { id: "e0" as UserId, name: "e0", guest: false, username: "Eve.1" },
      passwordHash: "hash of Eve.1",
    });
    expect(await store.account("eve_1")).toBeNull();
  });

  test("[AUTH10] who cannot get a username joins nothing", async () => {
    await start();
    await join(EVE, [ROOM], account("eve"));
    const told = stage.listen();
    expect(await join("other", [ROOM], account("Eve"))).toEqual({ kind: "username_taken" });
    expect(await stage.roles()).toEqual({ ann: "member", bob: "member", eve: "member" });
    expect(told.commits).toEqual([]);
  });

  test("[AUTH10] who cannot come into a room is nobody, and all that came in are somebody", async () => {
    const store = await start();
    await store.addRoom(newRoom("small", { capacity: 1 }));
    const answers = await Promise.all(
      ["u1", "u2", "u3"].map((id) =>
        store.addUser(newUser(id, { account: account(id) }), newSession(`s-${id}`), [
          joining(ROOM, id),
          joining("small", id),
        ]),
      ),
    );
    const full = { kind: "refused", why: "room_full" };
    expect(answers).toEqual([{ kind: "added", admin: false }, full, full] as typeof answers);
    expect(await stage.roles()).toEqual({ ann: "member", bob: "member", u1: "member" });
    expect(await store.account("u2")).toBeNull();
    expect(await join("u2", [ROOM], account("u2"))).toMatchObject({ kind: "added" });
  });

  test("[AUTH10] a guest becomes an account and keeps id, rooms and history", async () => {
    const store = await start();
    await post("mine", { by: ANN });
    const before = { log: await log(), roles: await stage.roles() };
    const answers = await Promise.all([
      become(ANN, account("ann"), { name: "Ann A." }),
      become(ANN, account("second")),
    ]);
    const user = { id: ANN, name: "Ann A.", guest: false, username: "ann" };
    expect(answers).toEqual([{ kind: "added", admin: false, user }, { kind: "not_guest" }]);
    expect({ log: await log(), roles: await stage.roles() }).toEqual(before);
    expect(await store.users([ANN])).toEqual([user]);
    expect(await store.session("h-a-ann")).toMatchObject({ user });
    expect(await become(BOB, account("bob"))).toMatchObject({ user: { name: "bob" } });
    expect(await become("nobody", account("x"))).toEqual({ kind: "not_guest" });
  });

  test("[AUTH10] with the account its new session begins, its guest's end, tokens too, and it is where its invite leads", async () => {
    const store = await start([ROOM, "other"]);
    await join(EVE, [ROOM]);
    await store.addSession(EVE, newSession("d"));
    await store.addSession(EVE, newSession("t", { kind: "token" }));
    const told = stage.listen();
    expect(await become(EVE, account("eve"), { room: "other" })).toMatchObject({ kind: "added" });
    expect(told.sessions.toSorted()).toEqual(["d", "s-eve", "t"]);
    expect(told.commits.flatMap(({ room, events: all }) => all.map(() => room as string))).toEqual([
      "other",
    ]);
    expect(idsOf(await store.sessions(EVE, "device"))).toEqual(["a-eve"]);
    expect(await store.sessions(EVE, "token")).toEqual([]);
    expect(await stage.roles("other")).toMatchObject({ eve: "member" });
  });

  test("[AUTH10] a guest who cannot come in where they are led stays a guest, with all that is theirs", async () => {
    const store = await start();
    await store.addRoom(newRoom("small", { capacity: 1 }));
    const told = stage.listen();
    const answers = await Promise.all(
      [ANN, BOB].map((id) => become(id, account(id), { name: "New", room: "small" })),
    );
    expect(answers).toEqual([
      expect.objectContaining({ kind: "added" }),
      { kind: "refused", why: "room_full" },
    ]);
    expect(told.sessions).toEqual(["s-ann"]);
    expect(await store.session("h-bob")).toMatchObject({ user: { name: "bob", guest: true } });
    expect(await store.session("h-a-bob")).toBeNull();
    expect(await store.account("bob")).toBeNull();
    expect(await stage.roles("small")).toEqual({ ann: "member" });
  });

  test("[OPS9] the first administrator is exactly one of many at once, and stays the only one", async () => {
    const store = await start();
    const claims = { asAdmin: [] };
    const answers = await Promise.all([
      join("u0", [], account("u0")),
      become(ANN, account("ann", claims)),
      ...Array.from({ length: 10 }, (_, index) =>
        join(`c${index}`, [], account(`c${index}`, claims)),
      ),
      become(BOB, account("bob", claims)),
    ]);
    expect(answers.filter((answer) => "admin" in answer && answer.admin)).toHaveLength(1);
    expect(await admins()).toEqual([ANN]);
    expect(await store.session("h-a-ann")).toMatchObject({ admin: true });
    expect(await store.session("h-c0")).toMatchObject({ admin: false });
    expect(await join("late", [], account("late", claims))).toEqual({
      kind: "added",
      admin: false,
    });
  });

  test("[OPS9] what the first administrator is given comes in the same step, and to nobody else", async () => {
    const store = await start();
    await store.addRoom(newRoom("other"));
    const called = (id: string) =>
      account(id, { asAdmin: [joining("other", id, { role: "owner" })] });
    const told = stage.listen();
    // One alone is administrator, as an account that is new or made of a guest.
    await Promise.all([join("new", [], called("new")), become(ANN, called("ann"))]);
    expect(await admins()).toEqual(["new"]);
    expect(await stage.roles("other")).toEqual({ new: "owner" });
    await erase("new" as UserId, ["other"]);
    expect(await become(BOB, called("bob"))).toMatchObject({ admin: true });
    expect(await stage.roles("other")).toEqual({ bob: "owner" });
    expect(told.commits.flatMap((commit) => commit.events)).toHaveLength(3);
  });

  test("[AUTH12] changes name, avatar and password, and nothing that is not named", async () => {
    const store = await start([]);
    await join(EVE, [], account("eve"));
    const user = { id: EVE, name: "eve", guest: false, username: "eve" };
    expect(await store.changeUser(EVE, {})).toEqual(user);
    expect(await store.changeUser(EVE, { avatar: "🦊" })).toEqual({ ...user, avatar: "🦊" });
    const password = { hash: "new", was: "hash of eve", keeps: "s-eve" as SessionId };
    expect(await store.changeUser(EVE, { name: "Eve", password })).toEqual({
      ...user,
      name: "Eve",
      avatar: "🦊",
    });
    expect(await store.changeUser(EVE, { avatar: "" })).toEqual({ ...user, name: "Eve" });
    expect(await store.passwordHash(EVE)).toBe("new");
    expect(await store.account("EVE")).toMatchObject({ passwordHash: "new" });
    expect(await store.passwordHash(ANN)).toBeNull();
  });

  test("[AUTH12] a new password takes the place of the proven one alone, and ends the other devices with it", async () => {
    const store = await start();
    await join(EVE, [], account("eve"));
    for (const id of ["d1", "d2"]) await store.addSession(EVE, newSession(id));
    await store.addSession(EVE, newSession("t", { kind: "token" }));
    const told = stage.listen();
    const change = (was: string, hash: string) =>
      store.changeUser(EVE, { name: hash, password: { hash, was, keeps: "d1" as SessionId } });
    // Whoever comes later with what was right a moment before is too late, for all of it.
    const [first, ...late] = await Promise.all([
      change("hash of eve", "new"),
      store.addSession(EVE, newSession("late"), "hash of eve"),
      change("hash of eve", "newer"),
    ]);
    expect(first).toMatchObject({ name: "new" });
    expect(late).toEqual([false, null]);
    expect(told.sessions.toSorted()).toEqual(["d2", "s-eve"]);
    expect(await store.users([EVE])).toMatchObject([{ name: "new" }]);
    expect(await store.passwordHash(EVE)).toBe("new");
    expect(idsOf(await store.sessions(EVE, "device"))).toEqual(["d1"]);
    expect(await store.session("h-t")).not.toBeNull();
    expect(await store.addSession(EVE, newSession("in time"), "new")).toBe(true);
    expect(await store.session("h-in time")).not.toBeNull();
    expect(await store.addSession(ANN, newSession("none"), "new")).toBe(false);
    expect(await change("null", "x")).toBeNull();
  });

  test("[HTTP5] finds accounts, and those one shares a room with, by the beginning of their names", async () => {
    const store = await start();
    await store.addRoom(newRoom("far"));
    const people: [string, string, string | null][] = [
      ["u1", "Ärne", null],
      ["u2", "ärger", "x_1"],
      ["u3", "100%", "x%"],
      ["u4", "Zoe", "an.other"],
      ["u5", "a_b", "aXb"],
    ];
    for (const [id, name, username] of people)
      await store.addUser(
        newUser(id, { name, account: username === null ? null : account(username) }),
        newSession(`s-${id}`),
        id === "u1" ? [joining("far", id)] : [],
      );
    const find = async (beginning: string, most = 50) =>
      idsOf(await store.findUsers(ANN, beginning, most));
    expect(await find("är")).toEqual(["u2"]);
    await store.append(joining("far", ANN));
    expect(await find("ÄR")).toEqual(["u2", "u1"]);
    expect(await find("är", 1)).toEqual(["u2"]);
    expect(await find("a_")).toEqual(["u5"]);
    expect(await find("x_")).toEqual(["u2"]);
    expect(await find("x%")).toEqual(["u3"]);
    expect(await find("AXB")).toEqual(["u5"]);
    expect(await find("an")).toEqual([ANN, "u4"]);
    expect(await find("%")).toEqual([]);
    expect(await find("bo")).toEqual([BOB]);
    expect(await find("")).toEqual(["u3", "u5", ANN, BOB, "u4", "u2", "u1"]);
  });

  test("[SRC1] all who have a name are found by it, however many there are, and nobody else", async () => {
    const store = await start();
    const called = async (name: string) => (await store.namesakes(name)).toSorted();
    const add = (id: string, name: string, username?: string) =>
      store.addUser(
        newUser(id, { name, account: username === undefined ? null : account(username) }),
        newSession(`s-${id}`),
        [],
      );
    const ids = Array.from({ length: 600 }, (_, index) => `tea${index}` as UserId).toSorted();
    await Promise.all(ids.map((id, index) => add(id, index % 2 === 0 ? "Téa" : "TÉA")));
    await Promise.all([add("longer", "Téa B."), add("other", "Bo", "Tea"), add("odd", "ＴÉa%")]);
    expect(await called("téa")).toEqual(ids);
    expect(await called("Té")).toEqual([]);
    expect(await called("tea")).toEqual([]);
    expect(await called("téa%")).toEqual(["odd" as UserId]);
    const [first = ANN, second = ANN, ...rest] = ids;
    await store.changeUser(first, { name: "Lea" });
    await erase(second, []);
    expect([await called("téa"), await called("lea"), await called("")]).toEqual([
      rest,
      [first],
      [],
    ]);
  });

  test("[ROOM12] everybody is listed, oldest first", async () => {
    const store = await open();
    for (const [id, createdAt] of [
      ["b", 2],
      ["c", 1],
      ["a", 2],
    ] as const)
      await store.addUser(newUser(id, { createdAt }), newSession(`s-${id}`), []);
    expect(await store.allUsers()).toEqual(
      (["c", "a", "b"] as const).map((id) => ({
        id: id as UserId,
        name: id,
        guest: true,
        admin: false,
        createdAt: id === "c" ? 1 : 2,
      })),
    );
  });

  test("[ORD7] an erased account leaves no name in users, members, logs and events; what was said stays", async () => {
    const store = await start([ROOM, "other"]);
    await join(EVE, [ROOM, "other"], account("eve", { asAdmin: [] }));
    await store.changeUser(EVE, { avatar: "E" });
    const said = await post("I was here", { by: EVE });
    await store.append(leaveDraft(randomIds, ROOM, { id: EVE, name: "eve" }, { by: ANN }));
    await store.append(joining(ROOM, EVE, { by: ANN, role: "reader" }));
    await post("by another", { by: ANN });
    const before = await events();
    const told = stage.listen();

    await erase(EVE, [ROOM, "other"]);
    expect(told.erased).toEqual([EVE]);
    expect(await store.session("h-eve")).toBeNull();
    expect(await store.users([EVE])).toMatchObject([{ id: EVE, name: "" }]);
    expect((await store.users([EVE]))[0]).not.toContainAnyKeys(["username", "avatar"]);
    expect(await store.account("eve")).toBeNull();
    expect(await store.passwordHash(EVE)).toBeNull();
    expect(idsOf(await store.allUsers())).toEqual([ANN, BOB]);
    expect(await store.findUsers(ANN, "", 50)).toHaveLength(2);
    expect(await stage.roles()).toEqual({ ann: "member", bob: "member" });
    expect(await admins()).toEqual([]);

    const after = await events();
    const nameless = before.map((event) =>
      event.user?.id === EVE ? { ...event, user: { id: EVE, name: "" } } : event,
    );
    expect(after.slice(0, -1)).toEqual(nameless);
    expect(after.at(-1)).toMatchObject({ type: "member.left", user: { id: EVE, name: "" } });
    expect(await log()).toContainEqual(
      expect.objectContaining({ json: (said as never)["event"]["json"] }),
    );
    expect(JSON.stringify([await log("other"), told.commits])).not.toContain('"eve"}');
    expect(await join("next", [], account("Eve"))).toMatchObject({ kind: "added" });
  });

  test("[ORD7] nothing that was under way brings an erased account back", async () => {
    const store = await start();
    await join(EVE, [], account("eve"));
    await erase(EVE);
    await erase(ANN);
    expect(await store.changeUser(EVE, { name: "Eve" })).toMatchObject({ name: "" });
    const password = { hash: "x", was: "hash of eve", keeps: "s-eve" as SessionId };
    expect(await store.changeUser(EVE, { password })).toBeNull();
    expect(await store.passwordHash(EVE)).toBeNull();
    expect(await store.addSession(EVE, newSession("late"))).toBe(false);
    expect(await store.session("h-late")).toBeNull();
    expect(await store.sessions(EVE, "device")).toEqual([]);
    expect(await store.append(joining(ROOM, EVE))).toEqual({ kind: "refused", why: "user_gone" });
    expect(await become(ANN, account("ann"), { name: "Ann" })).toEqual({ kind: "not_guest" });
    expect(await stage.roles()).toEqual({ bob: "member" });
  });

  if (candidate.reopen === null) return;

  test("[AUTH10] [ORD7] accounts and erasures are there after a restart", async () => {
    const store = await start();
    await join(EVE, [ROOM], account("eve", { asAdmin: [] }));
    await store.changeUser(EVE, { avatar: "E", name: "Eve" });
    await erase(BOB);
    const before = [await store.allUsers(), await store.account("eve"), await log()] as unknown;
    const again = await reopen();
    expect([await again.allUsers(), await again.account("EVE"), await log()] as unknown).toEqual(
      before,
    );
    expect(await again.users([BOB])).toMatchObject([{ name: "" }]);
    expect(await again.session("h-bob")).toBeNull();
  });
}
