import { expect, test } from "bun:test";
import fc from "fast-check";
import { check } from "./check.ts";
import { limits } from "./limit.ts";
import { ClientId, Name, Text } from "./text.ts";

const anyText = fc.string({ unit: "binary", maxLength: 200 });
const points = (text: string) =>
  Array.from(text, (point) => `U+${point.codePointAt(0)?.toString(16).padStart(4, "0")}`).join(" ");
const named = (texts: string[]) => texts.map((text) => [points(text), text] as const);
const code = (outcome: ReturnType<typeof check>) => (outcome.ok ? "ok" : outcome.error.code);

test("[MSG2] text with something to see in it is taken as it is", () => {
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      const text = `${before}x${after}`.replaceAll("\0", "");
      expect(check(Text, text)).toEqual({ ok: true, value: text });
    }),
  );
});

test.each(
  named([
    "",
    " ",
    "\n\r\t\v\f",
    "\u0085\u00a0",
    "\u2003\u3000",
    "\u200b\u200d\u2060",
    "\ufeff",
    "\u00ad",
    "\u202e\u202c",
    "\u0007\u001b",
  ]),
)("[MSG2] <%s> shows nothing and is refused", (_, text) => {
  expect(code(check(Text, text))).toBe("invalid_request");
});

// Letters and marks by their category, yet Unicode has nothing drawn for them
// (Default_Ignorable_Code_Point).
test.each(
  named(["\u3164", "\u115f\u1160", "\uffa0", "\u034f", "\ufe0f", "\u180b", "\u17b4", "\u{e0100}"]),
)("[MSG2] <%s>, invisible by itself, is refused", (_, text) => {
  expect(code(check(Text, text))).toBe("invalid_request");
});

test("[MSG2] an invisible character beside a visible one stays", () => {
  for (const text of ["❤\ufe0f", "👩\u200d👩\u200d👧", "a\u3164", "\u202ea", "\ufeffa"]) {
    expect(check(Text, text)).toEqual({ ok: true, value: text });
  }
});

test("[MSG2] text with a lone surrogate or NUL is refused, wherever it stands", () => {
  const flaw = fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff", "\0");
  fc.assert(
    fc.property(anyText, flaw, anyText, (before, bad, after) => {
      // A space each side, so that no two halves make a pair.
      expect(code(check(Text, `x${before} ${bad} ${after}`))).toBe("invalid_request");
    }),
  );
});

test.each(["x", "é", "€", "😀"])(
  "[LIM2] 16 KiB of %j is text, one byte more is too_large",
  (unit) => {
    const most = unit.repeat(limits.textBytes / Buffer.byteLength(unit));
    const filled = most + "x".repeat(limits.textBytes - Buffer.byteLength(most));
    expect(Buffer.byteLength(filled)).toBe(16_384);
    expect(code(check(Text, filled))).toBe("ok");
    expect(code(check(Text, `${filled}x`))).toBe("too_large");
  },
);

test("[LIM4] a name is cut of outer white space and has 1 to 64 characters, code points", () => {
  expect(check(Name, "\u3000 Ada Lovelace\u00a0\n")).toEqual({ ok: true, value: "Ada Lovelace" });
  for (const unit of ["x", "é", "😀"]) {
    expect(check(Name, ` ${unit.repeat(64)} `)).toEqual({ ok: true, value: unit.repeat(64) });
    expect(code(check(Name, unit.repeat(65)))).toBe("invalid_request");
  }
});

test.each(
  named([
    "",
    " \n ",
    "\u3164",
    "a\u202eb",
    "a\u2066b",
    "a\nb",
    "a\u2028b",
    "a\tb",
    "a\0b",
    "\ud800",
  ]),
)("[LIM4] <%s> is no name", (_, name) => {
  expect(code(check(Name, name))).toBe("invalid_request");
});

test("[LIM4] what is taken as a name is taken again, unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 70 }), (text) => {
      const name = check(Name, text);
      if (name.ok) expect(check(Name, name.value)).toEqual(name);
    }),
  );
});

test("[LIM4] a clientId has 1 to 64 characters, code points, and is taken as it is", () => {
  for (const id of [" ", "x", "x".repeat(64), "😀".repeat(64), "a\nb"]) {
    expect(check(ClientId, id)).toEqual({ ok: true, value: id });
  }
  for (const id of ["", "x".repeat(65), "😀".repeat(65), "a\0", "\udc00", 1, null, {}]) {
    expect(code(check(ClientId, id))).toBe("invalid_request");
  }
});
