import { expect, test } from "bun:test";
import { ManualClock } from "../../manual-clock.ts";
import { Indexing } from "./indexing.ts";

/** An index whose steps do so much, and what became of them. */
function stand(work: { pending: number; hasStale: boolean }) {
  const clock = new ManualClock();
  const done: string[] = [];
  const world = { work, isBroken: false };
  const step = () => {
    if (world.isBroken) throw new Error("no space");
    done.push(`${world.work.hasStale ? "dropped" : "indexed"} at ${clock.elapsed()}`);
    world.work = world.work.hasStale
      ? { ...world.work, hasStale: false }
      : { ...world.work, pending: Math.max(0, world.work.pending - 500) };
  };
  const index = {
    get work() {
      return world.work;
    },
    step,
  };
  const indexing = new Indexing(index, clock, {
    onStep: () => {},
    onDropped: () => done.push("wipe"),
    onFault: () => done.push(`fault at ${clock.elapsed()}`),
  });
  return { clock, done, world, indexing };
}

test("[SRC5] a server that starts indexes what is more than a search can read, and the rest beside other work", () => {
  const { clock, done, world, indexing } = stand({ pending: 5_200, hasStale: false });
  indexing.start();
  expect([done.length, world.work.pending]).toEqual([3, 3_700]);
  clock.advance(250);
  expect(done.slice(3)).toEqual(["indexed at 100", "indexed at 200"]);
  clock.advance(10_000);
  // A few are not worth a step.
  expect([world.work.pending, clock.pending]).toEqual([200, 0]);
});

test("[SRC5] what is gone is dropped before all else and then wiped, again and again until it is done, and at the latest at the end", () => {
  const { clock, done, world, indexing } = stand({ pending: 300, hasStale: true });
  indexing.look();
  indexing.look();
  clock.advance(0);
  expect(done).toEqual(["dropped at 0", "wipe"]);
  world.work = { pending: 0, hasStale: true };
  world.isBroken = true;
  clock.advance(1_150);
  expect(done.slice(2)).toEqual(["fault at 100", "fault at 1100"]);
  world.isBroken = false;
  indexing.close();
  expect(done.slice(4)).toEqual(["dropped at 1150"]);
  expect(clock.pending).toBe(0);
  indexing.look();
  expect(clock.pending).toBe(0);
});
