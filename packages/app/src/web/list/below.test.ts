import { expect, test } from "bun:test";
import { announcement } from "./announcement.ts";
import { fromOthersAfter, newestSeq } from "./below.ts";
import { own, said, unreadable } from "./sample.ts";

const room = [said(1, "ada", 0), said(2, "me", 0), said(3, "tom", 0), unreadable(4), own("a")];

const nameOf = (id: string) => (id === "u_1" ? "Bob" : undefined);

test("the newest number is that of the log, not of what waits", () => {
  expect(newestSeq(room)).toBe(4);
  expect(newestSeq([own("a")])).toBe(0);
});

test("only what others said, and only after the place", () => {
  expect(fromOthersAfter(room, 0).map((message) => message.seq)).toEqual([1, 3]);
  expect(fromOthersAfter(room, 1).map((message) => message.seq)).toEqual([3]);
  expect(fromOthersAfter(room, 3)).toEqual([]);
});

test("one message is read out, several are counted, a long one is cut", () => {
  expect(announcement([], nameOf)).toBe("");
  expect(announcement([said(1, "ada", 0)], nameOf)).toBe("ada: message 1");
  expect(announcement([said(1, "ada", 0), said(2, "tom", 0)], nameOf)).toBe("2 new messages");
  expect(
    announcement([{ ...said(1, "ada", 0), text: "x".repeat(5000) }], nameOf).length,
  ).toBeLessThan(250);
  const marked = { ...said(1, "ada", 0), text: "**Hi** <@u_1>, `now`" };
  expect(announcement([marked], nameOf)).toBe("ada: Hi @Bob, now");
});
