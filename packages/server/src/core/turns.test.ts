import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

test("[AUTH17] only so much is done at once, so much waits in order, and more is turned away undone", async () => {
  const turns = new Turns(2, 3);
  const started: number[] = [];
  const ends: ((value: string) => void)[] = [];
  const work = (index: number) =>
    turns.take(() => {
      started.push(index);
      return new Promise<string>((resolve) => (ends[index] = resolve));
    });
  const taken = [0, 1, 2, 3, 4, 5].map(work);
  expect(await taken[5]).toBeNull();
  expect(started).toEqual([0, 1]);
  ends[1]?.("one");
  expect(await taken[1]).toBe("one");
  expect(started).toEqual([0, 1, 2]);
  for (const [index, name] of [
    [0, "zero"],
    [2, "two"],
    [3, "three"],
    [4, "four"],
  ] as const) {
    ends[index]?.(name);
    expect(await taken[index]).toBe(name);
  }
  expect(started).toEqual([0, 1, 2, 3, 4]);
});

test("[AUTH17] work that throws gives its turn on", async () => {
  const turns = new Turns(1, 1);
  const broken = turns.take(() => Promise.reject(new Error("broken")));
  const next = turns.take(() => Promise.resolve("next"));
  expect(broken).rejects.toThrow("broken");
  expect(await next).toBe("next");
  expect(await turns.take(() => Promise.resolve("last"))).toBe("last");
});
