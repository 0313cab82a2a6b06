import { expect, test } from "bun:test";
import fc from "fast-check";
import { BEGINNING, formatCursor, parseCursor } from "./cursor.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const cursor = fc.record({ epoch: id, seq: fc.maxSafeNat().map((seq) => seq || 1), id });

test("[RES1] a cursor that was formatted parses to itself", () => {
  fc.assert(
    fc.property(cursor, ({ epoch, seq, id }) => {
      expect(parseCursor(formatCursor(epoch, { seq, id }))).toEqual({ epoch, seq, id });
    }),
  );
});

test("[RES6] the beginning of an empty log is epoch.0.-", () => {
  expect(formatCursor("e", BEGINNING)).toBe("e.0.-");
  expect(parseCursor("e.0.-")).toEqual({ epoch: "e", ...BEGINNING });
});

test("[RES11] any string parses or is refused, and what parses is what formatting makes", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    id,
    fc.maxSafeNat().map(String),
  );
  const like = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("."));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), like), (text) => {
      const parsed = parseCursor(text);
      if (parsed !== null) expect(formatCursor(parsed.epoch, parsed)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test("[RES11] a cursor with one character changed, lost or added never parses to the same place", () => {
  fc.assert(
    fc.property(
      cursor,
      fc.nat(),
      fc.string({ unit: "binary", minLength: 0, maxLength: 1 }),
      (place, at, put) => {
        const text = formatCursor(place.epoch, place);
        const cut = at % (text.length + 1);
        for (const other of [
          text.slice(0, cut) + put + text.slice(cut + 1),
          text.slice(0, cut) + put + text.slice(cut),
        ]) {
          if (other !== text) expect(parseCursor(other)).not.toEqual(place);
        }
      },
    ),
  );
});

test.each([
  "",
  ".",
  "..",
  "e.1",
  "e.1.",
  ".1.i",
  "e..i",
  "e.1.i.x",
  "e.0.i",
  "e.00.-",
  "e.01.i",
  "e.-1.i",
  "e.+1.i",
  "e.1e3.i",
  "e.0x1.i",
  "e.1 .i",
  " e.1.i",
  "e.1.i\n",
  "e.9007199254740992.i",
  "e.99999999999999999999.i",
  "e.NaN.i",
  "e.١.i",
  `${"e".repeat(65)}.1.i`,
  `e.1.${"i".repeat(65)}`,
  "é.1.i",
  "e.1.i\0",
  "\ud800.1.i",
])("[RES11] %j is no cursor", (text) => {
  expect(parseCursor(text)).toBeNull();
});

test("[RES11] the largest seq that is a safe integer is still a cursor's", () => {
  expect(parseCursor("e.9007199254740991.i")?.seq).toBe(Number.MAX_SAFE_INTEGER);
});
