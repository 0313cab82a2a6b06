import { expect, test } from "bun:test";
import { decoders } from "./decoders.ts";

test("[AVL1] [AVL2] 50,000 inputs: no decoder throws, takes long, or takes what it should not", async () => {
  const { findings, troubles } = await decoders({ long: false, seed: Date.now() });
  expect(troubles).toEqual([]);
  expect(findings[0]?.bit).toBeGreaterThan(10_000);
});
