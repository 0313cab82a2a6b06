import { expect, test } from "bun:test";
import fc from "fast-check";
import { linkify } from "./linkify.ts";

const links = (text: string) =>
  linkify(text).flatMap((piece) => (piece.type === "link" ? [piece.text] : []));

test("http, https and www become links, other schemes never", () => {
  expect(links("see https://a.example/x and HTTP://B.example or www.c.example/d")).toEqual([
    "https://a.example/x",
    "HTTP://B.example",
    "www.c.example/d",
  ]);
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://a.example",
    "file:///etc/passwd",
    "vbscript:x",
    "xhttps://a.example",
    "www.",
    "www.example",
    "https://",
    "https://user@evil.example",
    "https://bank.example:pass@evil.example",
  ]) {
    expect(links(text)).toEqual([]);
  }
});

test("an address without a scheme leads to https", () => {
  expect(linkify("www.a.example")).toEqual([
    { type: "link", text: "www.a.example", href: "https://www.a.example/" },
  ]);
});

test("what ends the sentence, and brackets opened outside, stay outside", () => {
  expect(links("(https://a.example/x).")).toEqual(["https://a.example/x"]);
  expect(links("https://a.example/wiki/Snug_(pub)!")).toEqual([
    "https://a.example/wiki/Snug_(pub)",
  ]);
  expect(links("[https://a.example/[x]], and")).toEqual(["https://a.example/[x]"]);
  expect(links('"https://a.example"…')).toEqual(["https://a.example"]);
  expect(links("<https://a.example/?a=1&b=2>")).toEqual(["https://a.example/?a=1&b=2"]);
  expect(links("看（https://a.example/x），次")).toEqual(["https://a.example/x"]);
  expect(links("https://a.example。次")).toEqual(["https://a.example"]);
});

test("marks that turn or hide text end an address", () => {
  expect(links("https://a.example/\u202Egnp.exe")).toEqual(["https://a.example/"]);
  expect(links("https://a.example\u200B/x")).toEqual(["https://a.example"]);
});

test("pieces put together are the text, for any text", () => {
  const part = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("https://", "www.", "http://a.example", ")", "(", ".", " ", "]", "\u202e"),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      const pieces = linkify(text);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      for (const piece of pieces) {
        if (piece.type === "link") expect(piece.href).toMatch(/^https?:\/\//);
      }
    }),
  );
});

test("hostile text costs time in line with its length", () => {
  const hostile = [
    "http://",
    "www.",
    "http://[",
    "https://a.example(",
    "https://a.example/)",
    "https://a.example,",
    "((((",
    "https://@",
  ];
  for (const unit of hostile) {
    const cost = (size: number) => {
      const text = unit.repeat(size / unit.length);
      let best = Infinity;
      for (let run = 0; run < 3; run++) {
        // What this process used, and not how long it waited for its turn.
        const began = process.cpuUsage();
        linkify(text);
        best = Math.min(best, process.cpuUsage(began).user / 1_000);
      }
      return best;
    };
    // Long enough for the system's clock, which counts in milliseconds.
    const small = cost(200_000);
    // Eight times the text: a square would cost sixty-four times as much.
    expect(cost(1_600_000)).toBeLessThan(small * 24 + 20);
  }
});
