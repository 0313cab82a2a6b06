import type { Inbox } from "@snug/client";
import type { InboxEntry } from "@snug/protocol";
import { expect, test } from "bun:test";
import { sought } from "./sought.ts";

const entry = (name: string, at: number, counts: object = {}) =>
  ({
    room: { id: name, kind: "public", name },
    level: "all",
    at,
    unread: 0,
    mentions: 0,
    threads: 0,
    ...counts,
  }) as unknown as InboxEntry;

const inbox: Inbox = {
  status: "loaded",
  rooms: [
    entry("general", 9),
    entry("garden", 5),
    entry("the attic", 8),
    entry("Gate", 1, { unread: 2 }),
    entry("tea", 2, { unread: 1, mentions: 1 }),
  ],
};
const names = (letters: string) =>
  sought(inbox, "general", letters, ({ name }) => name).map(({ room }) => room.name);

test("without letters, what calls for one stands first, then where something happened last; here comes last", () => {
  expect(names("")).toEqual(["tea", "Gate", "the attic", "garden", "general"]);
});

test("letters find names, whatever their case; what begins with them is meant first", () => {
  expect(names("G")).toEqual(["Gate", "garden", "general"]);
  expect(names("at")).toEqual(["Gate", "the attic"]);
  expect(names("zoo")).toEqual([]);
});
