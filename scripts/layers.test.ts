import { expect, test } from "bun:test";
import { Glob } from "bun";
import { dirname, join, normalize, relative } from "node:path";

// Imports go down only, types included. Within the server a floor may use the
// floors named behind it; whatever is not named there may be used by nobody else.
const root = join(import.meta.dir, "..");
const packages: Record<string, readonly string[]> = {
  protocol: [],
  server: ["protocol"],
  client: ["protocol"],
  app: ["protocol", "server", "client"],
};
const serverFloors: Record<string, readonly string[]> = {
  core: [],
  "engine/memory": ["core"],
  "engine/embedded": ["core"],
  "engine/redis": ["core"],
  engine: ["core"],
  gateway: ["core"],
  transport: ["gateway", "core"],
  http: ["transport", "gateway", "core"],
};
/** What a function on Node.js is made of, with what stands in there for Bun. */
const portables = [
  "packages/protocol/src/",
  "packages/server/src/core/",
  "packages/server/src/gateway/",
  "packages/server/src/http/",
  "packages/server/src/transport/",
  "packages/server/src/engine/redis/",
  "packages/server/src/engine/fetched-blobs.ts",
  "packages/server/src/passwords/node-passwords.ts",
  "packages/server/src/passwords/passwords.ts",
  "packages/server/src/pictures/heif.ts",
  "packages/server/src/pictures/node-pictures.ts",
  "packages/server/src/pictures/pictures.ts",
  "packages/server/src/pictures/without-metadata.ts",
  "packages/server/src/ids.ts",
  "packages/server/src/metrics.ts",
  "packages/server/src/node.ts",
  "packages/server/src/server.ts",
  "packages/app/src/config.ts",
  "packages/app/src/function/function.ts",
  "packages/app/src/function/house.ts",
  "packages/app/src/page/packed.ts",
  "packages/app/src/server-options.ts",
];
/** Files of the roof that lower floors may use all the same, because they stand on nothing. */
const ground = new Set(["metrics.ts"]);

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = [...new Glob("packages/*/src/**/*.{ts,tsx}").scanSync(root)];
const imports: Import[] = [];
for (const from of files) {
  const text = await Bun.file(join(root, from)).text();
  for (const [, to = ""] of text.matchAll(
    /(?:^|\n)(?:import|export)\b[^;]*?from "([^"]+)"|import\("([^"]+)"\)/g,
  )) {
    imports.push({ from, to: to.startsWith(".") ? normalize(join(dirname(from), to)) : to });
  }
}
const product = imports.filter(({ from }) => !isTestOnly(from));

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(200);
});

test("packages import only what is below them", () => {
  const wrong = product.filter(({ from, to }) => {
    const [, own = ""] = from.split("/");
    const other = /^@snug\/(\w+)/.exec(to)?.[1];
    return other !== undefined && !packages[own]?.includes(other);
  });
  expect(wrong).toEqual([]);
});

test("no relative import leaves its package, and none names its own package's index", () => {
  const wrong = imports.filter(({ from, to }) => {
    const home = from.split("/").slice(0, 3).join("/");
    return (
      to.includes("/") &&
      /^(packages|\.\.)\b/.test(to) &&
      (!to.startsWith(`${home}/`) || to === `${home}/index.ts`)
    );
  });
  expect(wrong).toEqual([]);
});

test("within the server arrows go down only", () => {
  const src = "packages/server/src";
  const wrong = product.filter(({ from, to }) => {
    if (!from.startsWith(src) || !to.startsWith(src)) return false;
    const [here, there] = [floorOf(relative(src, from)), floorOf(relative(src, to))];
    if (here === null || here === there) return false;
    return there === null ? !ground.has(relative(src, to)) : !serverFloors[here]?.includes(there);
  });
  expect(wrong).toEqual([]);
});

test("no file is in a circle", () => {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const circle = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const { to } of next.get(file) ?? []) {
      const found = circle(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return null;
  };
  expect(files.map((file) => circle(file, [])).filter((found) => found !== null)).toEqual([]);
});

test("core and protocol know no runtime, time or chance; the portable parts know no Bun, and nothing that Node.js 24 has not", async () => {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const file of files.filter((one) => !isTestOnly(one))) {
    const code = (await Bun.file(join(root, file)).text()).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    const pure = /^packages\/(protocol\/src|server\/src\/core)\//.test(file);
    const portable = pure || portables.some((part) => file.startsWith(part));
    for (const part of portables) if (file.startsWith(part)) seen.add(part);
    if (
      pure &&
      /"node:|\bDate\.now|new Date\b|performance\.|Math\.random|crypto\.|setTimeout/.test(code)
    ) {
      wrong.push(`${file}: a runtime, a clock or chance`);
    }
    // Types alone do no harm.
    const values = code.replaceAll(/\bimport type [^;]*;/g, "");
    if (portable && /\bBun\.|"bun[:"]/.test(values)) wrong.push(`${file}: Bun`);
    if (portable && /\b(to|from)(Base64|Hex)\b|\bgetOrInsert|\bError\.isError/.test(code))
      wrong.push(`${file}: newer than Node.js 24`);
  }
  expect(wrong).toEqual([]);
  expect([...seen].toSorted()).toEqual(portables.toSorted());
});

/** The longest floor that this path (from `src`) stands on; `null` for the roof. */
function floorOf(path: string): string | null {
  const floors = Object.keys(serverFloors).filter((floor) => path.startsWith(`${floor}/`));
  return floors.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

function isTestOnly(file: string): boolean {
  return /\.test\.tsx?$|\/(testing|fixtures|cast|contract|manual-clock)\.ts$|\/(contract|same-answers)\//.test(
    file,
  );
}
