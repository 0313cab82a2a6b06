import { expect, test } from "bun:test";
import { siege } from "./siege.ts";

test("[AVL2] [WS2] [SLO3] who never gets on is cut within 15 s, floods pass, and the honest notice neither", async () => {
  const { findings, troubles } = await siege({ long: false, seed: Date.now() });
  expect(troubles).toEqual([]);
  expect(findings.map(({ done, bit }) => bit === done)).toEqual([true]);
});
