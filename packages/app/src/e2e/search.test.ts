import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { button, choose, expectInside, findings, heading, refusals } from "./inside.ts";
import { look, scrollBy, texts } from "./sight.ts";
import {
  comeIn,
  composer,
  expectEventually,
  goOffline,
  log,
  networkIsDown,
  speak,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();

const field = (page: Page) => page.getByRole("textbox", { name: "Search messages" });
const hits = (page: Page) => page.locator(".hit");
const hitTexts = (page: Page) => page.locator(".hit-text").allTextContents();
const focused = (page: Page) => page.evaluate(() => document.activeElement?.className);
const rowOf = (page: Page, text: string) =>
  log(page).locator("[data-seq]").filter({ hasText: text });
const flashed = (page: Page, text: string) =>
  log(page).locator("[data-flashed]").filter({ hasText: text });

const scripts = [
  ["creme BRULEE", "Crème brûlée at nine", ["Crème", "brûlée"]],
  ["東京", "あした東京駅で会いましょう", ["東京"]],
  ["сосед", "Привет, соседи!", ["сосед"]],
  ["بالجم", "مرحبا بالجميع", ["بالجم"]],
  ["여러", "안녕하세요 여러분", ["여러"]],
] as const;
const payload = `<img src=x onerror="window.ran = 1"><script>window.ran = 1</script> it ran`;

test("by keys alone: hits in five scripts and by operators lead to their places, and on in both directions", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const cat = await server.guest("Cat Ballou");
  const context = await profile({ viewport: { width: 1440, height: 900 } });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  await speak(bob, [...texts(120), ...scripts.map(([, text]) => text), payload, ...texts(120)]);
  await cat.post("brûlée, my recipe");
  const { message: root } = (await (await bob.post("Who bakes?")).json()) as {
    message: { seq: number };
  };
  await bob.call("POST", "/v1/rooms/general/messages", {
    clientId: "reply",
    text: "I bake brûlée on Sunday",
    thread: root.seq,
  });
  // Nothing of a room that one may not read, and what one may read without being in it.
  const cellar = await bob.room("private", { name: "cellar" });
  await bob.post("brûlée behind the door", "secret", cellar);
  const attic = await bob.room("public", { name: "attic" });
  await bob.post("brûlée under the roof", "open", attic);

  // A key on the list is for the list, and this one is not a letter to be written.
  await log(ada).focus();
  await ada.keyboard.press("/");
  await expectEventually(() => field(ada).evaluate((one) => one === document.activeElement), true);
  await ada.getByText("from:me").waitFor();
  await ada.keyboard.press("Escape");
  expect(await field(ada).count()).toBe(0);
  expect(await log(ada).evaluate((list) => list === document.activeElement)).toBe(true);
  expect(await composer(ada).inputValue()).toBe("");

  await ada.keyboard.press("/");
  for (const [q, text, marked] of scripts) {
    await field(ada).selectText();
    await ada.keyboard.insertText(q);
    await expectEventually(() => hitTexts(ada), [text]);
    expect(await hits(ada).locator("mark").allTextContents()).toEqual([...marked]);
  }
  const [roof, sunday, recipe, nine] = [
    "brûlée under the roof",
    "I bake brûlée on Sunday",
    "brûlée, my recipe",
    "Crème brûlée at nine",
  ];
  const cases: [string, string[]][] = [
    ["brulee", [roof, sunday, recipe, nine]],
    ['brulee from:"cat ballou"', [recipe]],
    ["brulee -from:bob", [recipe]],
    ["brulee in:attic", [roof]],
    ["brulee -in:attic -sunday", [recipe, nine]],
    ['"brulee at"', [nine]],
    ["brulee before:2020", []],
    ["brulee after:2020-01-31 before:2999 recipe", [recipe]],
    ["brulee from:me", []],
    ["<SCRIPT>", [payload]],
  ];
  for (const [q, wanted] of cases) {
    await field(ada).selectText();
    await ada.keyboard.insertText(q);
    await ada
      .getByText(wanted.length === 0 ? "Nothing was found" : `${wanted.length} found.`)
      .waitFor();
    await expectEventually(() => hitTexts(ada), wanted);
  }
  // What is found is text, whatever it says.
  expect(await hits(ada).locator("mark").allTextContents()).toEqual(["<script>"]);
  expect(await hits(ada).locator("img, script").count()).toBe(0);
  expect(await ada.evaluate(() => "ran" in window)).toBe(false);

  // Enter leads from the field to the hits, arrows through them, and a hit to its place.
  await field(ada).selectText();
  await ada.keyboard.insertText("brulee");
  await expectEventually(() => hits(ada).count(), 4);
  for (const key of ["Enter", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"])
    await ada.keyboard.press(key);
  expect(
    await hits(ada)
      .nth(3)
      .evaluate((hit) => hit === document.activeElement),
  ).toBe(true);
  await ada.keyboard.press("Enter");
  await flashed(ada, nine).waitFor();
  const offMiddle = () =>
    rowOf(ada, nine).evaluate((row) => {
      const view = row.closest("[role=log]")?.getBoundingClientRect();
      const { top, bottom } = row.getBoundingClientRect();
      return Math.abs((top + bottom) / 2 - (view?.top ?? 0) - (view?.height ?? 0) / 2);
    });
  await expectEventually(async () => (await offMiddle()) < 100, true);
  await expectEveryNumberAround(ada);

  // The hits are still there, and so is one's place among them.
  expect(await focused(ada)).toBe("hit");
  for (const key of ["ArrowUp", "ArrowUp", "Enter"]) await ada.keyboard.press(key);
  const thread = ada.getByRole("complementary", { name: "Thread" });
  await thread.locator("[data-flashed]").filter({ hasText: sunday }).waitFor();
  await thread.getByRole("button", { name: "Back" }).press("Enter");
  await ada.locator(".hit:focus[aria-current]").filter({ hasText: sunday }).waitFor();
  await ada.keyboard.press("Enter");
  await thread.locator("[data-flashed]").waitFor();
  await ada.goBack();
  await ada.locator(".hit:focus[aria-current]").filter({ hasText: sunday }).waitFor();

  // Another room, and only this one.
  for (const key of ["ArrowUp", "Enter"]) await ada.keyboard.press(key);
  await heading(ada, "attic").waitFor();
  await flashed(ada, roof).waitFor();
  await choose(ada, /In this room/);
  await expectEventually(() => hitTexts(ada), [roof]);
  await field(ada).selectText();
  await ada.keyboard.insertText("message");
  await button(ada, "Search everywhere").press("Enter");
  await ada.getByText("50 found, and there may be more").waitFor();
  // At the last hit one goes on to what is older.
  await hits(ada).last().focus();
  await ada.keyboard.press("ArrowDown");
  await expectEventually(async () => (await hits(ada).count()) > 50, true);
  await ada.keyboard.press("ArrowDown");
  await ada.keyboard.press("Enter");
  await heading(ada, "general").waitFor();
  await ada.keyboard.press("Escape");
  await expectEventually(
    () => composer(ada).evaluate((one) => one === document.activeElement),
    true,
  );
}, 180_000);

test("on a phone: a sheet that says what to do when a search fails, and that one comes back to", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, ["tea at nine", ...texts(80)]);
  const context = await profile({
    viewport: { width: 390, height: 800 },
    reducedMotion: "reduce",
    bypassCSP: true,
  });
  const ada = await tab(context, server.url, [...networkIsDown, ...refusals]);
  await comeIn(ada, "Ada");
  await button(ada, "Search messages").click();
  await ada.getByText("from:me").waitFor();
  expect(await findings(ada)).toEqual([]);
  await expectInside(ada, "the hint");
  await ada.setViewportSize({ width: 390, height: 800 });

  const says = async (q: string, text: string | RegExp) => {
    await field(ada).fill(q);
    await ada.getByRole("alert").getByText(text).waitFor();
    expect(await hits(ada).count()).toBe(0);
  };
  await field(ada).fill("nine");
  await expectEventually(() => hitTexts(ada), ["tea at nine"]);
  await says("nine before:soon", "This holds before:soon, which is no day.");
  await says("-nine", "This names nothing to look for.");
  await says("nine in:nowhere", "Check what stands behind in:");

  // Too many at once: it goes on by itself. So it does once there is a connection again.
  await ada.route(
    "**/v1/search?*",
    (route) =>
      route.fulfill({
        status: 429,
        json: { code: "rate_limited", detail: "Too many searches.", retryAfter: 1 },
      }),
    { times: 1 },
  );
  await says("tea", "goes on by itself in a moment");
  await expectEventually(() => hitTexts(ada), ["tea at nine"]);
  // One answer alone may be lost too, while all else is well.
  await ada.route("**/v1/search?*", (route) => route.abort(), { times: 1 });
  await says("tea at", "No connection.");
  await expectEventually(() => hitTexts(ada), ["tea at nine"]);
  await goOffline(context, server);
  await says("at nine", "No connection.");
  expect(await findings(ada)).toEqual([]);
  await context.setOffline(false);
  await expectEventually(() => hitTexts(ada), ["tea at nine"]);
  expect(await findings(ada)).toEqual([]);
  await expectInside(ada, "the hits");
  await ada.setViewportSize({ width: 390, height: 800 });

  await hits(ada).first().click();
  await flashed(ada, "tea at nine").waitFor();
  expect(await field(ada).count()).toBe(0);
  await ada.goBack();
  await ada.locator(".hit:focus[aria-current]").waitFor();
  expect(await field(ada).inputValue()).toBe("at nine");
  await ada.goForward();
  await expectEventually(() => field(ada).count(), 0);
  await flashed(ada, "tea at nine").waitFor();
}, 120_000);

/** Scrolls from where one is to both ends, and misses no number that is between. */
async function expectEveryNumberAround(page: Page): Promise<void> {
  const seen = new Set<number>();
  for (const step of [-600, 600]) {
    for (let still = 0, last = NaN; still < 5;) {
      const { seqs, top, toEnd } = await look(page);
      for (const seq of seqs) seen.add(seq);
      const place = step < 0 ? top : toEnd;
      still = place <= 1 && place === last ? still + 1 : 0;
      last = place;
      await scrollBy(page, step);
    }
  }
  const all = [...seen].sort((one, other) => one - other);
  const [first = 0, last = 0] = [all[0], all.at(-1)];
  expect(last - first).toBeGreaterThan(240);
  expect(all).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
