import type { Inbox } from "@snug/client";
import type { InboxEntry, Room } from "@snug/protocol";
import { expect, test } from "bun:test";
import { groupsOf, ordered } from "./groups.ts";
import { titleOf } from "./title.ts";

const room = (id: string, kind: Room["kind"], more: object = {}) =>
  ({ id, kind, name: id, archived: false, expiresAt: null, ...more }) as unknown as Room;
const entry = (at: number, ...of: Parameters<typeof room>) =>
  ({ room: room(...of), at, role: "member" }) as unknown as InboxEntry;
const names = new Map([["d1", { name: "Zoe", other: null }]]);

test("rooms stand by what they are; where something happened last stands first, and what ends first", () => {
  const all: Inbox = {
    status: "loaded",
    rooms: [
      entry(9, "late", "ephemeral", { expiresAt: 20 }),
      entry(1, "soon", "ephemeral", { expiresAt: 10 }),
      entry(1, "zoo", "public"),
      entry(3, "attic", "private"),
      entry(2, "general", "public"),
      entry(1, "beach", "public"),
      entry(5, "d1", "direct", { name: "" }),
      entry(6, "d2", "direct", { name: "" }),
      entry(9, "old", "public", { archived: true }),
    ],
  };
  const ids = (entries: readonly InboxEntry[]) => entries.map((each) => String(each.room.id));
  const { rooms, direct, ephemeral, archived } = groupsOf(all);
  expect(ids(rooms)).toEqual(["attic", "general", "beach", "zoo"]);
  expect(ids(direct)).toEqual(["d2", "d1"]);
  expect(ids(ephemeral)).toEqual(["soon", "late"]);
  expect(ids(archived)).toEqual(["old"]);
  expect(ordered(all)).toHaveLength(9);
});

test("a room without a name is called by whom or what it is", () => {
  const title = (each: Room) => titleOf(each, names);
  expect(title(room("d1", "direct", { name: "" }))).toBe("Zoe");
  expect(title(room("d9", "direct", { name: "" }))).toBe("Direct room");
  expect(title(room("e", "ephemeral", { name: "" }))).toBe("Ephemeral room");
});
