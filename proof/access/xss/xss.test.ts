import { expect, setDefaultTimeout, test } from "bun:test";
import { xss } from "./xss.ts";

// A browser on a busy machine is slow.
setDefaultTimeout(120_000);

test("[AVL2] [PAGE4] what would be a script is shown as text in every field, and runs nowhere", async () => {
  const { finding, troubles } = await xss({ long: false });
  expect(troubles).toEqual([]);
  expect(finding.bit).toBeGreaterThan(3);
});
