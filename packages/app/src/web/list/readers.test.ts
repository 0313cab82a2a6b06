import type { Author } from "@snug/client";
import { expect, test } from "bun:test";
import { readersOf } from "./readers.ts";
import { deriveRows } from "./rows.ts";
import { own, said } from "./sample.ts";

test("each reader stands at the last message they have read, and oneself nowhere", () => {
  const messages = [said(2, "ada", 1), said(5, "bob", 2), said(7, "me", 3), own("new")];
  const rows = deriveRows(messages, "none", new Map(), null);
  const author = (id: string) => (id === "gone" ? null : ({ id, name: id } as unknown as Author));
  const reads = { ada: 6, bob: 7, cem: 99, dua: 1, me: 7, gone: 7 };
  const found = readersOf(rows, reads, "me", author);
  expect([...found].map(([key, who]) => [key, who.map(({ name }) => name)])).toEqual([
    ["k5", ["ada"]],
    ["k7", ["bob", "cem"]],
  ]);
});
