import { expect, test } from "bun:test";
import { lengthOf, timeLeft } from "./time-left.ts";

test("the time left is as exact as it matters", () => {
  const cases: [number, string][] = [
    [-5, "0:00"],
    [0, "0:00"],
    [600, "0:01"],
    [59_600, "1:00"],
    [581_000, "9:41"],
    [3_599_000, "59:59"],
    [3_600_000, "1 h 00 min"],
    [11_100_000, "3 h 05 min"],
    [172_800_000, "2 days"],
  ];
  for (const [ms, text] of cases) expect(timeLeft(ms)).toBe(text);
});

test("a length is said in words", () => {
  expect([600, 3_600, 86_400, 60, 1].map(lengthOf)).toEqual([
    "10 minutes",
    "1 hour",
    "1 day",
    "1 minute",
    "1 second",
  ]);
});
