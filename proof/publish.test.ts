import { expect, test } from "bun:test";
import type { Finding } from "./finding.ts";
import { publish, republish } from "./publish.ts";

const about = {
  date: "2026-01-02",
  commit: "abc",
  isClean: true,
  bun: "1",
  sqlite: "3",
  machine: "2 cores",
  isShort: false,
  seconds: { fuzz: 60 },
};
const found = (part: Finding["part"], fault: string, more: Partial<Finding> = {}): Finding => ({
  part,
  fault,
  done: 1,
  bit: 1,
  result: "kept",
  ...more,
});

test("a part that is run by itself stands in the place of what was found before, and says when", () => {
  const page = publish(
    [found("fuzz", "old noise", { result: "broken" }), found("access", "every door")],
    about,
    ["fuzz"],
  );
  expect(page).toContain("**Not every promise was kept**: see fuzz below.");
  const later = { ...about, date: "2026-01-03", commit: "def" };
  const renewed = republish(page, "fuzz", [found("fuzz", "new noise")], later, false) ?? "";
  expect(renewed).toContain("Every promise was kept.");
  expect(renewed).toContain("on 2026-01-03 at `def`");
  expect(renewed).toContain("new noise");
  expect(renewed).not.toContain("old noise");
  // All else is as it was.
  expect(renewed.split("## Access")[1]).toBe(page.split("## Access")[1]);
  expect(republish(renewed, "fuzz", [], later, true)).toContain("see fuzz below.");
  const impossible = found("access", "the moon", { result: "impossible here" });
  expect(republish(renewed, "access", [impossible], later, false)).toContain(
    ": 1 could not, here.",
  );
});

test("what is no page of the proof is left alone", () => {
  expect(republish("# Something else\n", "fuzz", [], about, false)).toBeNull();
});
