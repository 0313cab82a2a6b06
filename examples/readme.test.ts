import { expect, test } from "bun:test";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startTestServer } from "../packages/server/src/testing.ts";

const readme = await Bun.file(join(import.meta.dir, "../README.md")).text();

test("[HTTP1] [SSE1] the page in the README works as it is written there", async () => {
  const [, html = ""] = /```html\n([^]*?)```/.exec(readme) ?? [];
  expect(html).toContain("EventSource");
  const server = await startTestServer({ page: { html } });
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const bob = await server.guest("Bob");
    await bob.post("from before");
    const tab = await browser.newPage();
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
    await browser.close();
    await server.close();
  }
}, 20_000);
