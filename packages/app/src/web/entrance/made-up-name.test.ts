import { expect, test } from "bun:test";
import { madeUpName } from "./made-up-name.ts";

test("a made-up name is two words, and others come by chance", () => {
  expect(madeUpName(() => 0)).toBe("Quiet Heron");
  expect(madeUpName(() => 0.999)).toBe("Wandering Thrush");
  expect(new Set(Array.from({ length: 100 }, () => madeUpName())).size).toBeGreaterThan(30);
});
