import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../packages/client/src/testing/chromium.ts";
import { buildPage } from "../packages/app/src/page/build.ts";
import { startTestServer } from "../packages/server/src/testing.ts";

// What the README shows is run as it is written there.
const root = join(import.meta.dir, "..");
const readme = await Bun.file(join(root, "README.md")).text();
const snippet = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1] ?? "";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test("[HTTP1] [SSE1] the page without an SDK works", async () => {
  const html = snippet("html");
  expect(html).toContain("EventSource");
  const server = await startTestServer({ page: { html } });
  const context = await browser.newContext();
  try {
    const bob = await server.guest("Bob");
    await bob.post("from before");
    const tab = await context.newPage();
    const errors: string[] = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(server.url);
    await tab.getByText("Ann: Hello, room").waitFor();
    const eve = await server.guest("Eve");
    await eve.post("and live");
    await tab.getByText("Eve: and live").waitFor();
    expect(await tab.locator("#out").innerText()).toBe(
      "Bob: from before\nAnn: Hello, room\nEve: and live\n",
    );
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await server.close();
  }
}, 20_000);

test("[SDK1] [SDK2] the eight lines say hello and hear it", async () => {
  const code = snippet("ts");
  expect(code.trim().split("\n").length).toBeLessThanOrEqual(8);
  const server = await startTestServer();
  // Below the top folder, where the names of the packages mean something.
  const folder = mkdtempSync(join(root, "examples/.readme-"));
  const file = join(folder, "hello.ts");
  writeFileSync(file, code.replace("http://127.0.0.1:3000", server.url));
  const child = Bun.spawn([process.execPath, file], { stdout: "pipe", stderr: "inherit" });
  try {
    const { value } = await child.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe("Ann Hello, room\n");
  } finally {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true });
    await server.close();
  }
}, 20_000);

test("[SDK1] [SDK2] the room in React works", async () => {
  // Beside the page, which has React at hand.
  const folder = mkdtempSync(join(root, "packages/app/.readme-"));
  writeFileSync(join(folder, "room.tsx"), snippet("tsx"));
  writeFileSync(
    join(folder, "main.tsx"),
    `import { createRoot } from "react-dom/client"; import { Room } from "./room.tsx";
     createRoot(document.getElementById("root")!).render(<Room />);`,
  );
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><div id="root"></div><script type="module" src="./main.tsx"></script>`,
  );
  const page = await buildPage(join(folder, "index.html")).finally(() =>
    rmSync(folder, { recursive: true }),
  );
  const server = await startTestServer({ page });
  const context = await browser.newContext();
  try {
    await context.request.post(`${server.url}/v1/guests`, { data: { name: "Ann" } });
    const tab = await context.newPage();
    const errors: string[] = [];
    tab.on("pageerror", (error) => errors.push(error.message));
    await tab.goto(server.url);
    const bob = await server.guest("Bob");
    await tab.getByPlaceholder("live").fill("Hello from React");
    await tab.keyboard.press("Enter");
    await tab.getByText("Ann: Hello from React").waitFor();
    await bob.post("Hello, Ann");
    await tab.getByText("Bob: Hello, Ann").waitFor();
    expect(await tab.getByLabel("Message").inputValue()).toBe("");
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await server.close();
  }
}, 20_000);
