import type { InboxEntry } from "@snug/protocol";
import { expect, test } from "bun:test";
import { unreadIn } from "./inbox.ts";

const entry = (level: string, [unread, mentions, threads]: number[], kind = "public") =>
  ({ room: { kind }, level, unread, mentions, threads }) as InboxEntry;

test("[SDK11] what of a room calls for one, by its level: of a direct room all is meant for oneself", () => {
  const of = (...given: Parameters<typeof entry>) => Object.values(unreadIn([entry(...given)]));
  expect(of("all", [3, 2, 1])).toEqual([3, 2, 1]);
  expect(of("all", [3, 1, 0], "direct")).toEqual([3, 3, 0]);
  expect(of("mentions", [3, 2, 1])).toEqual([0, 2, 0]);
  expect(of("mentions", [3, 1, 0], "direct")).toEqual([0, 1, 0]);
  expect(of("none", [3, 2, 1], "direct")).toEqual([0, 0, 0]);
  const all = [
    entry("all", [3, 2, 1]),
    entry("none", [9, 9, 9]),
    entry("all", [4, 0, 0], "direct"),
  ];
  expect(unreadIn(all)).toEqual({ unread: 7, mentions: 6, threads: 1 });
});
