import { afterEach, expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ends } from "./core/ends.ts";
import type { Clock } from "./core/ports.ts";
import { openMemory } from "./engine/memory/engine.ts";
import { newRoom } from "./fixtures.ts";
import { ManualClock } from "./manual-clock.ts";
import { systemClock } from "./clock.ts";
import { startTestServer } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "snug-ends-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("[EPH1] rooms end at their time, each at its own, however far ahead, and what failed is tried again", async () => {
  const manual = new ManualClock();
  let set = 0;
  const clock: Clock = {
    now: () => manual.now() + set,
    elapsed: manual.elapsed,
    after: (ms, callback) => manual.after(ms, callback),
    soon: (callback) => manual.soon(callback),
  };
  const { store } = openMemory({ clock });
  const start = clock.now();
  const days = 24 * 60 * 60 * 1_000;
  for (const [id, wait] of [
    ["soon", 600_000],
    ["later", 600_500],
    ["far", 29 * days],
  ] as const)
    await store.addRoom(newRoom(id, { kind: "ephemeral", expiresAt: start + wait }));
  let away = false;
  const faults: unknown[] = [];
  const destroyed: [string, number][] = [];
  const ends = new Ends(
    {
      expiring: () => store.expiring(),
      destroyRoom: async (room: RoomId) => {
        if (away) throw new Error("away");
        destroyed.push([room, clock.now() - start]);
        return store.destroyRoom(room);
      },
    },
    clock,
    (fault) => faults.push(fault),
  );
  const pass = async (ms: number) => {
    manual.advance(ms);
    // What a timer began is done when the loop has turned.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  await ends.look();
  await pass(599_999);
  expect(destroyed).toEqual([]);
  await pass(1);
  expect(destroyed).toEqual([["soon", 600_000]]);
  away = true;
  await pass(500);
  expect([destroyed.length, faults.length]).toEqual([1, 1]);
  away = false;
  await pass(1_000);
  expect(destroyed.at(-1)).toEqual(["later", 601_500]);
  for (let day = 0; day < 2; day++) await pass(days);
  expect(destroyed.at(-1)?.[0]).toBe("later");
  // The machine slept, or its clock was wrong until now: no timer knows of it.
  set = 27 * days;
  await pass(1_000);
  expect(destroyed.at(-1)?.[0]).toBe("far");
  expect(await store.expiring()).toEqual([]);
  ends.close();
  expect(manual.pending).toBe(0);
});

test("[EPH1] once it is closed, no room is ended any more, not even by a look that was under way", async () => {
  const clock = new ManualClock();
  const { store } = openMemory({ clock });
  for (const id of ["one", "two", "three"])
    await store.addRoom(newRoom(id, { kind: "ephemeral", expiresAt: clock.now() }));
  const faults: unknown[] = [];
  const destroyed: string[] = [];
  const ends: Ends = new Ends(
    {
      expiring: () => store.expiring(),
      async destroyRoom(room) {
        destroyed.push(room);
        ends.close();
        return store.destroyRoom(room);
      },
    },
    clock,
    (fault) => faults.push(fault),
  );
  await ends.look();
  await ends.look();
  expect([destroyed.length, faults, clock.pending]).toEqual([1, [], 0]);
});

test("[EPH1] [EPH2] [EPH3] a room whose time came while the server was away is gone when it is back, word for word", async () => {
  let ahead = 0;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  const first = await startTestServer({ folder, clock });
  const ada = await first.guest("Ada");
  const room = await ada.room("ephemeral", { ttl: 60 });
  const words = `burn after reading ${crypto.randomUUID()}`;
  await ada.post(words, undefined, room);
  await first.close({ keep: true });
  const holds = () =>
    readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(words));
  expect(holds()).toBe(true);

  ahead = 61_000;
  const second = await startTestServer({ folder, clock });
  try {
    const headers = { authorization: ada.authorization };
    const answer = await second.fetch(`/v1/rooms/${room}`, { headers });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      410,
      "room_gone",
    ]);
    const latest = performance.now() + 2_000;
    while (holds() && performance.now() < latest) await Bun.sleep(20);
    expect(holds()).toBe(false);
  } finally {
    await second.close({ keep: true });
  }
  expect(holds()).toBe(false);
});
