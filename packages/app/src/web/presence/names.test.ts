import { expect, test } from "bun:test";
import { namesOf } from "./names.ts";

test("names in a sentence, and the others as a number", () => {
  const all = ["Ada", "Bob", "Cem", "Dua", "Eve"];
  expect([0, 1, 2, 3, 4, 5].map((count) => namesOf(all.slice(0, count), 3))).toEqual([
    "",
    "Ada",
    "Ada and Bob",
    "Ada, Bob and Cem",
    "Ada, Bob and 2 others",
    "Ada, Bob and 3 others",
  ]);
});
