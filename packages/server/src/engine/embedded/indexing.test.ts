import { expect, test } from "bun:test";
import { ManualClock } from "../../manual-clock.ts";
import { Indexing } from "./indexing.ts";

/** An index, and what was done with it. */
function stand(work: { pending: number; hasStale: boolean }) {
  const clock = new ManualClock();
  const done: string[] = [];
  const world = { work, isBroken: false, took: 0 };
  const index = {
    get work() {
      return world.work;
    },
    step(most: number) {
      if (world.isBroken) throw new Error("no space");
      const { pending, hasStale } = world.work;
      done.push(`${hasStale ? "dropped" : `indexed ${most}`} at ${clock.elapsed()}`);
      clock.pass(world.took);
      world.work = { pending: hasStale ? pending : Math.max(0, pending - most), hasStale: false };
    },
  };
  const indexing = new Indexing(index, clock, {
    onStep: () => {},
    onDropped: () => done.push("wiped"),
    onFault: () => done.push(`fault at ${clock.elapsed()}`),
  });
  return { clock, done, world, indexing };
}

test("[SRC5] a server that starts indexes what is more than a search can read, and the rest beside other work", () => {
  const { clock, done, world, indexing } = stand({ pending: 9_712, hasStale: false });
  world.took = 50;
  indexing.start();
  expect(done.splice(0)).toEqual(["indexed 4000 at 0", "indexed 4000 at 50"]);
  clock.advance(150);
  world.work = { ...world.work, pending: world.work.pending + 20 };
  clock.advance(100);
  world.work = { ...world.work, pending: world.work.pending + 2_000 };
  clock.advance(100);
  expect(done.splice(0)).toEqual(["indexed 512 at 200", "indexed 512 at 350"]);
  // That was a flood; and a few that are left are not worth a step.
  clock.advance(10_000);
  expect([done.length, world.work.pending, clock.pending]).toEqual([5, 148, 0]);
});

test("[SRC5] while nothing is said the index is behind with two thirds of the time left to all else, and while something is, once in a tenth of a second", () => {
  const { clock, done, world, indexing } = stand({ pending: 2_100, hasStale: false });
  world.took = 10;
  indexing.look();
  clock.advance(135);
  expect(done.splice(0)).toEqual(["indexed 512 at 100", "indexed 512 at 130"]);
  world.work = { ...world.work, pending: world.work.pending + 20 };
  clock.advance(150);
  expect(done.splice(0)).toEqual(["indexed 512 at 160", "indexed 512 at 270"]);
});

test("[SRC5] what is gone is dropped before all else and then wiped, again and again until it is done, and at the latest at the end", () => {
  const { clock, done, world, indexing } = stand({ pending: 600, hasStale: true });
  indexing.look();
  indexing.look();
  clock.advance(0);
  expect(done.splice(0)).toEqual(["dropped at 0", "wiped"]);
  world.work = { pending: 0, hasStale: true };
  world.isBroken = true;
  clock.advance(2_250);
  expect(done.splice(0)).toEqual(["fault at 100", "fault at 1100", "fault at 2100"]);
  world.isBroken = false;
  indexing.close();
  expect([done.splice(0), clock.pending]).toEqual([["dropped at 2250"], 0]);
  indexing.look();
  expect(clock.pending).toBe(0);
});
