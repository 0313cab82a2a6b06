import { expect, test } from "bun:test";
import { mutate } from "./mutate.ts";

/** Each so manieth; `proof/access/main.ts --long` tries all. */
const STRIDE = 12;

test("[ACC4] a small change to who may do what is noticed, wherever it is", async () => {
  const { all, killed, survived, equivalent } = await mutate((_, index) => index % STRIDE === 0);
  expect(survived).toEqual([]);
  expect(killed + equivalent.length).toBe(all);
  expect(killed).toBeGreaterThan(25);
});

test("tests that ask nothing notice nothing", async () => {
  const asksNothing = 'import { test } from "bun:test";\ntest("nothing", () => {});\n';
  const { killed, survived } = await mutate((_, index) => index < 3, asksNothing);
  expect([killed, survived.length]).toEqual([0, 3]);
});
