import { expect, test } from "bun:test";
import { badgeText, callBy, wordsFor } from "./call.ts";

test("a mention, a message or a thread marks a room, and only what is meant for one is counted", () => {
  const nothing = { unread: 0, mentions: 0, threads: 0 };
  expect(callBy(nothing)).toEqual({ unread: false, count: 0 });
  expect(callBy({ ...nothing, unread: 3 })).toEqual({ unread: true, count: 0 });
  expect(callBy({ ...nothing, mentions: 2 })).toEqual({ unread: true, count: 2 });
  expect(callBy({ ...nothing, threads: 1 })).toEqual({ unread: true, count: 0 });
  expect(["1", "99", "99+"]).toEqual([1, 99, 100].map(badgeText));
});

test("what is unread is said by where it is", () => {
  const said = (unread: number, threads: number) => wordsFor({ unread, threads });
  expect([said(1, 0), said(0, 2), said(3, 1)]).toEqual([
    "1 unread message",
    "new replies in threads",
    "3 unread messages, new replies in threads",
  ]);
});
