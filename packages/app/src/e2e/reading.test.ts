import { expect, test } from "bun:test";
import type { TestGuest } from "@snug/server/testing";
import type { Page } from "playwright-core";
import { button, heading, listed } from "./inside.ts";
import { look, scrollBy, texts } from "./sight.ts";
import { comeIn, composer, expectEventually, log, say, speak, stage } from "./testing.ts";

const { serve, profile, tab } = stage();

/** Whether somebody looks at this tab. A browser without a window says so of all of them. */
const lookAt = (page: Page, looks: boolean) =>
  page.evaluate((isSeen) => {
    document.hasFocus = () => isSeen;
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !isSeen });
    document.dispatchEvent(new Event("visibilitychange"));
  }, looks);

/** The name of the person in a page, and their place in general, by the server's word. */
const placeOf = (page: Page) =>
  page.evaluate(async () => {
    const { user, rooms } = await (await fetch("/v1/me")).json();
    const { read, unread, mentions } = rooms.find(
      ({ room }: { room: { id: string } }) => room.id === "general",
    );
    return { id: user.id as string, read, unread, mentions };
  });

const newest = async (guest: TestGuest): Promise<number> =>
  (await guest.get("/v1/rooms/general/messages?limit=1")).messages[0].seq;

const line = (page: Page) => log(page).locator(".new-line");
const icon = (page: Page) =>
  page.evaluate(() => document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href);

test("#1 #6 #7 #8 #9 one comes to what one has not read, and it is read by being looked at", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile({ viewport: { width: 1100, height: 700 } });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  await ada.getByLabel("Name").fill("attic");
  await ada.getByLabel("Name").press("Enter");
  await heading(ada, "attic").waitFor();
  const attic = ada.url();
  const before = await placeOf(ada);
  await speak(bob, texts(120));
  const last = await newest(bob);

  // Bold in the list, a dot in title and icon; a mention has a number.
  await expectEventually(() => ada.title(), "• attic · Snug");
  const dotted = await icon(ada);
  expect(await listed(ada, /general/).getAttribute("data-unread")).toBe("true");
  await bob.post(`<@${before.id}> where are you?`);
  await expectEventually(() => ada.title(), "(1) attic · Snug");
  await listed(ada, /general.*1 for you/).waitFor();
  expect(await icon(ada)).not.toBe(dotted);

  // The first unread message is in view, below the line; 120 are more than one page.
  await listed(ada, /general/).click();
  await line(ada).waitFor();
  await log(ada).getByText("message 1 with").waitFor();
  await expectEventually(async () => (await look(ada)).seqs.includes(before.read + 1), true);
  const opened = await look(ada);
  expect(opened.toEnd).toBeGreaterThan(2_000);
  await button(ada, /\d+ new messages/).waitFor();
  // What was on the screen is read, its last row if enough of it was, and what is below it is not.
  const onScreen = opened.seqs.slice(-2);
  await expectEventually(async () => onScreen.includes((await placeOf(ada)).read), true);
  expect((await placeOf(ada)).mentions).toBe(1);

  // Nobody looks at this tab: it scrolls, and nothing is read.
  const { read: readTo } = await placeOf(ada);
  await lookAt(ada, false);
  await scrollBy(ada, 600);
  await bob.post("while away");
  await Bun.sleep(1_500);
  expect((await placeOf(ada)).read).toBe(readTo);
  await lookAt(ada, true);
  await expectEventually(async () => (await placeOf(ada)).read > readTo, true);

  // At the end all is read, on all devices; the line stays for the visit.
  const other = await tab(context, attic);
  await heading(other, "attic").waitFor();
  await expectEventually(() => listed(other, /general/).getAttribute("data-unread"), "true");
  await log(ada).focus();
  await ada.keyboard.press("End");
  await log(ada).getByText("while away").waitFor();
  await expectEventually(async () => (await placeOf(ada)).unread, 0);
  await expectEventually(() => ada.title(), "general · Snug");
  await expectEventually(() => listed(other, /general/).getAttribute("data-unread"), null);
  await other.close();

  // A message by its address: in the middle, flashed, and downwards all follows.
  const wanted = before.read + 40;
  await ada.goto(`${server.url}/r/general/${wanted}`);
  const row = log(ada).locator(`[data-seq="${wanted}"]`);
  await row.locator("[data-flashed]").waitFor();
  const isInTheMiddle = () =>
    row.evaluate((element) => {
      const view = element.closest("[role=log]")?.getBoundingClientRect();
      const { top, bottom } = element.getBoundingClientRect();
      return view !== undefined && Math.abs((top + bottom) / 2 - view.top - view.height / 2) < 100;
    });
  await expectEventually(isInTheMiddle, true);
  // A reload is another visit: nothing is unread any more.
  expect(await line(ada).count()).toBe(0);
  const seen = new Set<number>();
  for (let steps = 0; steps < 200; steps++) {
    const { seqs, toEnd } = await look(ada);
    for (const seq of seqs) seen.add(seq);
    if (toEnd <= 1 && seen.has(last)) break;
    await scrollBy(ada, 300);
  }
  const missed = Array.from({ length: last - wanted }, (_, index) => wanted + index).filter(
    (seq) => !seen.has(seq),
  );
  expect(missed).toEqual([]);

  // From here on unread again, until one comes back.
  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("Enter");
  await button(ada, "Mark unread from here").click();
  await line(ada).waitFor();
  await expectEventually(async () => (await placeOf(ada)).unread, 2);
  await Bun.sleep(1_200);
  expect((await placeOf(ada)).unread).toBe(2);
  await say(ada, "seen");
  expect(await composer(ada).inputValue()).toBe("");
}, 180_000);
