import { expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK, BUCKETS, gramOf, patch, placeOf, postingOf, raise, unpack } from "./postings.ts";

const TAGS = [0, 1, 2, 254, 255, 256, 65_535];
const gramOfTag = (tag: number) => gramOf(tag << 16, 7);
const place = fc.oneof(fc.nat(BLOCK - 1), fc.nat(20), fc.constant(BLOCK - 1));
/** Few places, or a run of many, so that entries are steps and bits by turns. */
const places = fc.oneof(
  fc.array(place, { maxLength: 6 }),
  fc
    .tuple(fc.nat(BLOCK - 1), fc.nat(3_000), fc.constantFrom(1, 2, 3))
    .map(([from, count, step]) =>
      Array.from({ length: count }, (_, index) => from + index * step).filter((one) => one < BLOCK),
    ),
);
const some = fc
  .array(fc.tuple(fc.constantFrom(...TAGS), places), { maxLength: 3 })
  .map((lists) =>
    Uint32Array.from(
      lists.flatMap(([tag, all]) => all.map((one) => postingOf(gramOfTag(tag), one))),
    ).sort(),
  );

test("a bucket holds what was put into it and not taken out, however it is packed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(some, some), { minLength: 1, maxLength: 6 }), (changes) => {
      let bytes: Uint8Array = new Uint8Array();
      const model = new Set<number>();
      for (const [added, dropped] of changes) {
        bytes = patch(bytes, added, dropped);
        for (const one of dropped) model.delete(one);
        for (const one of added) model.add(one);
        expect(unpack(bytes)).toEqual(Uint32Array.from(model).sort());
      }
      for (const tag of TAGS) {
        const had = new Uint8Array(BLOCK).fill(3);
        had[5] = 2;
        const its = [...model].filter((one) => one - placeOf(one) === postingOf(gramOfTag(tag), 0));
        const found = its.map(placeOf).filter((one) => one !== 5);
        expect(raise(bytes, gramOfTag(tag), had, 3)).toBe(found.length > 0);
        expect(had.filter((count) => count === 4)).toHaveLength(found.length);
        for (const one of found) if (had[one] !== 4) throw new Error(`place ${one} was not found`);
      }
      const none = new Uint32Array();
      expect(patch(bytes, none, unpack(bytes))).toHaveLength(0);
    }),
    { numRuns: 150 },
  );
});

test("an entry of a gram that most events have takes a bit for each event", () => {
  const all = Uint32Array.from({ length: BLOCK }, (_, index) => postingOf(gramOfTag(1), index));
  expect(patch(new Uint8Array(), all, new Uint32Array())).toHaveLength(3 + BLOCK / 8);
  expect(gramOf(0xffff_ffff, 0xffff_ffff)).toBe(BUCKETS * 65_536 - 1);
});

test("bytes that a fault of the disk has changed keep no loop going, and throw nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), some, some, (bytes, added, dropped) => {
      unpack(bytes);
      patch(bytes, added, dropped);
      for (const tag of TAGS) raise(bytes, gramOfTag(tag), new Uint8Array(BLOCK), 0);
    }),
    { numRuns: 100 },
  );
});
