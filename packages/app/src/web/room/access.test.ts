import type { Inbox, RoomState } from "@snug/client";
import { expect, test } from "bun:test";
import { accessTo } from "./access.ts";

const kitchen = { id: "kitchen", archived: false } as unknown as NonNullable<RoomState["room"]>;
const state = (more: Partial<RoomState> = {}) => ({
  status: "live" as const,
  problem: null,
  room: kitchen,
  ...more,
});
const inbox = (role?: "owner" | "reader", room = kitchen): Inbox => ({
  status: "loaded",
  rooms: role
    ? [{ room, role, level: "all", at: 0, read: 0, unread: 0, mentions: 0, threads: 0 }]
    : [],
});
const refused = (code: "room_gone" | "forbidden") =>
  state({ status: "refused", problem: { code, detail: "Said so." } });

test("one writes, reads, or is a stranger, by one's own list of rooms", () => {
  expect(accessTo(state(), inbox("owner"), "kitchen")).toEqual({ kind: "writes", role: "owner" });
  expect(accessTo(state(), inbox("reader"), "kitchen").kind).toBe("reads");
  expect(accessTo(state(), inbox(), "kitchen").kind).toBe("stranger");
  const known = state({ status: "connecting", room: null });
  expect(accessTo(known, inbox("owner"), "kitchen").kind).toBe("writes");
  expect(accessTo(known, inbox(), "kitchen").kind).toBe("unknown");
  expect(accessTo(state(), { status: "loading", rooms: [] }, "kitchen").kind).toBe("unknown");
});

test("an archived room is only read, whoever one is", () => {
  const archived = { ...kitchen, archived: true };
  expect(accessTo(state({ room: archived }), inbox("owner"), "kitchen").kind).toBe("archived");
  expect(accessTo(state({ room: archived }), inbox(), "kitchen").kind).toBe("archived");
  expect(accessTo(state(), inbox("owner", archived), "kitchen").kind).toBe("writes");
});

test("what is closed says why, and what is gone is gone", () => {
  expect(accessTo(refused("forbidden"), inbox("owner"), "kitchen")).toEqual({
    kind: "closed",
    detail: "Said so.",
  });
  expect(accessTo(refused("room_gone"), inbox(), "kitchen").kind).toBe("gone");
});
