import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { findings } from "../../packages/app/src/e2e/inside.ts";
import { takeProfile } from "../../packages/client/src/testing/shared-chromium.ts";
import { systemClock } from "../../packages/server/src/clock.ts";
import { openEmbedded } from "../../packages/server/src/engine/embedded/engine.ts";
import { bunPasswords } from "../../packages/server/src/passwords/bun-passwords.ts";
import { bunPictures } from "../../packages/server/src/pictures/bun-pictures.ts";
import { createServer } from "../../packages/server/src/server.ts";
import {
  startTestServer,
  type TestGuest,
  type TestServer,
} from "../../packages/server/src/testing.ts";

const html = readFileSync(join(import.meta.dirname, "index.html"), "utf8");

// A browser on a busy machine is slow.
setDefaultTimeout(30_000);

let server: TestServer;
/** What no page may have had when its test ends. */
let troubles: string[];
/** Undone after each test, last first. */
let undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const act of undo.toReversed()) await act();
  undo = [];
});

test("it is one file of at most 80 lines that a person can read", () => {
  const lines = html.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(80);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(115);
  expect(html).not.toMatch(/innerHTML\s*=|https?:|\son\w+="|\sstyle="/);
});

describe("in a room", () => {
  beforeEachServer();

  test("[SSE1] [ACC1] two people see each other's names and messages, live", async () => {
    const ada = await enter("Ada");
    const bob = await enter("Bob");
    await say(ada, "Hello, Bob");
    await say(bob, "Hello, Ada");
    const lines = ["Ada (you)|Hello, Bob", "Bob|Hello, Ada"];
    await expectLog(ada, lines);
    await expectLog(bob, ["Ada|Hello, Bob", "Bob (you)|Hello, Ada"]);
    expect(await ada.locator("li.mine").count()).toBe(1);
    expect(await ada.locator("time").first().textContent()).toMatch(/^\d\d:\d\d$/);
    expect(await box(ada).inputValue()).toBe("");
    expectNoTrouble();
  });

  test("[AUTH2] [HTTP4] a reload keeps name and history; those who joined or spoke out of sight are named", async () => {
    const early = await server.guest("Early Bird");
    const ada = await enter("Ada");
    const late = await server.guest("Latecomer");
    await early.post("I was here first");
    await late.post("I come last");
    const lines = ["Early Bird|I was here first", "Latecomer|I come last"];
    await expectLog(ada, lines);
    await ada.reload();
    await connected(ada);
    await expectLog(ada, lines);
    await say(ada, "Still me");
    await expectLog(ada, [...lines, "Ada (you)|Still me"]);
    expectNoTrouble();
  });

  test("keys are enough: the name, Enter, the message, Enter", async () => {
    const page = await open();
    await page.getByLabel("Your name").waitFor();
    await page.keyboard.type("Ada");
    await page.keyboard.press("Enter");
    await connected(page);
    await page.keyboard.type("Typed");
    await page.keyboard.press("Enter");
    await expectLog(page, ["Ada (you)|Typed"]);
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement!).outlineStyle,
    );
    expect(outline).not.toBe("none");
  });

  test("markup and script are shown as text and do not run; lines and other scripts keep their form", async () => {
    const texts = [
      `<img src=x onerror="document.title = 'owned'"><script>document.title = "owned"</script>`,
      "</script><b>bold</b> &amp; javascript:alert(1)",
      "one\n  two\nthree",
      "שלום 👋🏽 مرحبا",
    ];
    const eve = await server.guest("<i>Eve</i>");
    const ada = await enter("Ada");
    for (const text of texts) await eve.post(text);
    await expectLog(
      ada,
      texts.map((text) => `<i>Eve</i>|${text}`),
    );
    await say(ada, texts[0]!);
    await expectLog(ada, [...texts.map((text) => `<i>Eve</i>|${text}`), `Ada (you)|${texts[0]}`]);
    expect(await ada.title()).toBe("Snug");
    expect(await ada.locator("li :is(img, script, i)").count()).toBe(0);
    const [one, three] = await Promise.all([height(ada, 0), height(ada, 2)]);
    expect(three).toBeGreaterThan(one / 2);
    expectNoTrouble();
  });

  test("[MSG4] earlier pages come by a button and in order, and the reader's place stays", async () => {
    const bob = await server.guest("Bob");
    await speak(
      bob,
      Array.from({ length: 120 }, (_, n) => `message ${n + 1}`),
    );
    const numbers = (from: number) =>
      Array.from({ length: 121 - from }, (_, n) => `Bob|message ${from + n}`);
    const ada = await enter("Ada");
    await expectLog(ada, numbers(71));
    expect(await atEnd(ada)).toBe(true);

    const earlier = ada.getByRole("button", { name: "Earlier messages" });
    await earlier.scrollIntoViewIfNeeded();
    const before = await top(ada, "message 71");
    await earlier.click();
    await expectLog(ada, numbers(21));
    expect(await top(ada, "message 71")).toBeCloseTo(before, 0);
    await earlier.click();
    await expectLog(ada, numbers(1));
    await earlier.waitFor({ state: "hidden" });

    // Far up, the place stays while others speak; at the end, the end stays in sight.
    await ada.getByText("message 60", { exact: true }).scrollIntoViewIfNeeded();
    const place = await top(ada, "message 60");
    await bob.post("message 121");
    await expectLog(ada, [...numbers(1), "Bob|message 121"]);
    expect(await top(ada, "message 60")).toBeCloseTo(place, 0);
    await ada.getByRole("log").evaluate((log) => (log.scrollTop = -40));
    await bob.post("message 122");
    await ada.getByText("message 122").waitFor();
    expect(await atEnd(ada)).toBe(true);
    expectNoTrouble();
  });

  test("[IDM1] a send that failed stays in the box with an error, and Enter sends it once, with its clientId", async () => {
    const ada = await enter("Ada");
    const bob = await server.guest("Bob");
    const clientIds: string[] = [];
    let fault: "no way there" | "no way back" | null = "no way there";
    await ada.route("**/v1/rooms/general/messages", async (route) => {
      const sent = route.request().postDataJSON() as { clientId: string } | null;
      if (sent === null) return route.continue();
      clientIds.push(sent.clientId);
      if (fault === "no way back") await route.fetch();
      await (fault === null ? route.continue() : route.abort());
    });
    const problem = ada.getByRole("alert");

    await say(ada, "Can you hear me?");
    await problem.getByText("No answer.").waitFor();
    expect(await box(ada).inputValue()).toBe("Can you hear me?");
    fault = null;
    await box(ada).press("Enter");
    await expectLog(ada, ["Ada (you)|Can you hear me?"]);
    await problem.getByText("No answer.").waitFor({ state: "hidden" });
    expect(await box(ada).inputValue()).toBe("");
    expect(new Set(clientIds).size).toBe(1);

    // The answer is lost, but the stream brings the message: it has arrived after all.
    fault = "no way back";
    const failed = ada.waitForEvent("requestfailed");
    await say(ada, "And now?");
    await expectLog(ada, ["Ada (you)|Can you hear me?", "Ada (you)|And now?"]);
    await failed;
    expect(await problem.textContent()).toBe("");
    expect(await box(ada).inputValue()).toBe("");
    fault = null;
    await say(ada, "And now?");
    const log = ["Can you hear me?", "And now?", "And now?"];
    await expectLog(
      ada,
      log.map((text) => `Ada (you)|${text}`),
    );
    expect((await bob.get("/v1/rooms/general/messages")).messages).toHaveLength(3);
    expect(new Set(clientIds).size).toBe(3);

    await say(ada, "x".repeat(20_000));
    await problem.getByText(/./).waitFor();
    expect(await box(ada).inputValue()).toHaveLength(20_000);
  });

  test("after a gap the newest page is read anew, and all is shown once", async () => {
    const ada = await open();
    let gaps = 1;
    await ada.route("**/v1/rooms/general/events?*", (route) =>
      gaps-- > 0
        ? route.fulfill({
            contentType: "text/event-stream",
            body: `event: gap\ndata: {"reason":"rewritten"}\n\n`,
          })
        : route.continue(),
    );
    await comeIn(ada, "Ada");
    const bob = await server.guest("Bob");
    await bob.post("after the gap");
    await expectLog(ada, ["Bob|after the gap"]);
    await say(ada, "all well");
    await expectLog(ada, ["Bob|after the gap", "Ada (you)|all well"]);
    expectNoTrouble();
  });

  test("[ACC3] who is signed out elsewhere is asked for a name again; a refused name is said to be so", async () => {
    const ada = await enter("Ada");
    await ada.evaluate(() => fetch("/v1/sessions/current", { method: "DELETE" }));
    await ada.getByLabel("Your name").fill("   ");
    expect(await box(ada).isVisible()).toBe(false);
    await ada.getByLabel("Your name").press("Enter");
    await ada.getByRole("alert").getByText(/name/i).waitFor();
    await comeIn(ada, "Ada again");
    expect(await ada.getByRole("alert").textContent()).toBe("");
    await say(ada, "Back");
    await expectLog(ada, ["Ada again (you)|Back"]);
  });
});

