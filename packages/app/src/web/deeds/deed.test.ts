import { expect, test } from "bun:test";
import { said } from "../list/sample.ts";
import { isOffered, type Deed, type Standing } from "./deed.ts";

const all: readonly Deed[] = [
  ...(["react", "reply", "thread", "edit", "copy text", "copy link", "forward"] as const),
  ...(["pin", "mark unread", "history", "delete", "more"] as const),
];
const member: Standing = { role: "member", archived: false, inThread: false, ended: false };
const offered = (more: Partial<Standing>, by = "ada", message: object = {}) =>
  all.filter((deed) => isOffered(deed, { ...said(1, by, 1), ...message }, { ...member, ...more }));
const reading = ["copy text", "copy link", "forward", "more"];

test("what is offered with a message, by who one is in the room and whose it is", () => {
  const others = ["react", "reply", "thread", "copy text", "copy link", "forward", "pin"];
  expect(offered({})).toEqual([...others, "mark unread", "more"] as Deed[]);
  expect(offered({}, "me")).toContain("edit");
  expect(offered({}, "me")).toContain("delete");
  expect(offered({ role: "moderator" })).toContain("delete");
  expect(offered({ role: "moderator" })).not.toContain("edit");
  expect(offered({ role: "reader" })).toEqual([
    ...reading.slice(0, 3),
    "mark unread",
    "more",
  ] as Deed[]);
  expect(offered({ role: null })).toEqual(reading as Deed[]);
  expect(offered({ archived: true }, "me")).toEqual([
    ...reading.slice(0, 3),
    "mark unread",
    "delete",
    "more",
  ] as Deed[]);
  expect(offered({ inThread: true })).not.toContain("thread");
  expect(offered({ inThread: true, ended: true })).toEqual(
    offered({ inThread: true }).filter((deed) => deed !== "reply"),
  );
});

test("of a deleted message only its thread and its place are left", () => {
  const gone = { deletedAt: 5, text: "" };
  expect(offered({}, "me", gone)).toEqual(["mark unread"]);
  expect(offered({}, "me", { ...gone, replies: { count: 1, seq: 2, at: 2 } })).toEqual([
    "thread",
    "mark unread",
  ]);
  expect(offered({}, "ada", { editedAt: 3 })).toContain("history");
});
