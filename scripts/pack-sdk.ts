// npm run pack:sdk: the SDK as a package for products outside of this repository. It stands on
// nothing but the product's own React.
import {
  accessSync,
  constants,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import client from "../packages/client/package.json" with { type: "json" };

const root = join(import.meta.dirname, "..");
const packages = join(root, "packages");
const protocol = "protocol/src/index.ts";
const entries = ["client/src/index.ts", "client/src/react/index.ts"];

const { name, version, license, type, sideEffects, peerDependencies } = client;
const manifest = {
  name,
  version,
  description: "The SDK of Snug, with React hooks",
  license,
  type,
  sideEffects,
  exports: {
    ".": { types: "./types/client/src/index.d.ts", default: "./dist/index.js" },
    "./react": { types: "./types/client/src/react/index.d.ts", default: "./dist/react/index.js" },
  },
  engines: { node: ">=20.3" },
  peerDependencies,
  // Scripts have none.
  peerDependenciesMeta: { react: { optional: true } },
};

if (import.meta.main) {
  const [folder = ".", ...more] = process.argv.slice(2);
  if (more.length > 0 || folder.startsWith("-")) {
    console.error("Usage: npm run pack:sdk [-- FOLDER]. It writes the package there, or here.");
    process.exit(folder === "--help" ? 0 : 2);
  }
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    console.error(`The SDK cannot be written to ${folder} (${code}). Name a folder.`);
    process.exit(1);
  }
  const tarball = await packSdk(resolve(folder));
  console.log(`The SDK is in ${tarball}. In the folder of your product: npm install ${tarball}`);
}

/** Writes the package into this folder, and says where it is. */
export async function packSdk(folder: string): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), "snug-sdk-"));
  const stage = join(work, "package");
  try {
    await bundle(join(stage, "dist"));
    declare(join(stage, "types"), join(work, "tsconfig.json"));
    cpSync(join(root, "LICENSE"), join(stage, "LICENSE"));
    cpSync(join(packages, "client/README.md"), join(stage, "README.md"));
    writeJson(join(stage, "package.json"), manifest);
    const name = run(["pm", "pack", "--quiet", "--destination", folder], stage).trim();
    return resolve(folder, name);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Both entries on one core: a chat that one has made is a chat for the other. */
async function bundle(outdir: string): Promise<void> {
  await Bun.build({
    entrypoints: entries.map((entry) => join(packages, entry)),
    root: join(packages, "client/src"),
    outdir,
    target: "browser",
    splitting: true,
    external: Object.keys(peerDependencies),
  });
}

/** What tsc says of the sources, with the types of the protocol and of what that stands on beside it. */
function declare(types: string, config: string): void {
  writeJson(config, {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: packages,
      outDir: types,
      types: [],
      // As sources of its own: tsc tells nothing of what it finds in node_modules.
      paths: { "@snug/protocol": [join(packages, protocol)] },
    },
    files: entries.map((file) => join(packages, file)),
    include: [],
  });
  run([join(root, "node_modules/typescript/bin/tsc"), "-p", config], root);
  const valibot = dirname(Bun.resolveSync("valibot", join(packages, "protocol")));
  cpSync(join(valibot, "index.d.mts"), join(types, "valibot/index.d.ts"));
  cpSync(join(valibot, "../LICENSE.md"), join(types, "valibot/LICENSE.md"));
  const places: Record<string, string> = {
    "@snug/protocol": join(types, protocol),
    valibot: join(types, "valibot/index.ts"),
  };
  for (const file of globSync(join(types, "{client,protocol}/**/*.d.ts"))) {
    const text = readFileSync(file, "utf8");
    const own = text.replaceAll(/(\bfrom |\bimport\()"([^"]+)"/g, (_, before, from) => {
      const place = places[from];
      const to = place === undefined ? from : relative(dirname(file), place);
      return `${before}"${to.replace(/\.ts$/, ".js")}"`;
    });
    writeFileSync(file, own);
  }
}

function run(args: string[], cwd: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ...args], { cwd });
  if (exitCode === 0) return stdout.toString();
  throw new Error(`"bun ${args.join(" ")}" failed:\n${stdout.toString()}${stderr.toString()}`);
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
