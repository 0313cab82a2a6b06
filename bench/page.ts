// npm run bench:page: what somebody waits for in the page, in a real Chromium that is slowed down.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { launchChromium } from "../packages/client/src/testing/chromium.ts";
import { readOptions } from "../proof/options.ts";
import { pageSizes } from "../scripts/sizes.ts";
import { out } from "./build.ts";
import { atLeast, atMost, format, median } from "./figures.ts";
import { fill } from "./fill.ts";
import { isDisturbed } from "./noise.ts";
import { describe, keep, print, type Part } from "./part.ts";
import { killAll, raiseChildren } from "./server.ts";
import { serveFolder } from "./snug.ts";

readOptions("Usage: npm run bench:page", {});
const MESSAGES = 100_000;
const LOADS = 9;
const SLOWER = 4;
/** What browsers' tools call Fast 3G, in bytes a second and milliseconds for a round trip. */
const FAST_3G = {
  offline: false,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
  latency: 150,
};
const SCROLL_MS = 6_000;
const KEYS = 60;
const ROUNDS = 5;
const POSTS_PER_SECOND = 50;

const about = describe();
const folder = mkdtempSync(join(out, "data-"));
const before = await isDisturbed();
const browser = await launchChromium();
raiseChildren();
try {
  const reader = await fill(
    folder,
    { rooms: 0, messages: 0 },
    { rooms: 1, messages: MESSAGES },
    null,
  );
  const server = await serveFolder(folder);
  const url = `http://127.0.0.1:${server.port}/`;
  const cold: Seen[] = [];
  const warm: Seen[] = [];
  for (let load = 0; load < LOADS; load++) {
    const context = await signedIn(url);
    cold.push(await come(context, url));
    warm.push(await come(context, url));
    await context.close();
  }
  const context = await signedIn(url);
  const page = await context.newPage();
  await page.goto(url);
  await page.locator("[role=log] article").first().waitFor();
  const slow = await context.newCDPSession(page);
  const plain = await scroll(page);
  await page.getByRole("log").press("End");
  const typed = () => typeWhileBusy(page, server.port, reader.token);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await typed());
  await slow.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const slowed = await scroll(page);
  await page.getByRole("log").press("End");
  const slowRounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) slowRounds.push(await typed());
  await server.close();
  await context.close();
  const disturbed = [before, await isDisturbed()].filter(Boolean).length;

  const script = [...(await pageSizes())]
    .filter(([path]) => path.endsWith(".js"))
    .reduce((most, [, { brotli }]) => Math.max(most, brotli), 0);
  const delay = (all: number[][], part: number) => median(all, (delays) => at(delays, part));
  const told = (all: number[][]) => `${format(delay(all, 0.5))} / ${format(delay(all, 0.98))} ms`;
  const figures = { cold, warm, plain, slowed, rounds, slowRounds, script };
  const part: Part = {
    key: "page",
    title: "The page",
    what: `Chromium ${browser.version()} without a graphics card, its processor slowed ${SLOWER} times and its network to fast 3G (1.6 Mbit/s, 150 ms) for the loads. A room of ${MESSAGES.toLocaleString("en")} messages; somebody who is signed in comes for the first time, then again. Then the whole room is scrolled, and one types while ${POSTS_PER_SECOND} messages a second arrive, ${ROUNDS} times at full speed and ${ROUNDS} times slowed.`,
    tables: [
      {
        head: ["", ""],
        rows: [
          ["first message shown, first time", `${format(median(cold, ({ shown }) => shown))} ms`],
          ["… and one can write", `${format(median(cold, ({ ready }) => ready))} ms`],
          ["first message shown, again", `${format(median(warm, ({ shown }) => shown))} ms`],
          ["… and one can write", `${format(median(warm, ({ ready }) => ready))} ms`],
          ["largest script, Brotli", `${format(script / 1000)} kB`],
          ["frames a second while scrolling, full speed", format(plain)],
          [`frames a second while scrolling, ${SLOWER} times slower`, format(slowed)],
          [`from a key to its frame, ${POSTS_PER_SECOND} messages/s: p50 / p98`, told(rounds)],
          [`… ${SLOWER} times slower`, told(slowRounds)],
        ],
      },
    ],
    notes: [],
    verdicts: [
      atMost(
        "first message shown ≤ 1.0 s, first time",
        median(cold, ({ shown }) => shown) / 1000,
        1,
        "s",
      ),
      atMost("script ≤ 130 kB compressed", script / 1000, 130, "kB"),
      atLeast("scrolling 100,000 messages: ≥ 60 frames/s", Math.round(plain), 60, "/s"),
      atMost("interaction delay ≤ 100 ms with 50 messages/s", delay(rounds, 0.98), 100, "ms"),
      atMost(
        "interaction delay ≤ 100 ms with 50 messages/s, 4 times slower",
        delay(slowRounds, 0.98),
        100,
        "ms",
      ),
    ],
    noisy: disturbed,
    windows: 2,
  };
  console.log(`\n${print(part)}\n\n${keep(part, about, figures, true)}`);
} finally {
  await browser.close();
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function signedIn(url: string): Promise<BrowserContext> {
  const context = await browser.newContext();
  const answer = await context.request.post(new URL("/v1/guests", url).href, {
    data: { name: "Ada" },
  });
  if (!answer.ok()) throw new Error(`nobody could come in: ${answer.status()}`);
  return context;
}

/** Milliseconds from the start of the navigation. */
interface Seen {
  /** Until the first message has been painted. */
  shown: number;
  /** Until the field is there to write in. */
  ready: number;
}

async function come(context: BrowserContext, url: string): Promise<Seen> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await slowDown(cdp);
  // The page tells it: to ask would put scripts of the asker's into it while it starts.
  await cdp.send("Runtime.enable");
  await cdp.send("Runtime.addBinding", { name: "tell" });
  const seen = new Promise<Seen>((resolve) =>
    cdp.once("Runtime.bindingCalled", ({ payload }) => resolve(JSON.parse(payload) as Seen)),
  );
  await page.addInitScript(() => {
    const { tell } = window as unknown as { tell: (seen: string) => void };
    let shown: number | null = null;
    // What is found is painted with the next frame, which is over when a task after it runs.
    const whenPainted = (act: (now: number) => void) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => act(performance.now());
        port2.postMessage(null);
      });
    let isShown = false;
    new MutationObserver((_, watch) => {
      if (!isShown && document.querySelector(".log article")) {
        isShown = true;
        whenPainted((now) => (shown = now));
      }
      if (!document.querySelector("textarea[aria-label=Message]")) return;
      watch.disconnect();
      whenPainted((ready) => tell(JSON.stringify({ shown, ready })));
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(url);
  const at = await seen;
  await page.close();
  return at;
}

async function slowDown(cdp: CDPSession): Promise<void> {
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", FAST_3G);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
}

/** Frames a second while the log is scrolled upwards by most of a screen in each. */
function scroll(page: Page): Promise<number> {
  return page.getByRole("log").evaluate(async (list, ms) => {
    let frames = 0;
    const start = performance.now();
    while (performance.now() - start < ms) {
      list.scrollTop -= 120;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      frames++;
    }
    return (frames * 1000) / (performance.now() - start);
  }, SCROLL_MS);
}

/** The time from each key to the frame that shows it, in order of size. */
async function typeWhileBusy(page: Page, port: number, token: string): Promise<number[]> {
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === "keydown") seen.push(entry.duration);
    }).observe({
      type: "event",
      durationThreshold: 16,
      buffered: false,
    } as PerformanceObserverInit);
  });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(JSON.stringify({ type: "hello", token }));
  let ref = 0;
  const posting = setInterval(() => {
    const clientId = crypto.randomUUID();
    socket.send(
      JSON.stringify({
        type: "post-message",
        ref: ++ref,
        room: "general",
        clientId,
        text: `busy ${ref}`,
      }),
    );
  }, 1000 / POSTS_PER_SECOND);
  try {
    await Bun.sleep(1_000);
    const field = page.getByRole("textbox", { name: "Message", exact: true });
    await field.fill("");
    await field.focus();
    for (let key = 0; key < KEYS; key++) {
      await page.keyboard.press("a");
      await Bun.sleep(100);
    }
    await Bun.sleep(500);
  } finally {
    clearInterval(posting);
    socket.close();
  }
  const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen);
  // What took less than 16 ms is not told of.
  return [...Array.from({ length: KEYS - seen.length }, () => 16), ...seen].toSorted(
    (a, b) => a - b,
  );
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