test("[RES1] [SSE2] over a restart of the server nothing is missing and nothing comes twice", async () => {
  troubles = [];
  const folder = mkdtempSync(join(tmpdir(), "snug-page-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  let running = await serve(folder);
  undo.push(() => running.stop());
  const url = `http://127.0.0.1:${running.port}`;
  const [ada, bob] = [await open({}, url), await open({}, url)];
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await say(ada, "before");
  await expectLog(bob, ["Ada|before"]);

  await running.stop();
  await state(ada).getByText("Connection lost, trying again …").waitFor();
  await say(ada, "during");
  await ada.getByRole("alert").getByText("No answer.").waitFor();
  expect(await box(ada).inputValue()).toBe("during");

  running = await serve(folder, running.port);
  await box(ada).press("Enter");
  await connected(ada);
  await connected(bob);
  await say(bob, "after");
  await expectLog(ada, ["Ada (you)|before", "Ada (you)|during", "Bob|after"]);
  await expectLog(bob, ["Ada|before", "Ada|during", "Bob (you)|after"]);
  expect(troubles.filter((trouble) => !trouble.includes("net::ERR_"))).toEqual([]);
});

describe("how it looks", () => {
  beforeEachServer();

  test("nothing goes out of sight sideways at any width, and what is pressed is 44 px high", async () => {
    const bob = await server.guest("B".repeat(64));
    await chatter(bob);
    const page = await open();
    await page.getByLabel("Your name").waitFor();
    await expectInside(page);
    await comeIn(page, "N".repeat(64));
    await say(page, "w".repeat(300));
    await page.getByText("w".repeat(300)).waitFor();
    await expectInside(page);
    expectNoTrouble();
  });

  test("axe-core finds nothing, in light and in dark colours", async () => {
    const bob = await server.guest("Bob");
    await chatter(bob);
    // axe is put into the page, which the page's own policy forbids.
    const page = await open({ bypassCSP: true });
    await page.getByLabel("Your name").waitFor();
    expect(await findings(page)).toEqual([]);
    await comeIn(page, "Ada");
    await say(page, "A word of my own");
    await page.getByText("A word of my own").waitFor();
    expect(await findings(page)).toEqual([]);
  });
});

function beforeEachServer(): void {
  beforeEach(async () => {
    troubles = [];
    server = await startTestServer({ page: { html } });
    undo.push(() => server.close());
  });
}

/** A server on a port of its own choice or on the one given, as after a restart. */
async function serve(folder: string, port = 0) {
  const onFault = (fault: unknown) => void troubles.push(String(fault));
  const engine = await openEmbedded({ folder, clock: systemClock, onFault });
  const snug = await createServer({
    engine,
    passwords: bunPasswords(),
    pictures: bunPictures(),
    page: { html },
    onFault,
  });
  const listener = Bun.serve({ port, hostname: "127.0.0.1", ...snug });
  return {
    port: listener.port ?? 0,
    async stop() {
      await snug.close();
      await listener.stop(true);
      await engine.close();
    },
  };
}

/** The page in a browser profile of its own. */
async function open(options: BrowserContextOptions = {}, url = server.url): Promise<Page> {
  const { context, giveBack } = await takeProfile(options);
  undo.push(giveBack);
  const page = await context.newPage();
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (line) => {
    // That nobody is signed in yet is the server's answer to the page's first question.
    const asked = line.location().url.endsWith("/v1/me") && line.text().includes("401");
    if (!asked && ["error", "warning"].includes(line.type())) troubles.push(line.text());
  });
  await page.goto(url);
  return page;
}

async function comeIn(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Your name").press("Enter");
  await connected(page);
}

async function enter(name: string): Promise<Page> {
  const page = await open();
  await comeIn(page, name);
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press("Enter");
}

const box = (page: Page) => page.getByLabel("Message", { exact: true });
const state = (page: Page) => page.getByRole("status");
const connected = (page: Page) => state(page).getByText("Connected").waitFor();

/** Waits for the log to show these `name|text` lines, and no others. */
async function expectLog(page: Page, lines: string[]): Promise<void> {
  const shown = () =>
    page.locator("li").evaluateAll((items) =>
      items.map((item) => {
        const [author, text] = [item.querySelector("b")!, item.querySelector("p")!];
        const mark = getComputedStyle(author, "::after").content.replaceAll(/^none$|"/g, "");
        return `${author.textContent}${mark}|${text.textContent}`;
      }),
    );
  const deadline = Date.now() + 5_000;
  while (!Bun.deepEquals(await shown(), lines) && Date.now() < deadline) await Bun.sleep(20);
  expect(await shown()).toEqual(lines);
}

function expectNoTrouble(): void {
  expect([...troubles, ...server.faults]).toEqual([]);
}

/** Enough of every kind to fill more than a page. */
async function chatter(guest: TestGuest): Promise<void> {
  const texts = [
    "Short",
    `https://example.org/${"a-long-address/".repeat(20)}`,
    "const greet = (name) => {\n  console.log(`Hello, ${name}`);\n};",
    "🎉👍🏽",
    "مرحبا بالجميع",
  ];
  await speak(guest, Array.from({ length: 11 }, () => texts).flat());
}

/** Posts these one after another, without waiting in between. */
async function speak(guest: TestGuest, texts: string[]): Promise<void> {
  const socket = await guest.socket();
  for (const [ref, text] of texts.entries())
    socket.send({
      type: "post-message",
      ref,
      room: "general",
      clientId: crypto.randomUUID(),
      text,
    });
  for (const ref of texts.keys()) await socket.next("reply", ref);
  socket.close();
}

const atEnd = (page: Page) => page.getByRole("log").evaluate((log) => log.scrollTop === 0);

const top = (page: Page, text: string) =>
  page.getByText(text, { exact: true }).evaluate((words) => words.getBoundingClientRect().top);

const height = (page: Page, index: number) =>
  page
    .locator("li p")
    .nth(index)
    .evaluate((words) => words.getBoundingClientRect().height);

/** At no width does anything reach beyond the window's sides, and targets are large enough. */
async function expectInside(page: Page): Promise<void> {
  for (const width of [320, 390, 768, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const faults = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll("body, body *")]
        .filter((part) => {
          const { left, right, height } = part.getBoundingClientRect();
          const inline = getComputedStyle(part).display === "inline";
          return (
            part.checkVisibility() &&
            (left < 0 ||
              right > innerWidth ||
              (part.scrollWidth > part.clientWidth && !inline) ||
              (part.matches("input, button") && height < 44))
          );
        })
        .map((part) => part.outerHTML.slice(0, 100)),
    );
    expect(faults, `at ${width} px`).toEqual([]);
  }
}
