import { expect, test } from "bun:test";
import { siege } from "./siege.ts";

test("[AVL2] [WS2] [SLO3] who never gets on is cut within 15 s, floods pass, and the honest are served as ever", async () => {
  const seed = Date.now() % 2 ** 32;
  const { findings, troubles } = await siege({ long: false, seed });
  expect({ seed, troubles }).toEqual({ seed, troubles: [] });
  expect(findings.map(({ done, bit }) => bit === done)).toEqual([true]);
});
