import { afterEach, expect, test } from "bun:test";
import type { Asset } from "@snug/server";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { buildPage } from "./build.ts";
import { PageError } from "./page-error.ts";
import { preact } from "./preact.ts";

let folders: string[] = [];
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
  folders = [];
});

const files = {
  "index.html": `<!doctype html><html><head><link rel="icon" href="./dot.svg" /><link rel="stylesheet" href="./main.css" />
    <script type="module" src="./main.tsx"></script></head><body></body></html>`,
  "main.css": "@layer base { body { margin: 0; & p { color: oklch(60% 0.2 30) } } }",
  "main.tsx": `import part from "./part.module.css"; import { limit } from "./limit.ts";
    console.log(part["title"], limit as number, process.env.NODE_ENV); void import("./late.ts");`,
  "part.module.css": ".title { color: red }",
  "limit.ts": "export const limit: number = 4711;",
  "late.ts": `console.log("${"late ".repeat(200)}");`,
  "dot.svg": `<svg xmlns="http://www.w3.org/2000/svg"><desc>${"dot ".repeat(200)}</desc></svg>`,
};

function write(changed: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "snug-build-"));
  folders.push(folder);
  for (const [name, text] of Object.entries({ ...files, ...changed }))
    writeFileSync(join(folder, name), text);
  return join(folder, "index.html");
}

const text = (asset: Asset | undefined) => new TextDecoder().decode(asset?.body);
const only = (assets: ReadonlyMap<string, Asset> | undefined, name: RegExp) => {
  const found = [...(assets ?? [])].filter(([path]) => name.test(path));
  expect([name, found.length]).toEqual([name, 1]);
  return found[0]?.[1];
};

test("[PAGE2] a page is built in memory, its assets named by their content", async () => {
  const { html, assets } = await buildPage(write());
  const paths = [...(assets?.keys() ?? [])];
  for (const path of paths) expect(path).toMatch(/^\/assets\/[\w-]+-[a-z0-9]{8}\.(js|svg)$/);
  expect(paths.length).toBe(3);
  const named = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(named.length).toBe(2);
  expect(paths).toContainValues(named);

  const main = only(assets, /\/index-\w+\.js$/);
  expect(main?.type).toStartWith("text/javascript");
  expect(text(main)).toContain("4711");
  expect(text(main)).toContain("production");
  expect(text(main)).not.toContain("process.env");
  expect(text(main)).not.toContain("late late");
  expect(text(only(assets, /\/late-\w+\.js$/))).toContain("late late");
  const [, styles] = /<style>(.*)<\/style>/s.exec(html) ?? [];
  expect(styles).toMatch(/@layer base.*body p.*color:/s);
  expect(styles).toContain("color:red");
  expect(only(assets, /\.svg$/)?.type).toBe("image/svg+xml");
});

test("where Preact stands for React, a page that is written for it has Preact alone", async () => {
  const { assets } = await buildPage(
    write({
      "main.tsx": `import { createElement } from "react"; import { createRoot } from "react-dom/client";
        createRoot(document.body).render(createElement("p", null, "4711"));`,
    }),
    [preact],
  );
  const script = text(only(assets, /\/index-\w+\.js$/));
  expect(script).toContain("4711");
  // React DOM alone is five times as much.
  expect(script.length).toBeLessThan(40_000);
});

test("[PAGE2] an asset keeps its path from build to build, until what is in it changes", async () => {
  const entry = write();
  const paths = async () => [...((await buildPage(entry)).assets?.keys() ?? [])].toSorted();
  const before = await paths();
  expect(await paths()).toEqual(before);
  writeFileSync(join(entry, "../limit.ts"), "export const limit: number = 4712;");
  const after = await paths();
  const gone = before.filter((path) => !after.includes(path));
  expect(gone.map((path) => path.replace(/-\w+\./, "."))).toEqual(["/assets/index.js"]);
});

test("[PAGE2] the same page has the same assets wherever its folder is, and a new path for all that leads to what changed", async () => {
  const circle = {
    "main.tsx": `import { limit } from "./limit.ts"; console.log(limit); export const own = {};
      void import("./late.ts");`,
    "late.ts": `import { own } from "./main.tsx"; console.log(own); void import("./last.ts");`,
    "last.ts": `console.log("${"last ".repeat(200)}");`,
  };
  const built = async (changed: Record<string, string> = {}) => {
    const { html, assets } = await buildPage(write({ ...circle, ...changed }));
    return {
      html,
      texts: new Map([...(assets ?? [])].map(([path, asset]) => [path, text(asset)])),
    };
  };
  const before = await built();
  expect(await built()).toEqual(before);
  const after = await built({ "last.ts": `console.log("${"LAST ".repeat(200)}");` });
  const gone = [...before.texts.keys()].filter((path) => !after.texts.has(path));
  expect(gone.map((path) => path.replace(/-\w+\./, ".")).toSorted()).toEqual([
    "/assets/index.js",
    "/assets/last.js",
    "/assets/late.js",
  ]);
  for (const { html, texts } of [before, after])
    for (const [path] of [html, ...texts.values()].join().matchAll(/\/assets\/[\w.-]+/g))
      expect([...texts.keys()]).toContain(path);
});

test("[PAGE3] every compressed form holds the same as the plain one, and is smaller", async () => {
  const { html, encoded, assets } = await buildPage(write());
  const all = [{ body: new TextEncoder().encode(html), encoded }, ...(assets?.values() ?? [])];
  let seen = 0;
  for (const { body, encoded: { br, gzip } = {} } of all) {
    for (const form of [br, gzip]) if (form) expect(form.length).toBeLessThan(body.length);
    if (br) expect(brotliDecompressSync(br).equals(body)).toBe(true);
    if (gzip) expect(gunzipSync(gzip).equals(body)).toBe(true);
    seen += Number(br !== undefined) + Number(gzip !== undefined);
  }
  expect(seen).toBeGreaterThanOrEqual(6);
});

test("[OPS3] a page that cannot be built says where and why, in one line", async () => {
  const refusal = (entry: string) =>
    buildPage(entry).then(
      () => "it was built",
      (fault: unknown) => (fault instanceof PageError ? fault.message : String(fault)),
    );
  const cases: [string, RegExp][] = [
    [write({ "limit.ts": "export const limit: number = ;" }), /\(\S*limit\.ts:1\)/],
    [
      write({ "limit.ts": `\nexport { limit } from "no-such-package";` }),
      /no-such-package.*limit\.ts:2/,
    ],
    [write({ "index.html": `<script src="./gone.ts"></script>` }), /gone\.ts.*index\.html/],
    [join(tmpdir(), "snug-no-such-folder", "index.html"), /snug-no-such-folder/],
  ];
  for (const [entry, says] of cases) {
    const message = await refusal(entry);
    expect(message).toMatch(/^The page could not be built: [^\n]+ --page\.$/);
    expect(message).toMatch(says);
  }
});
