import type { Inbox } from "@snug/client";
import type { Room } from "@snug/protocol";
import { expect, test } from "bun:test";
import { groupsOf, ordered } from "./groups.ts";
import { titleOf } from "./title.ts";

const room = (id: string, kind: Room["kind"], more: object = {}) =>
  ({ id, kind, name: id, archived: false, expiresAt: null, ...more }) as unknown as Room;
const inbox = (...rooms: Room[]): Inbox => ({
  status: "loaded",
  rooms: rooms.map((each) => ({ room: each, role: "member" })),
});
const names = new Map([["d1", "Zoe"]]);
const title = (each: Room) => titleOf(each, names);

test("rooms stand by what they are; general first, then by name, and what ends first first", () => {
  const all = inbox(
    room("late", "ephemeral", { expiresAt: 20 }),
    room("soon", "ephemeral", { expiresAt: 10 }),
    room("zoo", "public"),
    room("attic", "private"),
    room("general", "public"),
    room("d1", "direct", { name: "" }),
    room("d2", "direct", { name: "" }),
    room("old", "public", { archived: true }),
  );
  const ids = (rooms: readonly Room[]) => rooms.map(({ id }) => String(id));
  const { rooms, direct, ephemeral, archived } = groupsOf(all, title);
  expect(ids(rooms)).toEqual(["general", "attic", "zoo"]);
  expect(ids(direct)).toEqual(["d2", "d1"]);
  expect(ids(ephemeral)).toEqual(["soon", "late"]);
  expect(ids(archived)).toEqual(["old"]);
  expect(ordered(all, title)).toHaveLength(8);
});

test("a room without a name is called by whom or what it is", () => {
  expect(title(room("d1", "direct", { name: "" }))).toBe("Zoe");
  expect(title(room("d9", "direct", { name: "" }))).toBe("Direct room");
  expect(title(room("e", "ephemeral", { name: "" }))).toBe("Ephemeral room");
});
