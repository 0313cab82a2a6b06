// What a browser has to load: the SDK, its React part beside it, and the page.
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { buildPage } from "../packages/app/src/page/build.ts";
import { preact } from "../packages/app/src/page/preact.ts";

export interface Size {
  readonly bytes: number;
  readonly gzip: number;
  readonly brotli: number;
}

const packages = join(import.meta.dirname, "../packages");
const SDK = join(packages, "client/src/index.ts");
const REACT = join(packages, "client/src/react/index.ts");

if (import.meta.main) await main();

/** The SDK alone, and what its React part adds to it; React itself is the app's own. */
export async function sdkSizes(): Promise<{ sdk: Size; react: Size }> {
  const [sdk, both] = [await weigh([SDK]), await weigh([SDK, REACT])];
  const react = {
    bytes: both.bytes - sdk.bytes,
    gzip: both.gzip - sdk.gzip,
    brotli: both.brotli - sdk.brotli,
  };
  return { sdk, react };
}

/** Everything that the page loads, by path. */
export async function pageSizes(): Promise<Map<string, Size>> {
  const { html, assets } = await buildPage(join(packages, "app/src/web/index.html"), [preact]);
  return new Map([
    ["/", sizeOf(html)],
    ...[...(assets ?? [])].map(([path, { body }]) => [path, sizeOf(body)] as const),
  ]);
}

/** These modules with all that they export, as one minified file for browsers. */
async function weigh(modules: readonly string[]): Promise<Size> {
  const entry = join(packages, "everything.ts");
  const all = modules.map((path) => `export * from ${JSON.stringify(path)};`);
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    files: { [entry]: all.join("\n") },
    target: "browser",
    minify: true,
    external: ["react"],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const [file] = outputs;
  if (!file) throw new Error(`${modules.join(", ")} became no file`);
  return sizeOf(new Uint8Array(await file.arrayBuffer()));
}

function sizeOf(content: string | Uint8Array): Size {
  const bytes = Buffer.from(content);
  return {
    bytes: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}

async function main() {
  if (process.argv.length > 2) {
    console.error("Usage: npm run sizes (it takes no arguments)");
    process.exit(process.argv[2] === "--help" ? 0 : 2);
  }
  const { sdk, react } = await sdkSizes();
  const rows: [string, Size][] = [
    ["@snug/client", sdk],
    ["@snug/client/react, beside it", react],
    ...(await pageSizes()),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name: string, ...figures: (string | number)[]) =>
    console.log(name.padEnd(width), ...figures.map((figure) => String(figure).padStart(9)));
  line("", "bytes", "gzip", "brotli");
  for (const [name, { bytes, gzip, brotli }] of rows) line(name, bytes, gzip, brotli);
}
