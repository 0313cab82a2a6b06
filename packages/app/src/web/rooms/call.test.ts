import { expect, test } from "bun:test";
import { badgeText, callBy } from "./call.ts";

test("a mention, a message or a thread marks a room, and only what is meant for one is counted", () => {
  const nothing = { unread: 0, mentions: 0, threads: 0 };
  expect(callBy(nothing)).toEqual({ unread: false, count: 0 });
  expect(callBy({ ...nothing, unread: 3 })).toEqual({ unread: true, count: 0 });
  expect(callBy({ ...nothing, mentions: 2 })).toEqual({ unread: true, count: 2 });
  expect(callBy({ ...nothing, threads: 1 })).toEqual({ unread: true, count: 0 });
  expect(["1", "99", "99+"]).toEqual([1, 99, 100].map(badgeText));
});
