import { systemClock } from "@snug/server";
import { expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { button, expectInside, findings, listed, refusals } from "./inside.ts";
import { look, scrollBy, texts, watchDrift } from "./sight.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  log,
  networkIsDown,
  say,
  speak,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();

const row = (page: Page, text: string) => log(page).first().locator("article", { hasText: text });
const edits = (page: Page) => page.getByRole("textbox", { name: "Edit the message" });
const thread = (page: Page) => page.getByRole("complementary", { name: "Thread" });
const isFocused = (part: Locator) => part.evaluate((element) => element === document.activeElement);

test("#16 #17 #22 #24 by keys alone: edit, walk, reply, react, thread, and back", async () => {
  const server = await serve();
  const context = await profile({ viewport: { width: 1440, height: 700 } });
  const ada = await tab(context, server.url);
  const bob = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await say(bob, "What is for dinner?");
  await log(ada).getByText("What is for dinner?").waitFor();
  for (let filler = 0; filler < 30; filler++) await say(bob, `filler ${filler}`);
  await log(ada).getByText("filler 29").waitFor();
  await say(ada, "Sopu");
  await row(bob, "Sopu").waitFor();

  // Up in an empty field edits what one said last; Escape leaves it as it was.
  await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(edits(ada)), true);
  await ada.keyboard.type(" of the day");
  await ada.keyboard.press("Escape");
  await expectEventually(() => isFocused(composer(ada)), true);
  await expectEventually(() => row(ada, "Sopu").locator("[id$=text]").textContent(), "Sopu");
  await ada.keyboard.press("ArrowUp");
  await edits(ada).fill("Soup");
  await ada.keyboard.press("Enter");
  await row(bob, "Soup").getByText("edited").waitFor();
  await expectEventually(() => isFocused(composer(ada)), true);

  // Arrow keys walk; one stop of Tab is enough to come in again.
  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(row(ada, "Soup")), true);
  for (let step = 0; step < 31; step++) await ada.keyboard.press("ArrowUp");
  const question = row(ada, "What is for dinner?");
  await expectEventually(() => isFocused(question), true);
  expect(await log(ada).locator("article[tabindex='0']").count()).toBe(1);
  expect(await question.evaluate((one) => one.getBoundingClientRect().top > 0)).toBe(true);

  // E does nothing on what others said, + reacts, R answers.
  await ada.keyboard.press("e");
  expect(await edits(ada).count()).toBe(0);
  await ada.keyboard.press("+");
  await ada.getByRole("dialog", { name: "React" }).getByRole("button", { name: "👍" }).click();
  await expectEventually(() => isFocused(question), true);
  const chip = (page: Page, name: string) => log(page).getByRole("button", { name, exact: true });
  await chip(ada, "👍 1: you").waitFor();
  await scrollBy(bob, -10_000);
  await chip(bob, "👍 1: Ada").click();
  await chip(bob, "👍 2: Ada and you").waitFor();
  await chip(ada, "👍 2: you and Bob").waitFor();
  await ada.keyboard.press("Tab");
  await expectEventually(() => isFocused(chip(ada, "👍 2: you and Bob")), true);
  await expectEventually(() => chip(ada, "👍 2: you and Bob").locator(".tip").isVisible(), true);
  expect(await chip(ada, "👍 2: you and Bob").getAttribute("aria-pressed")).toBe("true");
  await ada.keyboard.press("Enter");
  await chip(bob, "👍 1: you").waitFor();

  await question.focus();
  await ada.keyboard.press("r");
  await ada.getByText("Answering").waitFor({ state: "attached" });
  await expectEventually(() => isFocused(composer(ada)), true);
  await ada.keyboard.press("Escape");
  expect(await ada.locator(".reply-bar").count()).toBe(0);
  await log(ada).focus();
  for (let step = 0; step < 32; step++) await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(question), true);
  await ada.keyboard.press("r");
  await say(ada, "Leek soup");

  // The quote leads to what it answers, and there is a way back.
  const answer = row(bob, "Leek soup");
  await button(bob, /jump to latest/i).click();
  await answer.getByRole("button", { name: /In answer to Bob What is for dinner/ }).click();
  await row(bob, "What is for dinner?").and(bob.locator("[data-flashed]")).waitFor();
  expect((await look(bob)).toEnd).toBeGreaterThan(400);
  await button(bob, "Back to the answer").click();
  await answer.and(bob.locator("[data-flashed]")).waitFor();
  expect(await button(bob, "Back to the answer").count()).toBe(0);

  // A thread beside the room: its own list, its own draft, its own way to be known of.
  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("t");
  const written = composer(thread(ada));
  await written.waitFor();
  await expectEventually(() => isFocused(written), true);
  await written.fill("half a reply");
  await composer(ada.locator("main")).fill("half a message");
  await ada.reload();
  await row(ada, "Leek soup").hover();
  await button(ada, "Reply in a thread").click();
  await expectEventually(() => written.inputValue(), "half a reply");
  expect(await composer(ada.locator("main")).inputValue()).toBe("half a message");
  await written.press("Enter");
  await row(bob, "Leek soup")
    .getByRole("button", { name: /1 reply/ })
    .click();
  await thread(bob).getByText("half a reply").waitFor();
  await expectEventually(() => log(ada.locator("main")).getByText("half a reply").count(), 0);
  await thread(ada).press("Escape");
  expect(await thread(ada).count()).toBe(0);
});
