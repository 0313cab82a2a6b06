import { expect, test } from "bun:test";
import { search } from "./data.ts";

test("emoji are found by shortcode, by name, and by other words for them, the best first", () => {
  const found = (query: string) => search(query, 3).map(({ emoji }) => emoji);
  expect(found("tada")[0]).toBe("🎉");
  expect(found("pot of")).toEqual(["🍲"]);
  expect(found("soup")).toContain("🍲");
  expect(search("no such thing")).toEqual([]);
});
