import type { RoomKind } from "@snug/protocol";
import { expect, test } from "bun:test";
import { badgeText, callOf, callOfAll } from "./call.ts";

const entry = (
  level: "all" | "mentions" | "none",
  [unread, mentions, threads]: [number, number, number],
  kind: RoomKind = "public",
) => ({ room: { kind }, level, unread, mentions, threads });

test("what of a room calls for one, by its level", () => {
  expect(callOf(entry("all", [0, 0, 0]))).toEqual({ unread: false, count: 0 });
  expect(callOf(entry("all", [3, 0, 0]))).toEqual({ unread: true, count: 0 });
  expect(callOf(entry("all", [0, 0, 1]))).toEqual({ unread: true, count: 0 });
  expect(callOf(entry("all", [3, 2, 0]))).toEqual({ unread: true, count: 2 });
  expect(callOf(entry("all", [3, 1, 0], "direct"))).toEqual({ unread: true, count: 3 });
  expect(callOf(entry("mentions", [3, 0, 1]))).toEqual({ unread: false, count: 0 });
  expect(callOf(entry("mentions", [3, 2, 0]))).toEqual({ unread: true, count: 2 });
  expect(callOf(entry("none", [3, 2, 1], "direct"))).toEqual({ unread: false, count: 0 });
});

test("all rooms together", () => {
  expect(callOfAll([])).toEqual({ unread: false, count: 0 });
  const all = [
    entry("all", [3, 2, 0]),
    entry("none", [9, 9, 9]),
    entry("all", [4, 0, 0], "direct"),
  ];
  expect(callOfAll(all)).toEqual({ unread: true, count: 6 });
  expect(["1", "99", "99+"]).toEqual([1, 99, 100].map(badgeText));
});
