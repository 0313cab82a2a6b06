import { expect, test } from "bun:test";
import type { Cursor, RoomId } from "@snug/protocol";
import type { Slice } from "../core/ports.ts";
import { Histories } from "./histories.ts";

const most = { events: 300, bytes: 1_000 };
const at = (seq: number): Cursor => ({ epoch: "ep", seq, id: `m${seq}` });

/** The turns of a loop, one at a time. */
class Turns {
  #next: (() => void)[] = [];
  soon = (callback: () => void) => void this.#next.push(callback);

  turn(): void {
    const due = this.#next;
    this.#next = [];
    for (const callback of due) callback();
  }
}

function start() {
  const clock = new Turns();
  const reads: string[] = [];
  let head = 0;
  const store = {
    read: async (room: RoomId, after: Cursor | null): Promise<Slice> => {
      reads.push(`${room} ${after?.seq}`);
      const place = { seq: head, id: `m${head}` };
      const events = [{ ...place, json: "{}" }];
      return { epoch: "ep", from: at(head - 1), gap: null, events, head: place };
    },
  };
  const histories = new Histories(store, clock);
  const ask = (room: string, seq: number, limit = most) =>
    histories.read(room as RoomId, at(seq), limit);
  return { clock, reads, ask, commit: () => head++ };
}

test("[AVL2] a few are read at once, many leave turns to everybody else, and all are read", async () => {
  const { clock, reads, ask } = start();
  const all = Array.from({ length: 50 }, (_, index) => ask(`room${index}`, 1));
  const counts = [reads.length];
  for (let turn = 0; turn < 4; turn++) {
    clock.turn();
    counts.push(reads.length);
  }
  expect(counts).toEqual([16, 32, 48, 50, 50]);
  await Promise.all(all);
  // Nothing is left that would make the next one wait.
  void ask("late", 1);
  expect(reads.at(-1)).toBe("late 1");
});

test("[AVL2] [RES10] who waits for the same place shares a read, which is none of before they asked", async () => {
  const { clock, reads, ask, commit } = start();
  for (let index = 0; index < 16; index++) void ask("busy", index);
  const first = ask("room", 1);
  commit();
  const [second, other] = [ask("room", 1), ask("room", 2)];
  clock.turn();
  const late = ask("room", 1);
  commit();
  clock.turn();
  expect(reads.slice(16)).toEqual(["room 1", "room 2", "room 1"]);
  expect((await first).head.seq).toBe(1);
  expect((await second).head.seq).toBe(1);
  // And what it is encoded to.
  expect((await second).batch).toBe((await first).batch);
  expect((await other).head.seq).toBe(1);
  expect((await late).head.seq).toBe(1);
});

test("[RES7] [RES9] who takes more at once shares no read with who takes less", async () => {
  const { clock, reads, ask } = start();
  for (let index = 0; index < 16; index++) void ask("busy", index);
  for (const events of [200, 300]) void ask("room", 1, { ...most, events });
  clock.turn();
  expect(reads.slice(16)).toEqual(["room 1", "room 1"]);
});

test("[AVL3] a read that fails fails for all who shared it, and for nobody after them", async () => {
  const clock = new Turns();
  let isAway = true;
  const slice = { epoch: "ep", from: at(0), gap: null, events: [], head: at(0) };
  const store = {
    read: async () => {
      if (isAway) throw new Error("away");
      return slice;
    },
  };
  const histories = new Histories(store, clock);
  const ask = (room: string) =>
    histories.read(room as RoomId, at(1), most).then(
      () => "read",
      () => "failed",
    );
  const busy = Array.from({ length: 16 }, () => ask("busy"));
  const both = [ask("room"), ask("room")];
  clock.turn();
  expect(await Promise.all([...busy, ...both])).toEqual(Array<string>(18).fill("failed"));
  isAway = false;
  expect(await ask("room")).toBe("read");
});
