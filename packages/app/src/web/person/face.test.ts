import { expect, test } from "bun:test";
import { faceOf, initialOf, TINTS, tintOf } from "./face.ts";

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

test("a chosen picture stands in the initial's place, cut to what fits", () => {
  expect(faceOf("Ada", undefined)).toBe("A");
  expect(faceOf("Ada", "  ")).toBe("A");
  expect(faceOf("Ada", "🪴")).toBe("🪴");
  expect(faceOf("Ada", "👩‍👩‍👧‍👦")).toBe("👩‍👩‍👧‍👦");
  expect(faceOf("Ada", "ALOVE")).toBe("ALO");
});
