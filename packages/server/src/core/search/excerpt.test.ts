import { expect, test } from "bun:test";
import fc from "fast-check";
import { excerpt } from "./excerpt.ts";
import { fold, foldInPlace } from "./fold.ts";

const of = (text: string, ...terms: string[]) => excerpt(text, terms.map(fold));

test("[SRC6] hits are told apart from what is around them, as they were written", () => {
  expect(of("Tea and TÉA, team", "tea")).toEqual(["", "Tea", " and ", "TÉA", ", ", "tea", "m"]);
  expect(of("one two three", "two three", "three")).toEqual(["one ", "two three", ""]);
  expect(of("aaaa", "aa")).toEqual(["", "aaaa", ""]);
  expect(of("nothing of it", "else")).toEqual(["nothing of it"]);
  expect(of("<b>tea</b>", "<b>")).toEqual(["", "<b>", "tea</b>"]);
  // What came from one letter is not torn: the s of a ß, the marks of a letter, a pair of surrogates.
  expect(of("Straße e\u0301t ㎞ 🎉!", "s")).toEqual(["", "S", "tra", "ß", "e e\u0301t ㎞ 🎉!"]);
  expect(of("Straße e\u0301t ㎞ 🎉!", "et", "m", "🎉")).toEqual([
    "Straße ",
    "e\u0301t",
    " ",
    "㎞",
    " ",
    "🎉",
    "!",
  ]);
  expect(of("two\n\n  words", "two words")).toEqual(["", "two\n\n  words", ""]);
});

test("[SRC6] of a long text the part around the first hit is shown", () => {
  const text = `${"before ".repeat(100)}needle${" after".repeat(100)}`;
  const [start = "", hit, end = ""] = of(text, "needle");
  expect(hit).toBe("needle");
  expect([start.startsWith("…"), end.endsWith("…"), start.length < 80]).toEqual([true, true, true]);
  expect((start + hit + end).length).toBeLessThan(300);
  const [whole = "", ...rest] = of("x".repeat(1_000), "y");
  expect([rest, whole.length < 300, whole.endsWith("…")]).toEqual([[], true, true]);
});

test("[SRC6] whatever the text, its places fit, and pieces are the text", () => {
  const letters = fc.constantFrom(
    ...Array.from("aéÉßİﬁ㎞ \n\u0301\u200D한ᄒ\u1161\u11ABがか\u3099👩🎉\uFE0Fλς"),
  );
  const text = fc.array(letters, { maxLength: 30 }).map((all) => all.join(""));
  fc.assert(
    fc.property(text, text, (words, term) => {
      const { folded, places } = foldInPlace(words);
      expect(places).toHaveLength(folded.length + 1);
      const terms = [fold(term)].filter((one) => one !== "");
      const pieces = excerpt(words, terms);
      expect(pieces.length % 2).toBe(1);
      expect(pieces.join("")).toBe(words);
      for (const [index, piece] of pieces.entries())
        if (index % 2 === 1)
          expect(terms.some((one) => fold(piece).includes(one.trim()))).toBe(true);
    }),
  );
});
