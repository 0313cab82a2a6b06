import { expect, test } from "bun:test";
import { drift } from "./drift.ts";

test("[ACC4] [ACC5] [ACC2] [ACC3] whatever people do to rooms and each other, every door answers as the table says", async () => {
  const seed = Date.now() % 2 ** 32;
  const { finding, troubles } = await drift(2, seed);
  expect({ seed, troubles }).toEqual({ seed, troubles: [] });
  expect(finding.bit).toBeGreaterThan(20);
});
