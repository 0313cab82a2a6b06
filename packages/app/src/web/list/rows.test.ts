import { expect, test } from "bun:test";
import type { ChatMessage } from "@snug/client";
import { deriveRows, GROUP_MS, noteJoins } from "./rows.ts";
import { own, said, unreadable } from "./sample.ts";

const noon = new Date(2026, 10, 25, 12).getTime();
const none = new Map<string, boolean>();
const shape = (messages: readonly ChatMessage[], joins: ReadonlyMap<string, boolean> = none) =>
  deriveRows(messages, "none", joins, null).map(
    (row) => `${row.day === null ? "" : "day "}${row.startsGroup ? "start" : "…"}`,
  );

test("one author within five minutes is one group", () => {
  expect(
    shape([
      said(1, "ada", noon),
      said(2, "ada", noon + GROUP_MS - 1),
      said(3, "tom", noon + GROUP_MS),
      said(4, "tom", noon + 2 * GROUP_MS),
    ]),
  ).toEqual(["day start", "…", "start", "start"]);
});

test("the last of a group knows it", () => {
  const rows = deriveRows(
    [said(1, "ada", noon), said(2, "ada", noon), said(3, "tom", noon)],
    "none",
    none,
    null,
  );
  expect(rows.map((row) => row.endsGroup)).toEqual([false, true, true]);
});

test("a day has one heading, and begins a group", () => {
  const midnight = new Date(2026, 10, 26).getTime();
  expect(
    shape([said(1, "ada", midnight - 1), said(2, "ada", midnight), said(3, "ada", midnight + 1)]),
  ).toEqual(["day start", "day start", "…"]);
});

test("what has no time makes no heading", () => {
  expect(shape([own("a"), own("b")])).toEqual(["start", "…"]);
  expect(shape([said(1, "ada", noon), unreadable(2), said(3, "ada", noon)])).toEqual([
    "day start",
    "start",
    "start",
  ]);
});

test("while there is older history, the oldest message only tells about the next", () => {
  const page = [said(5, "ada", noon), said(6, "ada", noon + 1), said(7, "tom", noon + 2)];
  const before = deriveRows(page, "some", none, null);
  expect(before.map((row) => row.message.seq)).toEqual([6, 7]);
  const after = deriveRows(
    [said(3, "tom", 0), said(4, "ada", noon - 1), ...page],
    "some",
    none,
    null,
  );
  expect(after.slice(-2)).toEqual([...before]);
  expect(deriveRows(page.slice(0, 1), "some", none, null)).toHaveLength(1);
});

test("no page that comes in above changes a row that was shown", () => {
  const all = Array.from({ length: 120 }, (_, index) =>
    said(index + 1, index % 7 < 4 ? "ada" : "tom", noon + index * 17 * 60_000),
  );
  const whole = new Map(deriveRows(all, "none", none, null).map((row) => [row.message.key, row]));
  for (let from = 1; from < all.length - 1; from++) {
    for (const row of deriveRows(all.slice(from), "some", none, null)) {
      expect(row).toEqual(whole.get(row.message.key) ?? row);
    }
  }
});

test("an own message joins what one said just now, and stays there once sent", () => {
  const joins = new Map<string, boolean>();
  const soon = [said(1, "me", noon), own("a")];
  noteJoins(joins, soon, noon + 1000);
  expect(shape(soon, joins)).toEqual(["day start", "…"]);
  const sent = [said(1, "me", noon), { ...said(2, "me", noon + 3 * GROUP_MS), key: "a" }];
  expect(shape(sent, joins)).toEqual(["day start", "…"]);
});

test("an own message after a while begins a group at once, and so does one after somebody else", () => {
  const joins = new Map<string, boolean>();
  const late = [said(1, "me", noon), own("a"), own("b")];
  noteJoins(joins, late, noon + GROUP_MS);
  expect(shape(late, joins)).toEqual(["day start", "start", "…"]);
  expect(shape([said(1, "ada", noon), own("c")], joins)).toEqual(["day start", "start"]);
  const overtaken = [
    said(1, "me", noon),
    said(2, "ada", noon),
    { ...said(3, "me", noon), key: "b" },
  ];
  expect(shape(overtaken, joins)).toEqual(["day start", "start", "start"]);
});

test("the line stands once, above the first that others said after the place, and begins a group", () => {
  const gone = { ...said(5, "ada", noon), deletedAt: noon };
  const all = [
    said(3, "ada", noon),
    said(4, "me", noon),
    gone,
    said(6, "ada", noon),
    said(7, "ada", noon),
  ];
  const lines = (line: number | null, older: "none" | "some" = "none", from = 0) =>
    deriveRows(all.slice(from), older, none, line)
      .filter((row) => row.startsNew && row.startsGroup)
      .map((row) => row.message.seq);
  expect(lines(null)).toEqual([]);
  expect(lines(0)).toEqual([3]);
  expect(lines(3)).toEqual([6]);
  expect(lines(7)).toEqual([]);
  // Above what is held there is more that was not read.
  expect(lines(2, "some", 1)).toEqual([]);
  expect(lines(4, "some", 1)).toEqual([6]);
});
