import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseCoding } from "./coding.ts";

const both = { br: "", gzip: "" };

test("[PAGE3] the coding that is wanted most is chosen, of two alike the smaller one", () => {
  const cases: [string | null, "br" | "gzip" | null][] = [
    [null, null],
    ["", null],
    ["gzip", "gzip"],
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.5, gzip", "gzip"],
    ["br;q=0.500,gzip;q=0.501", "gzip"],
    ["GZIP;Q=1.0", "gzip"],
    [" gzip ; q=0.1 ", "gzip"],
    ["x-gzip", "gzip"],
    ["deflate, zstd", null],
    ["*", "br"],
    ["br;q=0, *", "gzip"],
    ["*;q=0", null],
    ["gzip;q=0.001, *;q=0", "gzip"],
    ["gzip;q=0", null],
    ["gzip;q=0.000", null],
    ["identity", null],
    ["identity, br;q=0.9", null],
    ["identity;q=0.5, br;q=0.5", "br"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["*;q=0.5, br;q=0.2", "gzip"],
    ["gzip;q=2", null],
    ["gzip;q=-1", null],
    ["gzip;q=", null],
    ["gzip;q=0.1234", null],
    ["gzip;level=9", null],
    [",,;, gzip", "gzip"],
  ];
  for (const [accept, coding] of cases)
    expect([accept, chooseCoding(accept, both)]).toEqual([accept, coding]);
});

test("[PAGE3] only what is at hand is chosen", () => {
  expect(chooseCoding("br, gzip;q=0.1", { gzip: "" })).toBe("gzip");
  expect(chooseCoding("br", { gzip: "" })).toBeNull();
  expect(chooseCoding("*", {})).toBeNull();
});

test("[PAGE3] whatever a header says, what was refused is not chosen", () => {
  const name = fc.constantFrom("br", "gzip", "identity", "deflate", "*");
  const weight = fc.integer({ min: 0, max: 1_000 }).map((part) => (part / 1_000).toFixed(3));
  const part = fc.tuple(name, weight);
  fc.assert(
    fc.property(fc.uniqueArray(part, { selector: ([of]) => of }), (parts) => {
      const chosen = chooseCoding(parts.map(([of, q]) => `${of};q=${q}`).join(", "), both);
      const weights = new Map<string, string>(parts);
      const quality = (of: string) => Number(weights.get(of) ?? weights.get("*") ?? 0);
      if (chosen !== null) expect(quality(chosen)).toBeGreaterThan(0);
      expect(quality(chosen ?? "identity")).toBe(
        Math.max(quality("br"), quality("gzip"), quality("identity")),
      );
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void chooseCoding(text, both)));
});
