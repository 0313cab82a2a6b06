// npm run build:function: what Vercel runs, in the form of its Build Output API, version 3.
import type { Page } from "@snug/server";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, own } from "../page/own.ts";
import { pack } from "../page/packed.ts";

const here = import.meta.dirname;
const server = fileURLToPath(new URL(".", import.meta.resolve("@snug/server/node")));
/** They hold programs of the machine, and stay packages. */
const asTheyAre = ["sharp", "@node-rs/argon2"];

/** Seconds; streams end before, see SNUG_STREAM_SECONDS. */
const LONGEST = 300;

/** As `http/page.ts` answers for them. */
const ofAssets = {
  "cache-control": "public, max-age=31536000, immutable",
  "x-content-type-options": "nosniff",
};

if (import.meta.main) {
  if (process.platform !== "linux") {
    console.error("Build it on Linux, where it runs: pictures and passwords need its programs.");
    process.exit(1);
  }
  // Always there: what is in that folder is taken away.
  if (process.argv.length > 2) {
    console.error("Usage: npm run build:function. It takes no options, and writes .vercel/output.");
    process.exit(process.argv[2] === "--help" ? 0 : 2);
  }
  const out = resolve(".vercel/output");
  await buildFunction(out);
  console.log(`The function is in ${out}.`);
}

/** Puts it into this folder, in place of what was there. */
export async function buildFunction(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const home = join(out, "functions/snug.func");
  const [page] = await Promise.all([build(own), bundle(join(here, "function.ts"), home)]);
  writeFileSync(join(home, "page.bin"), pack(page));
  for (const name of asTheyAre) bring(name, server, join(home, "node_modules"));
  write(join(home, ".vc-config.json"), {
    runtime: "nodejs24.x",
    handler: "index.mjs",
    launcherType: "Nodejs",
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    maxDuration: LONGEST,
    shouldAddHelpers: false,
    supportsResponseStreaming: true,
    // Whoever leaves is known to have left.
    supportsCancellation: true,
  });
  writeAssets(page, join(out, "static"));
  write(join(out, "config.json"), {
    version: 3,
    routes: [
      // They ask for no token.
      { src: "/metrics", status: 404 },
      { src: "/assets/.*", headers: ofAssets, continue: true },
      { handle: "filesystem" },
      { src: "/.*", dest: "/snug" },
    ],
    overrides: Object.fromEntries(
      [...(page.assets ?? [])].map(([path, { type }]) => [path.slice(1), { contentType: type }]),
    ),
  });
}

async function bundle(entry: string, home: string): Promise<void> {
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    target: "node",
    format: "esm",
    external: asTheyAre,
  });
  const [code] = outputs;
  if (!code || outputs.length > 1) throw new Error("the function is more than one file");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "index.mjs"), await code.text());
}

/** Copies a package, and what it stands on as far as it is for this machine. */
function bring(name: string, user: string, to: string): void {
  const folder = find(name, user);
  const place = join(to, name);
  if (folder === null || existsSync(place)) return;
  cpSync(folder, place, { recursive: true, dereference: true });
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Record<"dependencies" | "optionalDependencies", Record<string, string> | undefined>;
  for (const each of Object.keys({ ...dependencies, ...optionalDependencies }))
    bring(each, folder, to);
}

/** Where Node.js would find it. */
function find(name: string, user: string): string | null {
  const folder = join(user, "node_modules", name);
  if (existsSync(folder)) return realpathSync(folder);
  return user === dirname(user) ? null : find(name, dirname(user));
}

function writeAssets({ assets }: Page, folder: string): void {
  for (const [path, { body }] of assets ?? []) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), body);
  }
}

function write(file: string, json: object): void {
  writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
}
