import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strike } from "../processes/fault.ts";
import { faults } from "./faults.ts";

/** The promises that each puts to the test; the others take too long, and are left to the proof. */
const RULES: Record<string, string> = {
  "kill-2": "[DUR1] [DUR5] [IDM1] [RES1] [OPS17]",
  "redis-kill": "[DUR1] [DUR5] [AVL3]",
  "ears-cut": "[RES10] [ORD2] [OPS17]",
  "ears-stall": "[RES10] [ORD2] [OPS17]",
};

const folder = mkdtempSync(join(tmpdir(), "snug-nodes-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what may happen to several nodes", () => {
  for (const fault of faults.filter(({ name }) => name in RULES)) {
    test(`${RULES[fault.name]} ${fault.what}`, async () => {
      const own = mkdtempSync(join(folder, `${fault.name}-`));
      const finding = await strike(fault, { long: false, seed: 7, folder: own }, "nodes");
      expect(finding, finding.note).toMatchObject({ result: "kept", bit: finding.done, lost: 0 });
    });
  }
});
