import { expect, test } from "bun:test";
import { initialOf, TINTS, tintOf } from "./face.ts";

test("the same id has the same tint, and different ids spread", () => {
  expect(tintOf("u_1")).toBe(tintOf("u_1"));
  const tints = new Set(Array.from({ length: 200 }, (_, index) => tintOf(`u_${index}`)));
  expect(tints.size).toBe(TINTS);
});

test("the initial is the first letter, digit or picture", () => {
  expect(initialOf("ada")).toBe("A");
  expect(initialOf("  (tom)")).toBe("T");
  expect(initialOf("雪 Yuki")).toBe("雪");
  expect(initialOf("🦊")).toBe("🦊");
  expect(initialOf("Z\u0335\u0321")).toBe("Z");
  expect(initialOf("---")).toBe("·");
});
