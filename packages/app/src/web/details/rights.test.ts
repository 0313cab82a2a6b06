import type { Role, Room } from "@snug/protocol";
import { expect, test } from "bun:test";
import { maySendAway, rightsIn, rolesFor } from "./rights.ts";

const room = (kind: Room["kind"], more: object = {}) =>
  ({ id: "r", kind, archived: false, ...more }) as unknown as Room;
const granted = (where: Room, role: Role | null) =>
  Object.entries(rightsIn(where, role))
    .filter(([, is]) => is)
    .map(([right]) => right);

test("only what a role allows is offered", () => {
  const place = room("private");
  expect(granted(place, null)).toEqual([]);
  expect(granted(place, "reader")).toEqual(["leaves"]);
  expect(granted(place, "member")).toEqual(["invites", "adds", "leaves"]);
  expect(granted(place, "moderator")).toEqual(["invites", "adds", "moderates", "leaves"]);
  expect(granted(place, "owner")).toHaveLength(7);
  expect(granted(room("direct"), "owner")).toEqual(["destroys", "clears"]);
  expect(granted(room("public", { archived: true }), "member")).toEqual(["leaves"]);
  expect(granted(room("public", { id: "general" }), "owner")).not.toContain("destroys");
});

test("moderators have to do with members and readers, owners with all", () => {
  expect(rolesFor("owner", "owner")).toHaveLength(4);
  expect(rolesFor("moderator", "member")).toEqual(["member", "reader"]);
  expect(rolesFor("moderator", "owner")).toEqual([]);
  expect(rolesFor("member", "reader")).toEqual([]);
  expect(maySendAway("owner", "owner")).toBe(false);
  expect(maySendAway("owner", "moderator")).toBe(true);
  expect(maySendAway("moderator", "moderator")).toBe(false);
  expect(maySendAway("moderator", "reader")).toBe(true);
});
