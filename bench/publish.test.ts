import { expect, test } from "bun:test";
import type { Part } from "./part.ts";
import { picture } from "./picture.ts";
import { page } from "./publish.ts";

const about = {
  at: "2026-11-26T16:00:00Z",
  commit: "abc",
  bun: "1",
  cpu: "x",
  cores: 2,
  linux: "6",
};
const part = (key: string, more: Partial<Part> = {}): Part => ({
  key,
  title: `The ${key}`,
  what: "What was done.",
  tables: [{ head: ["", "µs"], rows: [["Snug", "3.1"]] }],
  notes: [],
  verdicts: [],
  noisy: 0,
  windows: 3,
  ...more,
});

test("the page counts what was missed, and names what was not measured", () => {
  const verdicts = [
    { goal: "cheap", seen: "2 ×", reached: false },
    { goal: "quick", seen: "1 ms", reached: true },
  ];
  const text = page([
    { about, part: part("peak", { verdicts }) },
    { about, part: part("idle", { noisy: 1, verdicts }) },
    { about, part: part("durable", { noisy: 1, windows: 9 }) },
  ]);
  expect(text).toContain("Of 2 goals 1 were reached, and 1 missed.");
  expect(text).toContain("| cheap | 2 × | **missed** |");
  expect(text).toContain("## The peak");
  expect(text).not.toContain("## The idle");
  expect(text).toContain("## The durable");
  expect(text).toContain("in 1 of 9 windows");
  expect(text).toMatch(
    /Not measured yet, or not undisturbed: .*idle \(`npm run bench -- --peers`\)/,
  );
  expect(text).not.toContain("peak (`npm");
});

test("pictures are well-formed whatever a peer is called", () => {
  const bars = picture({ kind: "bars", file: "a", title: "R&D", unit: "µs", bars: [["<b>", 2]] });
  const lines = picture({
    kind: "lines",
    file: "b",
    title: "ramp",
    x: "posts",
    y: "µs",
    lines: [
      {
        name: "a<b",
        points: [
          [100, 3.3],
          [400, 0.5],
        ],
      },
      { name: "none", points: [] },
    ],
  });
  for (const drawn of [bars, lines]) {
    expect(drawn).not.toContain("NaN");
    expect(drawn.match(/<(b|[^a-z/]|$)/)).toBeNull();
  }
});
