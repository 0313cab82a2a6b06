import { expect, test } from "bun:test";
import { planFaults } from "./plan.ts";

const plan = (seed: number, lines: number) =>
  planFaults({ seed, lines, kills: 2, watchersEach: 2 });

test("the same seed gives the same plan, another seed another", () => {
  expect(plan(1, 2000)).toEqual(plan(1, 2000));
  expect(plan(1, 2000)).not.toEqual(plan(2, 2000));
});

test("every watcher is cut and comes back, one on each transport after more than 300 lines", () => {
  for (let seed = 0; seed < 200; seed++) {
    const { watchers, faults } = plan(seed, 2000);
    expect(watchers).toHaveLength(6);
    const cuts = faults.filter((fault) => fault.kind === "cut");
    for (const { name } of watchers) {
      const absences = cuts
        .filter(({ watcher }) => watcher === name)
        .map(({ line, until }) => until - line);
      expect(absences.length).toBeGreaterThan(2);
      if (name.endsWith("-1")) expect(Math.max(...absences)).toBeGreaterThan(300);
    }
    expect(faults.filter(({ kind }) => kind === "kill")).toHaveLength(2);
    expect(faults.some(({ kind }) => kind === "cut-speaker")).toBe(true);
  }
});

test("every fault falls within the log, however short it is", () => {
  for (let lines = 1; lines < 60; lines++) {
    for (const fault of plan(lines, lines).faults) {
      expect(fault.line).toBeWithin(0, lines);
      if ("until" in fault) expect(fault.until).toBeWithin(fault.line, lines);
    }
  }
});
