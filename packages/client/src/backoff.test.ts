import { expect, test } from "bun:test";
import fc from "fast-check";
import { backOff } from "./backoff.ts";

test("[SDK7] waits double from 1 s to 8 s", () => {
  const waits = Array.from({ length: 8 }, (_, failures) =>
    backOff(failures, { random: () => 0.5 }),
  );
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000]);
});

test("[SDK7] chance spreads each wait over half to one and a half of it, however often it failed", () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(), chance, (failures, random) => {
      const wait = backOff(failures, { random: () => random });
      expect(wait).toBeGreaterThanOrEqual(500);
      expect(wait).toBeLessThanOrEqual(12_000);
    }),
  );
  expect([backOff(0, { random: () => 0 }), backOff(0, { random: () => 0.999_9 })]).toEqual([
    500, 1_500,
  ]);
});
