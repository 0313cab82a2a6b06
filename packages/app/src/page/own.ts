// The page that Snug brings. Run by itself, this builds it beforehand, for places where a start may write nothing.
import type { Page } from "@snug/server";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Built, pack, toPage, unpack } from "./packed.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** How the page is built, by what, and where it is kept. */
export interface Recipe {
  readonly entry: string;
  /** What renders it for somebody who is signed in. */
  readonly renderer?: string;
  /** Files, and folders with all that is in them but tests: what the page is made of. */
  readonly sources: readonly string[];
  readonly kept: string;
}

export const own: Recipe = {
  entry: join(root, "packages/app/src/web/index.html"),
  renderer: join(root, "packages/app/src/web/server-rendered.tsx"),
  sources: [
    "packages/app/src/web",
    "packages/app/src/page",
    "packages/app/package.json",
    "packages/client/src",
    "packages/client/package.json",
    "packages/protocol/src",
    "packages/protocol/package.json",
    "tsconfig.json",
    // For all packages of others.
    "bun.lock",
  ].map((path) => join(root, path)),
  kept: join(root, "node_modules/.cache/snug-page"),
};

/** Bytes of the digest before what is kept. */
const DIGEST = 32;

if (import.meta.main) {
  if (process.argv.length > 2) {
    console.error("This builds the page and keeps it. It takes no options.");
    process.exit(2);
  }
  await keptPage(own);
  if (read(own.kept, digestOf(own)) === null) {
    console.error(`The page could not be kept: ${own.kept} cannot be written.`);
    process.exit(1);
  }
}

/** The page as it was built last, while every byte that it is made of is the same; else it is built, and kept. */
export async function keptPage(recipe: Recipe): Promise<Page> {
  const sources = digestOf(recipe);
  const kept = read(recipe.kept, sources);
  if (kept) return toPage(unpack(kept));
  const built = await build(recipe);
  keep(recipe.kept, sources, pack(built));
  return toPage(built);
}

export async function build({
  entry,
  renderer,
}: Pick<Recipe, "entry" | "renderer">): Promise<Built> {
  // The bundler and the compressors are loaded only then.
  const [{ buildPage, buildScript }, { preact }, { onServer }] = await Promise.all([
    import("./build.ts"),
    import("./preact.ts"),
    import("./on-server.ts"),
  ]);
  const [page, script] = await Promise.all([
    buildPage(entry, [preact]),
    renderer === undefined ? undefined : buildScript(renderer, [preact, onServer]),
  ]);
  return { ...page, ...(script !== undefined && { renderer: script }) };
}

function digestOf({ entry, sources }: Recipe): Uint8Array {
  const hash = createHash("sha256").update(Bun.version);
  for (const path of sources.flatMap(filesIn)) {
    const content = readFileSync(path);
    hash.update(`\n${relative(entry, path)} ${content.byteLength}\n`).update(content);
  }
  return hash.digest();
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** It is behind a digest of itself and its sources: what is older, or broken, has another. */
function read(file: string, sources: Uint8Array): Uint8Array<ArrayBuffer> | null {
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = readFileSync(file);
  } catch {
    // Most often there is none yet; whatever is in the way, it can be built.
    return null;
  }
  const packed = bytes.subarray(DIGEST);
  return seal(sources, packed).equals(bytes.subarray(0, DIGEST)) ? packed : null;
}

function keep(file: string, sources: Uint8Array, packed: Uint8Array): void {
  const bytes = Buffer.concat([seal(sources, packed), packed]);
  // Who starts at the same time finds the old one or the new one, whole.
  const aside = `${file}-${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, bytes);
    renameSync(aside, file);
  } catch {
    // Where nothing may be written, each start builds it.
  }
}

function seal(sources: Uint8Array, packed: Uint8Array): Buffer {
  return createHash("sha256").update(sources).update(packed).digest();
}
