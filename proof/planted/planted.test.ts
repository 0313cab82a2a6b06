import { expect, test } from "bun:test";
import { bugs } from "./bugs.ts";
import { hunt } from "./hunt.ts";
import { plant } from "./plant.ts";

/** Milliseconds; for a machine on which everything else goes first. */
const AT_MOST = 300_000;

test("each planted bug has its one place in the source, and is another text", async () => {
  for (const { edits } of bugs) {
    for (const edit of edits) {
      const text = await Bun.file(edit.file).text();
      expect(plant(text, edit)).not.toBe(text);
    }
  }
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
});

test("at least half of the planted bugs are found by the model or the simulation alone", () => {
  const alone = bugs.filter(({ by }) => by === "model" || by === "simulation");
  expect(alone.length).toBeGreaterThanOrEqual(bugs.length / 2);
});

test.concurrent.each(bugs.map((bug) => [bug.name, bug] as const))(
  "planted and found: %s",
  async (_, bug) => {
    expect(await hunt(bug, bug.by)).not.toBeNull();
  },
  AT_MOST,
);
