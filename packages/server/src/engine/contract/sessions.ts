import { expect, test } from "bun:test";
import type { RoomId, SessionId } from "@snug/protocol";
import { newSession } from "../../fixtures.ts";
import { ANN, BOB, DAY, idsOf, ROOM, type Candidate, type Stage } from "./stage.ts";

/** What signs people and programs in. */
export function sessionRules(stage: Stage, candidate: Candidate): void {
  const { clock, start, reopen } = stage;

  const add = (id: string, more: Parameters<typeof newSession>[1] = {}) =>
    stage.store.addSession(ANN, newSession(id, { createdAt: clock.now(), ...more }));
  const token = (id: string, more: Parameters<typeof newSession>[1] = {}) =>
    add(id, { kind: "token", scope: { room: null, can: "post" }, ...more });

  test("[AUTH2] a session is found by the hash of its token, until nobody used it for 90 days", async () => {
    const store = await start();
    expect(await store.session("h-ann")).toEqual({
      id: "s-ann" as SessionId,
      user: { id: ANN, name: "ann", guest: true },
      admin: false,
      scope: null,
      expiresAt: null,
    });
    expect(await store.session("h-nobody")).toBeNull();
    clock.step(89 * DAY);
    expect(await store.session("h-ann")).not.toBeNull();
    await store.probe(); // a use is written behind, with the next commit
    clock.step(89 * DAY);
    // Used on the 89th day, so it lives on; the other was not.
    expect(await store.session("h-ann")).not.toBeNull();
    expect(await store.session("h-bob")).toBeNull();
    expect(await store.sessions(BOB, "device")).toEqual([]);
  });

  test("[AUTH8] ends a user's own session, says so to every listener, and no other's", async () => {
    const store = await start();
    const told = stage.listen();
    expect(await store.endSession(BOB, "s-ann", "device")).toBe(false);
    expect(told.sessions).toEqual([]);
    expect(await store.endSession(ANN, "s-ann", "device")).toBe(true);
    expect(told.sessions).toEqual(["s-ann"]);
    expect(await store.session("h-ann")).toBeNull();
    expect(await store.endSession(ANN, "s-ann", "device")).toBe(false);
  });

  test("[AUTH8] [AUTH13] a token is ended as one, and a device as one", async () => {
    const store = await start();
    await token("t");
    const told = stage.listen();
    expect(await store.endSession(ANN, "t", "device")).toBe(false);
    expect(await store.endSession(ANN, "s-ann", "token")).toBe(false);
    expect(await store.endSession(BOB, "t", "token")).toBe(false);
    expect(told.sessions).toEqual([]);
    expect(await store.endSession(ANN, "t", "token")).toBe(true);
    expect(told.sessions).toEqual(["t"]);
    expect(await store.session("h-t")).toBeNull();
    expect(await store.session("h-ann")).not.toBeNull();
  });

  test("[AUTH7] lists devices and tokens apart, oldest first", async () => {
    const store = await start();
    await token("t1", { createdAt: clock.now() + 1 });
    await add("d2", { createdAt: clock.now() + 2, device: "phone" });
    await token("t2", { createdAt: clock.now() + 3, scope: { room: ROOM, can: "read" } });
    expect(await store.sessions(ANN, "device")).toMatchObject([
      { id: "s-ann", scope: null, expiresAt: null },
      { id: "d2", device: "phone" },
    ]);
    expect(await store.sessions(ANN, "token")).toMatchObject([
      { id: "t1", scope: { room: null, can: "post" } },
      { id: "t2", scope: { room: ROOM, can: "read" } },
    ]);
    expect(await store.sessions(BOB, "token")).toEqual([]);
  });

  test("[AUTH13] a token keeps its scope, lies idle as long as it likes, and ends with its time", async () => {
    const store = await start();
    const expiresAt = clock.now() + 200 * DAY;
    const scope = { room: ROOM, can: "read" } as const;
    await token("t", { scope, expiresAt });
    clock.step(199 * DAY);
    expect(await store.session("h-t")).toMatchObject({ id: "t", scope, expiresAt });
    expect(idsOf(await store.sessions(ANN, "token"))).toEqual(["t"]);
    clock.step(DAY);
    expect(await store.session("h-t")).toBeNull();
    expect(await store.sessions(ANN, "token")).toEqual([]);
  });

  test("[AUTH12] all devices but one end together, tokens stay, and listeners are told", async () => {
    const store = await start();
    for (const id of ["d1", "d2"]) await add(id);
    await token("t");
    const told = stage.listen();
    await store.endSessions(ANN, "d1" as SessionId);
    expect(told.sessions.toSorted()).toEqual(["d2", "s-ann"]);
    expect(idsOf(await store.sessions(ANN, "device"))).toEqual(["d1"]);
    expect(await store.session("h-t")).not.toBeNull();
    expect(await store.session("h-bob")).not.toBeNull();
    await store.endSessions(ANN, null);
    expect(await store.sessions(ANN, "device")).toEqual([]);
  });

  test("[EPH1] tokens for a room that is destroyed end with it, and no others", async () => {
    const store = await start([ROOM, "other"]);
    await token("here", { scope: { room: ROOM, can: "post" } });
    await token("there", { scope: { room: "other" as RoomId, can: "post" } });
    await token("all");
    const told = stage.listen();
    await store.destroyRoom(ROOM);
    expect(told.sessions).toEqual(["here"]);
    expect(await store.session("h-here")).toBeNull();
    expect(idsOf(await store.sessions(ANN, "token")).toSorted()).toEqual(["all", "there"]);
  });

  if (candidate.reopen === null) return;

  test("[AUTH2] sessions and tokens are there after a restart", async () => {
    const store = await start();
    await token("t", { scope: { room: ROOM, can: "read" }, expiresAt: clock.now() + DAY });
    const before = [await store.session("h-ann"), await store.session("h-t")];
    const again = await reopen();
    expect([await again.session("h-ann"), await again.session("h-t")]).toEqual(before);
  });
}
