import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, Impossible, strike } from "./fault.ts";
import { faults } from "./faults.ts";

const SEED = 7;
/** The promises that each puts to the test. */
const RULES: Record<string, string> = {
  kill: "[DUR1] [DUR2] [IDM1] [IDM4] [RES1]",
  power: "[DUR1] [DUR3] [ORD1]",
  flip: "[AVL4]",
  acks: "[IDM1] [IDM3] [IDM4] [ORD3]",
  chaos: "[RES1] [RES2] [RES10] [IDM1]",
  disk: "[AVL3]",
  slow: "[SLO1] [SLO2] [SLO3]",
  drain: "[OPS5] [DUR1] [RES1]",
  duplicates: "[IDM1] [IDM2] [IDM3] [IDM4]",
  resume: "[RES1] [RES2] [RES4] [RES5] [RES11]",
  storm: "[AVL2] [RES1]",
  fsync: "[DUR1] [DUR3]",
  clock: "[ORD1] [IDM4]",
};

const folder = mkdtempSync(join(tmpdir(), "snug-processes-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const setting = (name: string) => ({
  long: false,
  seed: SEED,
  folder: mkdtempSync(join(folder, `${name}-`)),
});

describe("what may happen to a real server", () => {
  for (const fault of faults) {
    test(`${RULES[fault.name]} ${fault.what}`, async () => {
      const finding = await strike(fault, setting(fault.name));
      // The line is taken off what passed; see scripts/test.mjs.
      if (finding.result === "impossible here")
        console.log(`impossible here: ${fault.name}: ${finding.note}`);
      else expect(finding).toMatchObject({ result: "kept", bit: finding.done });
      expect(finding.result, finding.note).not.toBe("broken");
    });
  }
});

describe("a fault", () => {
  const outcome = { done: 2, bit: 2, lost: 0, differences: [], note: "as it should be" };
  const found = (of: Partial<Awaited<ReturnType<Fault["strike"]>>>) =>
    strike(
      { name: "x", what: "something", strike: async () => ({ ...outcome, ...of }) },
      setting("x"),
    );

  test("that bit and changed nothing is kept, with its median and longest time to heal", async () => {
    expect(await found({ heals: [3, 1.2, 9] })).toEqual({
      part: "processes",
      fault: "something",
      done: 2,
      bit: 2,
      lost: 0,
      heal: { median: 3, max: 9 },
      result: "kept",
      note: "as it should be",
    });
  });

  test("that did not bite is broken, for it proves nothing", async () => {
    expect(await found({ bit: 1 })).toMatchObject({
      result: "broken",
      note: "it bit 1 times of 2 (seed 7; as it should be)",
    });
  });

  test("after which something differs is broken", async () => {
    expect(await found({ differences: ["one is lost"] })).toMatchObject({
      result: "broken",
      note: "one is lost (seed 7; as it should be)",
    });
  });

  test("that breaks off is broken, and says why", async () => {
    const strikes = () => Promise.reject(new Error("no server"));
    expect(await strike({ name: "x", what: "y", strike: strikes }, setting("x"))).toMatchObject({
      result: "broken",
      note: "Error: no server",
    });
  });

  test("that cannot be had here is never called kept", async () => {
    const strikes = () => Promise.reject(new Impossible("there is no disk"));
    expect(await strike({ name: "x", what: "y", strike: strikes }, setting("x"))).toMatchObject({
      result: "impossible here",
      note: "there is no disk",
      bit: 0,
    });
  });
});
