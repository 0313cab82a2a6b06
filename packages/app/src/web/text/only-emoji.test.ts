import { expect, test } from "bun:test";
import { groups } from "../emoji/data.ts";
import { isOnlyEmoji } from "./only-emoji.ts";

test("one to eight emoji and nothing else are only emoji, whichever they are", () => {
  const all = groups.flatMap(({ emojis }) => emojis.map(({ emoji }) => emoji));
  expect(all.length).toBeGreaterThan(1_000);
  expect(all.filter((emoji) => !isOnlyEmoji(`${emoji} ${emoji}\n`))).toEqual([]);
  expect(isOnlyEmoji("🎉".repeat(8))).toBe(true);
  const others = ["", " ", "1", "#", "hello", "héllo 🎉", "🎉 да", "🎉!", "🎉".repeat(9)];
  expect(others.filter(isOnlyEmoji)).toEqual([]);
});
