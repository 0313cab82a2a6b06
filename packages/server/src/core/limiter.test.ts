import { expect, test } from "bun:test";
import fc from "fast-check";
import { ManualClock } from "../manual-clock.ts";
import { Fading } from "./fading.ts";
import { Limiter } from "./limiter.ts";

test("[LIM7] a full bucket gives its burst at once, then as much as flows in, and says how long to wait", () => {
  const clock = new ManualClock();
  const limiter = new Limiter(clock, { perSecond: 20, burst: 60 });
  for (let count = 0; count < 60; count++) expect(limiter.take("ann")).toBe(0);
  expect(limiter.take("ann")).toBe(50);
  // What was refused took nothing.
  expect(limiter.take("ann")).toBe(50);
  clock.pass(49);
  expect(limiter.take("ann")).toBeCloseTo(1, 6);
  clock.pass(1);
  expect(limiter.take("ann")).toBe(0);
  expect(limiter.take("ann")).toBe(50);
  clock.pass(1_000);
  for (let count = 0; count < 20; count++) expect(limiter.take("ann")).toBe(0);
  expect(limiter.take("ann")).toBe(50);
});

test("[LIM7] each key has a bucket of its own", () => {
  const limiter = new Limiter(new ManualClock(), { perSecond: 1, burst: 1 });
  expect([limiter.take("ann"), limiter.take("bob")]).toEqual([0, 0]);
  expect([limiter.take("ann"), limiter.take("bob")]).toEqual([1_000, 1_000]);
});

test("[LIM7] a bucket never holds more than its burst, however long nobody came", () => {
  const clock = new ManualClock();
  const limiter = new Limiter(clock, { perSecond: 10, burst: 3 });
  for (const pause of [0, 1_000, 1_000_000]) {
    clock.pass(pause);
    const taken = [1, 2, 3, 4].map(() => limiter.take("ann") === 0);
    expect(taken).toEqual([true, true, true, false]);
  }
});

test("[LIM7] over any time nobody takes more than the burst and what flowed in, and who waits as told is served", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 400 }),
    key: fc.constantFrom("a", "b"),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300 }),
      fc.constantFrom(1, 3, 7, 20),
      fc.integer({ min: 1, max: 10 }),
      (steps, perSecond, burst) => {
        const clock = new ManualClock();
        const limiter = new Limiter(clock, { perSecond, burst });
        const taken: Record<string, number[]> = { a: [], b: [] };
        const told = { key: "", at: 0 };
        for (const { wait, key } of steps) {
          clock.pass(wait);
          const now = clock.elapsed();
          const left = limiter.take(key);
          if (left === 0) taken[key]?.push(now);
          if (told.key === key && now >= told.at + 0.01) expect(left).toBe(0);
          Object.assign(told, left === 0 ? { key: "" } : { key, at: now + left });
        }
        for (const times of Object.values(taken)) {
          for (const [index, from] of times.entries()) {
            for (const [count, until] of times.slice(index).entries())
              expect(count + 1).toBeLessThanOrEqual(
                burst + ((until - from) / 1_000) * perSecond + 0.01,
              );
          }
        }
      },
    ),
  );
});

test("[LIM7] buckets that are full again are forgotten, and nobody gains by it", () => {
  const clock = new ManualClock();
  const limiter = new Limiter(clock, { perSecond: 10, burst: 10 });
  for (let user = 0; user < 1_000; user++) limiter.take(`${user}`);
  expect(limiter.size).toBe(1_000);
  for (let count = 0; count < 9; count++) limiter.take("0");
  expect(limiter.take("0")).toBe(100);
  clock.pass(999);
  limiter.take("other");
  expect(limiter.size).toBeGreaterThanOrEqual(1_000);
  // Some bursts later, since others may have taken from it in the same moment.
  clock.pass(7_001);
  limiter.take("other");
  expect(limiter.size).toBeLessThanOrEqual(2);
});

test("[LIM7] what was taken on other nodes is missing here: some bursts of it at most, and until it has flowed in again", () => {
  const clock = new ManualClock();
  const limiter = new Limiter(clock, { perSecond: 10, burst: 10 });
  limiter.takeElsewhere("ann", 4);
  for (let count = 0; count < 6; count++) expect(limiter.take("ann")).toBe(0);
  expect(limiter.take("ann")).toBe(100);
  limiter.takeElsewhere("ann", 1_000);
  for (let left = 3; left > 0; left--) {
    expect(limiter.take("ann")).toBeCloseTo(left * 1_000 + 100, 6);
    clock.pass(1_000);
    limiter.take(`other ${left}`);
  }
  clock.pass(100);
  expect(limiter.take("ann")).toBe(0);
});

test("[LIM7] a flood of ever new keys finds an end of the room", () => {
  const fading = new Fading<number>(1_000, 100);
  for (let key = 0; key < 10_000; key++) fading.set(`${key}`, key, 0);
  expect(fading.size).toBeLessThanOrEqual(200);
  expect(fading.get("9999", 0)).toBe(9_999);
  expect(fading.get("9950", 999)).toBe(9_950);
  expect(fading.get("9950", 2_000)).toBeUndefined();
});
