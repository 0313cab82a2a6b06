import { expect, test } from "bun:test";
import { bugs } from "./bugs.ts";
import { hunt } from "./hunt.ts";
import { plant } from "./plant.ts";

/** Bugs looked for at a time. */
const AT_ONCE = 2;
/** Milliseconds; for a machine on which everything else goes first. */
const AT_MOST = 600_000;

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

test(
  "each planted bug is found by the part of the proof that is there for it",
  async () => {
    const missed: string[] = [];
    const left = [...bugs];
    const look = async () => {
      for (let bug = left.shift(); bug; bug = left.shift())
        if ((await hunt(bug, bug.by)) === null) missed.push(bug.name);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    expect(missed).toEqual([]);
  },
  AT_MOST,
);
