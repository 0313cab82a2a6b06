import { expect, test } from "bun:test";
import { doors } from "./doors.ts";

test("[AVL1] [AVL2] [DUR1] no bytes at any door stop the process, cost memory or disturb the honest", async () => {
  const seed = Date.now() % 2 ** 32;
  const { findings, troubles } = await doors({ long: false, seed });
  expect({ seed, troubles }).toEqual({ seed, troubles: [] });
  const [{ sent = 0, acknowledged, bit, done } = { bit: 0, done: 0 }] = findings;
  expect(sent).toBeGreaterThan(0);
  expect(acknowledged).toBe(sent);
  // Most of it must be wrong, or nothing is proved.
  expect(bit).toBeGreaterThan(done / 2);
});
