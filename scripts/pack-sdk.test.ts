import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startTestServer } from "../packages/server/src/testing.ts";
import { packSdk } from "./pack-sdk.ts";

// A product in a folder of its own, with the package, React and nothing else.
const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const snippet = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1] ?? "";

let product: string;
beforeAll(async () => {
  product = mkdtempSync(join(tmpdir(), "snug-product-"));
  const tarball = await packSdk(product);
  await write("package.json", JSON.stringify({ type: "module" }));
  // An empty cache, and no network: whatever the package needed, it would not get.
  run("npm", "install", "--offline", "--cache", "cache", "--no-audit", "--no-fund", tarball);
  const page = join(root, "packages/app/node_modules");
  for (const name of ["react", "react-dom"]) bring(name, join(page, name));
  bring("@types/react", join(root, "node_modules/@types/react"));
});
afterAll(() => rmSync(product, { recursive: true, force: true }));

test("the packed SDK posts and hears under Node.js, and its hooks are drawn by the product's React", async () => {
  await write(
    "script.js",
    `import { createElement } from "react";
     import { renderToString } from "react-dom/server";
     import { createChat } from "@snug/client";
     import { useRoom } from "@snug/client/react";
     const chat = createChat({ url: process.argv[2] });
     const guest = await chat.becomeGuest("Ann");
     if (!guest.ok) throw new Error(guest.error.detail);
     const room = chat.room("general");
     const heard = new Promise((resolve) => room.on("message.posted", ({ text }) => resolve(text)));
     const sent = await room.post("From a product").value.sent;
     const Room = () => useRoom(chat, "general").status;
     console.log(JSON.stringify([sent.ok, await heard, renderToString(createElement(Room))]));
     chat.close();`,
  );
  const server = await startTestServer();
  try {
    const child = Bun.spawn(["node", "script.js", server.url], { cwd: product, stderr: "inherit" });
    const said = await new Response(child.stdout).text();
    expect(JSON.parse(said)).toEqual([true, "From a product", "connecting"]);
    expect(await child.exited).toBe(0);
  } finally {
    await server.close();
  }
});

test.each([
  ["esnext", "bundler"],
  ["nodenext", "nodenext"],
])(
  "the README's examples compile against the packed SDK, module %s",
  async (module, moduleResolution) => {
    await write("hello.ts", snippet("ts"));
    await write("room.tsx", snippet("tsx"));
    await write(
      "wrong.ts",
      `import { createChat } from "@snug/client";
       import { useRoom } from "@snug/client/react";
       // @ts-expect-error no such option
       const chat = createChat({ uri: "" });
       // @ts-expect-error a text is a text
       export const wish = () => useRoom(chat, "general").post(7);
       // @ts-expect-error a message's number is no text
       chat.room("general").on("message.posted", ({ seq }) => void seq.length);
       // @ts-expect-error no such kind
       void chat.call("POST /v1/rooms", { body: { kind: "open" } });`,
    );
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      jsx: "react-jsx",
      strict: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      // The package's own are checked; those of TypeScript itself are not.
      skipDefaultLibCheck: true,
    };
    const files = ["hello.ts", "room.tsx", "wrong.ts"];
    await write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
    run(
      process.execPath,
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      ".",
      "--singleThreaded",
    );
  },
);

function bring(name: string, from: string): void {
  const place = join(product, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(realpathSync(from), place);
}

function write(name: string, text: string): Promise<number> {
  return Bun.write(join(product, name), text);
}

function run(...command: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: product });
  if (exitCode !== 0) throw new Error(stdout.toString() + stderr.toString());
}
