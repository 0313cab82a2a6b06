import { expect, test } from "bun:test";
import { CLAMP_LINES, mayBeCut } from "./height.ts";

test("short texts are never asked for their height", () => {
  expect(mayBeCut("hello")).toBe(false);
  expect(mayBeCut("a\nb\nc")).toBe(false);
});

test("long ones, and ones of many lines, are", () => {
  expect(mayBeCut("x".repeat(2000))).toBe(true);
  expect(mayBeCut("\n".repeat(CLAMP_LINES))).toBe(true);
  expect(mayBeCut("```a```\n".repeat(5))).toBe(true);
});
