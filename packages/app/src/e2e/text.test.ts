import { expect, test } from "bun:test";
import { expectInside, findings } from "./inside.ts";
import { comeIn, composer, expectEventually, log, say, stage, storedTexts } from "./testing.ts";

const { serve, profile, tab } = stage();

/** Each kind of node, and what is drawn for it. */
const told: Record<string, string> = {
  "**bold *both* ~~gone~~** `a **b**`": "strong em, strong s, code",
  "[label](https://example.org/x) www.example.org/a_b_c": 'a[title="https://example.org/x"], a',
  "> a\n> > b\n\n- c\n  1. d\n- e": "blockquote blockquote, ul li ol li",
  "```ts\nconst a: string = `b`; // c\n```": ".code-block pre [data-token=keyword]",
  "```\n<b>no</b> language\n```": ".code-block pre",
  "🎉 👍": ".only-emoji",
  "@nobody @room": "bdi:not(.mention), .mention",
};

test("a tour of what a text can be: drawn, coloured, copied, within the page and axe-clean", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  for (const text of Object.keys(told)) await bob.post(text);
  // axe is put into the page, which the page's own policy forbids.
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const page = await tab(context, server.url);
  await comeIn(page, "Ada");
  await page.locator("[data-token=keyword]").first().waitFor();
  for (const [index, drawn] of Object.values(told).entries())
    for (const selector of drawn.split(", "))
      expect([
        selector,
        await page.locator("article").nth(index).locator(selector).count(),
      ]).not.toEqual([selector, 0]);
  const ground = await log(page)
    .locator(".text > code")
    .evaluate((code) => getComputedStyle(code).backgroundColor);
  expect(ground).not.toBe("rgba(0, 0, 0, 0)");
  for (const link of await log(page).locator("a").all())
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");

  const coloured = page.locator("article").nth(3);
  expect(await coloured.locator("pre").innerText()).toBe("const a: string = `b`; // c");
  // A browser without a window may not read its clipboard.
  const copied = page.evaluate(
    () =>
      new Promise<string>((done) => {
        navigator.clipboard.writeText = async (text) => done(text);
      }),
  );
  await coloured.getByText("Copy", { exact: true }).click();
  await coloured.getByText("Copied").waitFor();
  expect(await copied).toBe("const a: string = `b`; // c");

  expect(await findings(page)).toEqual([]);
  await bob.post(`\`\`\`js\n${"wide ".repeat(300)}\n\`\`\``);
  await bob.post(`\`${"w".repeat(300)}\` **${"b".repeat(300)}** @${"c".repeat(32)}`);
  await page.getByText("b".repeat(300)).waitFor();
  // The deeds of a message that is pointed at, or focused, are smaller for a mouse than for a finger.
  await page.mouse.move(0, 0);
  await page.getByRole("textbox", { name: "Message" }).focus();
  await expectInside(page, "the room");
});

test("the composer completes names and shortcodes, by keys alone, and sends ids and emoji", async () => {
  const server = await serve();
  const bob = await server.guest("Bob Builder");
  await bob.post("first");
  const page = await tab(await profile({ bypassCSP: true, reducedMotion: "reduce" }), server.url);
  // Whoever is quicker than the emoji sends them all the same.
  await page.route(/assets/, async (route) => {
    await Bun.sleep(300);
    await route.continue();
  });
  await comeIn(page, "Ada");
  await say(page, "early :tada:");
  await composer(page).pressSequentially("later");
  await expectEventually(async () => (await storedTexts(bob)).at(-1), "early 🎉");
  await expectEventually(() => composer(page).inputValue(), "later");
  await page.unroute(/assets/);
  await composer(page).fill("");
  const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  const shown = () => options.locator("bdi").allTextContents();

  await composer(page).pressSequentially("hi @");
  await expectEventually(shown, ["Bob Builder", "@here", "@room"]);
  expect(await findings(page)).toEqual([]);
  await composer(page).press("ArrowUp");
  expect(await options.nth(2).getAttribute("aria-selected")).toBe("true");
  expect(await composer(page).getAttribute("aria-activedescendant")).toBe(
    await options.nth(2).getAttribute("id"),
  );
  // Escape closes it and leaves what was written; whoever writes on gets it again.
  await composer(page).press("Escape");
  expect(await options.count()).toBe(0);
  await composer(page).pressSequentially("bui");
  await expectEventually(shown, ["Bob Builder"]);
  await composer(page).press("Tab");
  expect(await composer(page).inputValue()).toBe("hi @Bob Builder ");
  await composer(page).pressSequentially(":thum");
  await options.first().waitFor();
  await composer(page).press("Enter");
  expect(await composer(page).inputValue()).toBe("hi @Bob Builder 👍 ");
  // A draft outlives the page, and with it whom it names.
  await page.reload();
  await expectEventually(() => composer(page).inputValue(), "hi @Bob Builder 👍 ");
  await composer(page).pressSequentially("`:tada:` :tada:");
  await composer(page).press("Escape");
  await composer(page).press("Enter");
  await expectEventually(
    async () => (await storedTexts(bob)).at(-1),
    `hi <@${bob.user.id}> 👍 \`:tada:\` 🎉`,
  );
  const mention = log(page).locator(".mention", { hasText: "@Bob Builder" });
  await mention.waitFor();
  // It is edited as it was written, and calls the same person afterwards.
  await composer(page).press("ArrowUp");
  const edits = page.getByRole("textbox", { name: "Edit the message" });
  expect(await edits.inputValue()).toBe("hi @Bob Builder 👍 `:tada:` 🎉");
  await edits.pressSequentially(" :rocket: @bui");
  await expectEventually(shown, ["Bob Builder"]);
  await edits.press("Tab");
  await edits.press("Enter");
  // The box it was written in holds this text too, until it is gone.
  await expectEventually(() => mention.count(), 2);
  await log(page).getByText("🎉 🚀").waitFor();

  // What was opened by the pointer ends where one writes.
  await log(page).getByText("🎉 🚀").hover();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "What it said before" }).click();
  await page
    .getByRole("dialog", { name: "What it said before" })
    .getByText(":tada:")
    .first()
    .waitFor();
  await page.mouse.move(0, 0);
  await page.keyboard.press("Escape");
  await expectEventually(
    () => composer(page).evaluate((field) => field === document.activeElement),
    true,
  );

  // The picker: search, arrows, Enter; what was picked comes first the next time.
  await composer(page).fill("go ");
  await page.getByRole("button", { name: "Emoji" }).click();
  const search = page.getByRole("combobox", { name: "Search emoji" });
  await search.fill("rocket");
  await page.getByRole("option", { name: "rocket", exact: true }).waitFor();
  // With a few of them: axe looks at each of nineteen hundred for a long time.
  expect(await findings(page)).toEqual([]);
  await search.press("Enter");
  expect(await composer(page).inputValue()).toBe("go 🚀");
  await page.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("group", { name: "recent" }).getByRole("option").first().waitFor();
  await search.press("Escape");
  expect(await search.count()).toBe(0);
  expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);

  // A key of an input method picks and sends nothing.
  await composer(page).fill("");
  await composer(page).pressSequentially("@");
  await expectEventually(shown, ["Bob Builder", "@here", "@room"]);
  await composer(page).evaluate((field) => {
    const init = { key: "Enter", isComposing: true, bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent("keydown", init));
  });
  expect(await composer(page).inputValue()).toBe("@");
  await composer(page).press("Escape");
  await say(page, "done");
  await page.getByText("done", { exact: true }).waitFor();
});
