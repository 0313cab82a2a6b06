import { expect, test } from "bun:test";
import { textHtml } from "./html.ts";
import { opensSafely, placeOf } from "./place-of.ts";

const nameOf = () => `"><script>name</script>`;

test("[EXP2] of any text nothing becomes an element or an attribute that its reader did not make of it", async () => {
  const evil = [
    `<script>x</script>`,
    `" onclick="x`,
    `'><img src=x>`,
    "&lt;",
    "\u2028</code></pre>",
  ];
  const marks = [
    "",
    "*",
    "**",
    "`",
    "```\n",
    "> ",
    "- ",
    "1. ",
    "<@u>",
    "[a](https://x/?",
    "www.a.b/",
  ];
  const texts = marks.flatMap((mark) => evil.map((one) => mark + one + mark));
  const allowed = /^(?:a|bdi|blockquote|code|em|li|ol|p|pre|s|strong|ul)$/;
  for (const text of texts.concat(texts.map((one) => one.repeat(50)))) {
    const faults: string[] = [];
    const rewriter = new HTMLRewriter().on("*", {
      element({ tagName, attributes }) {
        if (!allowed.test(tagName)) faults.push(tagName);
        for (const [name, value] of attributes) {
          const isFine =
            name === "href"
              ? /^(?:https?:|mailto:)/.test(value)
              : /^(?:class|dir|rel|start|tabindex|target)$/.test(name);
          if (!isFine) faults.push(`${name}=${value}`);
        }
      },
    });
    const html = textHtml(text, nameOf);
    await rewriter.transform(new Response(html)).text();
    expect([text, faults]).toEqual([text, []]);
  }
  expect(textHtml("```\n\n  a <b>\n```", nameOf)).toBe(
    '<pre tabindex="0">\n<code>\n  a &#60;b&#62;</code></pre>',
  );
});

test("[EXP2] a file lies in its folder, whatever it is called, under a name that every disk takes", () => {
  const names = [
    "../../etc/passwd",
    "..\\..\\x",
    "/abs",
    "C:\\con.txt",
    "a\0b",
    "..",
    "",
    "<>|?*:.html",
  ];
  for (const name of [...names, "界".repeat(128), `${"😀".repeat(120)}.jpeg`, "\u202Egnp.exe"]) {
    const place = placeOf({ id: "id" as never, name });
    expect(place).toMatch(/^files\/id-[^/\\<>:"|?*\p{Cc}\u202E]+$/u);
    expect(new TextEncoder().encode(place).length).toBeLessThan(200);
  }
  expect(placeOf({ id: "id" as never, name: `${"界".repeat(100)}.jpeg` })).toEndWith("界.jpeg");
  expect(["a.png", "A.PDF", "b.txt"].filter(opensSafely)).toHaveLength(3);
  expect(["a.html", "a.svg", "a", "a.txt.xhtml", "png", "a.png."].filter(opensSafely)).toEqual([]);
});
