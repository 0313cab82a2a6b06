import { expect, test } from "bun:test";
import { clockTime, sinceWhen } from "./when.ts";

test("a time is said shorter the nearer it is", () => {
  const now = new Date(2026, 10, 26, 17, 5).getTime();
  const today = new Date(2026, 10, 26, 0, 1).getTime();
  const yesterday = new Date(2026, 10, 25, 23, 59).getTime();
  const lastYear = new Date(2025, 10, 26, 17, 5).getTime();
  expect(sinceWhen(today, now)).toBe(clockTime(today));
  expect(sinceWhen(yesterday, now)).toMatch(/25/);
  expect(sinceWhen(yesterday, now)).not.toMatch(/2026|:/);
  expect(sinceWhen(lastYear, now)).toMatch(/2025/);
});
