import { expect, test } from "bun:test";
import { secondsLeft } from "./countdown.ts";

test("whole seconds, never below none", () => {
  expect(secondsLeft(8000, 0)).toBe(8);
  expect(secondsLeft(8000, 1001)).toBe(7);
  expect(secondsLeft(8000, 7999)).toBe(1);
  expect(secondsLeft(8000, 60_000)).toBe(0);
});
