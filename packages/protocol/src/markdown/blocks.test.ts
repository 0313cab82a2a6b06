import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseMarkdown } from "./blocks.ts";
import { hostile } from "./hostile.ts";
import type { Block, Inline } from "./tree.ts";
import { plainText } from "./without-marks.ts";

/** A tree in short: `b(bold)`, `i(…)`, `s(…)`, `c(code)`, `a[where](label)`, `@…`. */
const draw = (blocks: readonly Block[]): string => blocks.map(drawBlock).join(" ¶ ");

function drawBlock(block: Block): string {
  switch (block.type) {
    case "paragraph":
      return drawInline(block.children);
    case "code-block":
      return `code:${block.language ?? ""}(${block.text})`;
    case "quote":
      return `quote(${draw(block.children)})`;
    case "list":
      return `${block.start === null ? "list" : `list${block.start}`}(${block.items.map(draw).join(" | ")})`;
  }
}

const drawInline = (nodes: readonly Inline[]): string =>
  nodes
    .map((node) => {
      switch (node.type) {
        case "text":
          return node.text;
        case "code":
          return `c(${node.text})`;
        case "mention":
          return `@${node.kind}(${"of" in node ? node.of : ""})`;
        case "link":
          return `a[${node.href}](${drawInline(node.children)})`;
        case "bold":
        case "italic":
        case "strike":
          return `${node.type.charAt(0)}(${drawInline(node.children)})`;
      }
    })
    .join("");

const expectDrawn = (table: Record<string, string>) => {
  for (const [text, drawn] of Object.entries(table))
    expect([text, draw(parseMarkdown(text))]).toEqual([text, drawn]);
};

test("[TEXT1][MSG15] bold, italics, strike and code; what has no partner stays text", () => {
  expectDrawn({
    "**b** *i* _i_ ~~s~~ `c`": "b(b) i(i) i(i) s(s) c(c)",
    "***both*** **a *b*** *a **b***": "i(b(both)) b(a i(b)) i(a b(b))",
    "***a** b* ***a* b**": "i(b(a) b) b(i(a) b)",
    "**a ~~b** c~~": "b(a ~~b) c~~",
    "**two\nlines** **a\n\nb**": "b(two\nlines) **a\n\nb**",
    "日本**「太」**字": "日本b(「太」)字",
    "**open *and `shut": "**open *and `shut",
    "a_b_c 2*3*4 2 * 3 * 4 ~5~ __init__ ****": "a_b_c 2*3*4 2 * 3 * 4 ~5~ __init__ ****",
    "**5*3=15**": "b(5*3=15)",
    "`a **b** <@u>` `` a`b `` ` `` `": "c(a **b** <@u>) c(a`b) c(``)",
  });
});

test("[TEXT1] a backslash takes a mark's meaning, and stays before anything else", () => {
  expectDrawn({
    "\\*a\\* \\**b** \\`c`": "*a* **b** `c`",
    "1\\. a": "1. a",
    "\\- a": "- a",
    "\\> a": "> a",
    "C:\\new \\\\ `\\`": "C:\\new \\ c(\\)",
    "\\@ada \\<@u_1> \\[a](x)": "@ada <@u_1> [a](x)",
  });
});

test("[TEXT2] code blocks keep what they hold, and name their language", () => {
  expectDrawn({
    "```js\nlet a = `**x**`;\n```": "code:js(let a = `**x**`;)",
    "a\n```\n\n  b\n\n```\nc": "a ¶ code:(\n  b\n) ¶ c",
    "```a b\nc```": "code:(a b\nc)",
    "```x```": "code:(x)",
    "````\n```\n````": "code:(```)",
    "```js\nno end": "```js\nno end",
    "`` ```js ``\n```": "c(```js)\n```",
  });
});

test("[TEXT2] quotes and lists, in one another too, and numbers that only begin a line", () => {
  expectDrawn({
    "> a\n> > b\n> ```\n> c\n> ```\nd": "quote(a ¶ quote(b) ¶ code:(c)) ¶ d",
    "- a\n  - b\n    - c\n- d": "list(a ¶ list(b ¶ list(c)) | d)",
    "- a\n    - b\n        - c\n* d": "list(a ¶ list(b ¶ list(c)) | d)",
    "- a\n\t- b": "list(a ¶ list(b))",
    "3. a\n\n3. b\n\n   more\n\nc": "list3(a | b\n\nmore) ¶ c",
    "1. a\n- b": "list1(a) ¶ list(b)",
    ">_< >5 > > -5 *a 1.5 1.": ">_< >5 > > -5 *a 1.5 1.",
    ">\n>": ">\n>",
    "- - a": "list(list(a))",
  });
});

test("[TEXT2] line breaks stay; blank lines beside a block only set it apart", () => {
  expectDrawn({
    "\n\n a \nb\n\n\nc\n": "\n\n a \nb\n\n\nc\n",
    "a\n\n\n> b\n\nc\n\n- d\n\n": "a ¶ quote(b) ¶ c ¶ list(d)",
  });
});

