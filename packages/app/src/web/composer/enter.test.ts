import { expect, test } from "bun:test";
import { type Key, sends } from "./enter.ts";

const key = (more: Partial<Key> = {}): Key => ({
  key: "Enter",
  keyCode: 13,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  ...more,
});

test("Enter sends, Shift+Enter breaks the line", () => {
  expect(sends(key(), false)).toBe(true);
  expect(sends(key({ shiftKey: true }), false)).toBe(false);
  expect(sends(key({ key: "a", keyCode: 65 }), false)).toBe(false);
});

test("Enter that ends a composition never sends", () => {
  expect(sends(key({ isComposing: true }), false)).toBe(false);
  expect(sends(key({ keyCode: 229 }), false)).toBe(false);
  expect(sends(key({ keyCode: 229, ctrlKey: true }), false)).toBe(false);
});

test("on touch Enter breaks the line", () => {
  expect(sends(key(), true)).toBe(false);
  expect(sends(key({ ctrlKey: true }), true)).toBe(true);
});
