import { expect, test } from "bun:test";
import { saidOfUnread } from "./unread-from.ts";

test("what is promised of a message made unread is what happens", () => {
  expect(saidOfUnread(7, { read: 6, unread: 3 })).toBe("Unread from there on.");
  expect(saidOfUnread(7, { read: 9, unread: 3 })).toMatch(/from the line on/);
  expect(saidOfUnread(7, { read: 9, unread: 0 })).toMatch(/stays read/);
});
