import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { atEnd } from "./at-end.ts";
import { launchChromium } from "./chromium.ts";

let shared: Promise<Browser> | null = null;
const unused = new Map<string, BrowserContext[]>();

/** One for all tests of a process: to start one takes as long as a test. */
export function sharedChromium(): Promise<Browser> {
  if (shared) return shared;
  const browser = launchChromium();
  shared = browser;
  atEnd(async () => (await browser).close());
  return browser;
}

/**
 * A browser profile in which nothing is, and what gives it back: to make a new one takes longer
 * than to clean one. Scripts that are put into all its pages, and its clock, stay.
 */
export async function takeProfile(
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; giveBack: () => Promise<void> }> {
  const key = JSON.stringify(options);
  const others = unused.get(key) ?? [];
  unused.set(key, others);
  const context = others.pop() ?? (await (await sharedChromium()).newContext(options));
  const origins = new Set<string>();
  const note = (page: Page) =>
    page.on("framenavigated", (frame) => origins.add(new URL(frame.url()).origin));
  context.on("page", note);
  return {
    context,
    async giveBack() {
      context.off("page", note);
      const [page] = context.pages();
      if (page === undefined) return context.close();
      const cdp = await context.newCDPSession(page);
      for (const other of context.pages()) if (other !== page) await other.close();
      for (const origin of origins)
        if (origin !== "null")
          await cdp.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
      await page.close();
      await context.unrouteAll({ behavior: "ignoreErrors" });
      await context.clearCookies();
      await context.setOffline(false);
      others.push(context);
    },
  };
}