test("[TEXT3] links lead to http, https and mailto, and nowhere else", () => {
  expectDrawn({
    "[a **b**](https://x.example/(a))": "a[https://x.example/(a)](a b(b))",
    "[m](mailto:a@b.example) [w](www.a.example)":
      "a[mailto:a@b.example](m) a[https://www.a.example](w)",
    "[a [b](https://b.example)](https://c.example)":
      "[a a[https://b.example](b)](a[https://c.example](https://c.example))",
    "[https://a.example](https://b.example)":
      "[a[https://a.example](https://a.example)](a[https://b.example](https://b.example))",
    "*[a](https://x.example)*": "i(a[https://x.example](a))",
  });
  for (const to of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java&#115;cript:alert(1)",
    "\u0001javascript:alert(1)",
    "%6aavascript:alert(1)",
    "javascript://https://a.example/%0aalert(1)",
    "https:javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "blob:https://a.example/x",
    "file:///etc/passwd",
    "//a.example",
    "/v1/me",
    "#",
    "",
    "https://",
    "https:///",
    "https://user@evil.example",
    "https:////bank.example@evil.example",
    "https:\\\\bank.example@evil.example",
    "https://a b",
    "https://a.example\u202e/x",
    "mailto:a@b.example?body=x",
    "mailto:x",
  ]) {
    const nodes = parseMarkdown(`[label](${to})`).flatMap((block) =>
      block.type === "paragraph" ? block.children : [],
    );
    expect(nodes.filter((node) => node.type === "link" && !node.bare)).toEqual([]);
  }
  // Nothing to see, nothing to follow.
  expect(draw(parseMarkdown("[](https://a.example) [\u200b ](https://a.example)"))).not.toMatch(
    /\]\(\u200b? ?\)/,
  );
});

const marks = [
  "* _ ~ ` [ ] ( ) < > @ \\ - . 1 ** ~~ ``` ](https://a.example) www.a.example <@u_1> @room a é 字",
  "\ud83d \u0301 \u202e",
].flatMap((line) => line.split(" "));
const blanks = ["\n", " ", "\r", "\t", "> ", "- ", "1. ", "b c"];
const anyText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...marks, ...blanks) },
      fc.string({ unit: "binary" }),
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(""));

test("[TEXT4] whatever it is, a text is read, and nothing of it is lost but marks", () => {
  // What may be a mark, or be added by one: list numbers, `@somebody`, an address behind its label.
  const kept = (text: string) =>
    text.replaceAll(/[\s*_~`[\]()<>\\\-.@0-9]|https?:\/*|<@u_1>|www/gi, "");
  fc.assert(
    fc.property(anyText, (text) => {
      const plain = plainText(parseMarkdown(text), (id) => id);
      expect(kept(plain)).toBe(kept(text));
    }),
    { numRuns: 1_000 },
  );
});

test("[TEXT4] a text without marks is itself", () => {
  const unmarked = fc
    .array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\n", " ", "word", "é", "🙂")))
    .map((parts) => parts.join("").replaceAll(/[*_~`[\]<>@\\\-.:]/g, ""));
  fc.assert(
    fc.property(unmarked, (text) => {
      expect(plainText(parseMarkdown(text))).toBe(text);
    }),
    { numRuns: 500 },
  );
  expect(parseMarkdown("")).toEqual([]);
});

test("[TEXT4] what is written in one line of letters says so in plain text", () => {
  const said = (text: string) =>
    plainText(parseMarkdown(text), (id) => (id === "u_1" ? "Ada" : undefined));
  expect(said("**Hi** <@u_1> and <@u_2>, see [it](https://a.example)")).toBe(
    "Hi @Ada and @somebody, see it (https://a.example)",
  );
  expect(said("> a\n> b\n\n1. x\n1. y\n   - z\n```js\nq\n```")).toBe(
    "> a\n> b\n1. x\n2. y\n   - z\nq",
  );
});

const depthOf = (node: object): number =>
  1 +
  Math.max(
    0,
    ...Object.values(node).flatMap((value) =>
      Array.isArray(value) ? value.map((child) => depthOf(child as object)) : [],
    ),
  );

test("[TEXT5] nodes lie in one another to a bounded depth", () => {
  for (const text of [
    "> ".repeat(5_000) + "a",
    "- ".repeat(5_000) + "a",
    "*a _a ".repeat(2_000) + "a_ a* ".repeat(2_000),
    "**a ~~a ".repeat(2_000) + "a~~ a** ".repeat(2_000),
    "[".repeat(5_000) + "a" + "](https://a.example)".repeat(500),
  ])
    expect(depthOf(parseMarkdown(text))).toBeLessThan(60);
});

test("[TEXT5] hostile text costs time in line with its length", () => {
  for (const unit of hostile) {
    const cost = (size: number, enough: number) => {
      const text = unit.repeat(size / unit.length);
      let best = Infinity;
      for (let run = 0; run < 3 && best > enough; run++) {
        // What this process used, and not how long it waited for its turn.
        const began = process.cpuUsage();
        parseMarkdown(text);
        best = Math.min(best, process.cpuUsage(began).user / 1_000);
      }
      return best;
    };
    // Four times the text: a square would cost sixteen times as much.
    const most = cost(10_000, 0) * 10 + 40;
    expect([unit, cost(40_000, most) <= most]).toEqual([unit, true]);
  }
});
