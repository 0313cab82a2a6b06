import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPage } from "./build.ts";
import { keptPage, own } from "./own.ts";
import { PageError } from "./page-error.ts";

let folders: string[] = [];
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
  folders = [];
});

/** A page of two files, and where it is kept. */
function write() {
  const folder = mkdtempSync(join(tmpdir(), "snug-own-"));
  folders.push(folder);
  const [entry, script] = [join(folder, "index.html"), join(folder, "main.ts")];
  writeFileSync(entry, `<!doctype html><script type="module" src="./main.ts"></script>`);
  writeFileSync(script, `console.log("${"first ".repeat(100)}");`);
  const kept = join(folder, "kept/page");
  return { recipe: { entry, sources: [entry, script], kept }, script, kept };
}

const scriptOf = ({ assets }: Awaited<ReturnType<typeof keptPage>>) =>
  new TextDecoder().decode([...(assets?.values() ?? [])][0]?.body);

test("[PAGE2] a page that was kept is the page that was built, in every form", async () => {
  const { recipe, kept } = write();
  const built = await buildPage(recipe.entry);
  expect(await keptPage(recipe)).toEqual(built);
  const bytes = readFileSync(kept);
  const again = await keptPage(recipe);
  expect(again.html).toBe(built.html);
  expect([...(again.assets?.keys() ?? [])]).toEqual([...(built.assets?.keys() ?? [])]);
  for (const [path, { type, body, encoded }] of built.assets ?? []) {
    const found = again.assets?.get(path);
    expect(found?.type).toBe(type);
    expect(Buffer.from(found?.body ?? "").equals(body)).toBe(true);
    for (const coding of ["br", "gzip"] as const)
      expect(
        Buffer.from(found?.encoded?.[coding] ?? "").equals(encoded?.[coding] ?? Buffer.of()),
      ).toBe(true);
  }
  // Nothing was built: it would have been written anew, and nothing was left aside.
  expect(readFileSync(kept).equals(bytes)).toBe(true);
  expect(readdirSync(join(kept, ".."))).toEqual(["page"]);
});

test("[PAGE2] a source that changed, to the same length too, has the page built anew", async () => {
  const { recipe, script } = write();
  expect(scriptOf(await keptPage(recipe))).toContain("first");
  writeFileSync(script, readFileSync(script, "utf8").replaceAll("first", "other"));
  expect(scriptOf(await keptPage(recipe))).toContain("other");
  writeFileSync(script, "export const nothing: number = ;");
  expect(await keptPage(recipe).catch((fault: unknown) => fault)).toBeInstanceOf(PageError);
});

test("[PAGE2] a kept page that is broken is built and kept anew", async () => {
  const { recipe, kept } = write();
  const page = await keptPage(recipe);
  const whole = readFileSync(kept);
  const torn = Buffer.from(whole);
  torn[torn.length - 1] = torn[torn.length - 1] === 0 ? 1 : 0;
  for (const broken of [Buffer.of(), whole.subarray(0, 20), whole.subarray(0, -9), torn]) {
    writeFileSync(kept, broken);
    expect(scriptOf(await keptPage(recipe))).toBe(scriptOf(page));
    expect(readFileSync(kept).equals(whole)).toBe(true);
  }
});

test("[PAGE2] where nothing can be kept, the page is built all the same", async () => {
  const { recipe, script } = write();
  const kept = join(script, "no-folder");
  expect(scriptOf(await keptPage({ ...recipe, kept }))).toContain("first");
  expect(existsSync(kept)).toBe(false);
});

test("[PAGE2] run by itself, it keeps Snug's own page", () => {
  rmSync(own.kept, { force: true });
  const run = (...args: string[]) => {
    const program = [process.execPath, join(import.meta.dirname, "own.ts")];
    const { exitCode, stderr } = Bun.spawnSync([...program, ...args]);
    return [exitCode, stderr.toString()];
  };
  expect(run("--out")).toEqual([2, "This builds the page and keeps it. It takes no options.\n"]);
  expect(existsSync(own.kept)).toBe(false);
  expect(run()).toEqual([0, ""]);
  expect(existsSync(own.kept)).toBe(true);
});

test("what Snug's own page is made of is all among its sources", async () => {
  const { metafile } = await Bun.build({
    entrypoints: [own.entry],
    target: "browser",
    minify: true,
    metafile: true,
  });
  const inputs = Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path));
  expect(inputs.length).toBeGreaterThan(200);
  const within = (path: string) => own.sources.some((source) => path.startsWith(source));
  // Packages of others are as the lock file says, which is a source.
  expect(inputs.filter((path) => !path.includes("/node_modules/") && !within(path))).toEqual([]);
});
