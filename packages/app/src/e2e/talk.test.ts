import { unzip, type TestGuest, type TestServer } from "@snug/server/testing";
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { button } from "./inside.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  log,
  nameField,
  say,
  stage,
} from "./testing.ts";

const { later, serve, profile, tab } = stage();

test("two people talk: names, texts, order, and nothing twice; and see how far the other has read", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  const bob = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await say(ada, "Hello, Bob");
  await expectTexts(bob, ["Hello, Bob"]);
  await say(bob, "Hello, Ada");
  await say(bob, "How are you?");
  for (const page of [ada, bob]) {
    await expectTexts(page, ["Hello, Bob", "Hello, Ada", "How are you?"]);
    const names = await log(page)
      .locator("article")
      .evaluateAll((rows) => rows.map((row) => row.querySelector("[id$=author]")?.textContent));
    expect(names).toEqual(["Ada", "Bob", "Bob"]);
    // The time of one that follows shows beside it, not over its first words.
    const second = log(page).locator("article").nth(2);
    const [time, text] = [
      await second.locator("time").boundingBox(),
      await second.locator(".text").boundingBox(),
    ];
    expect((time?.x ?? 0) + (time?.width ?? 0)).toBeLessThan(text?.x ?? 0);
  }
  for (const [page, other] of [
    [ada, "Bob"],
    [bob, "Ada"],
  ] as const) {
    const newest = log(page).locator("article", { hasText: "How are you?" });
    await newest.getByRole("img", { name: `Seen by ${other}`, exact: true }).waitFor();
  }
});

test("#14 keys are enough: a name, Enter, a message, Enter; Shift+Enter breaks the line", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await expectEventually(
    () => nameField(ada).evaluate((field) => field === document.activeElement),
    true,
  );
  await ada.keyboard.type("Ada");
  await ada.keyboard.press("Enter");
  await expectEventually(
    async () =>
      (await composer(ada).count()) === 1 &&
      composer(ada).evaluate((field) => field === document.activeElement),
    true,
  );
  await ada.keyboard.type("one");
  await ada.keyboard.press("Shift+Enter");
  await ada.keyboard.type("two");
  await ada.keyboard.press("Enter");
  await expectTexts(ada, ["one\ntwo"]);
  expect(await composer(ada).inputValue()).toBe("");
});

test("#14 Enter that ends an input method's composition sends nothing", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  const client = await ada.context().newCDPSession(ada);
  await composer(ada).focus();
  await client.send("Input.imeSetComposition", {
    text: "にほん",
    selectionStart: 3,
    selectionEnd: 3,
  });
  await composer(ada).dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true });
  await client.send("Input.insertText", { text: "日本" });
  expect(await composer(ada).inputValue()).toBe("日本");
  await composer(ada).press("Enter");
  await expectTexts(ada, ["日本"]);
});

test("#14 by touch Enter breaks the line, the button sends, and no keyboard jumps up; a finger that stays opens what can be done", async () => {
  const server = await serve();
  const phone = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true };
  const ada = await tab(await profile(phone), server.url);
  await comeIn(ada, "Ada");
  expect(await composer(ada).evaluate((field) => field === document.activeElement)).toBe(false);
  await composer(ada).tap();
  await composer(ada).pressSequentially("one");
  await composer(ada).press("Enter");
  await composer(ada).pressSequentially("two");
  await ada.getByRole("button", { name: "Send" }).tap();
  await expectTexts(ada, ["one\ntwo"]);

  const said = log(ada).locator("article[data-state=sent]", { hasText: "one" });
  const box = await said.boundingBox();
  if (box === null) throw new Error("the message is not drawn");
  const client = await ada.context().newCDPSession(ada);
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  const dialog = ada.getByRole("dialog", { name: "Message" });
  await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await dialog.waitFor();
  await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await dialog.getByRole("button", { name: "Reply", exact: true }).tap();
  await ada.getByText("Answering").waitFor({ state: "attached" });
});

test("#13 [SDK2] a draft is kept over a reload, and gone once it was sent", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await composer(ada).fill("not yet");
  await ada.reload();
  await composer(ada).waitFor();
  expect(await composer(ada).inputValue()).toBe("not yet");
  await composer(ada).press("Enter");
  await expectTexts(ada, ["not yet"]);
  await ada.reload();
  await expectTexts(ada, ["not yet"]);
  expect(await composer(ada).inputValue()).toBe("");
});

test("a half-written answer keeps what it answers over a reload", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const { seq } = (await (await bob.post("question?")).json()).message;
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await log(ada).locator("article", { hasText: "question?" }).hover();
  await ada.getByRole("button", { name: "Reply", exact: true }).click();
  await composer(ada).fill("yes, that one");
  await ada.reload();
  await ada.locator(".reply-bar").getByText("question?").waitFor();
  await composer(ada).press("Enter");
  await log(ada).locator("[data-state=sent]", { hasText: "yes, that one" }).waitFor();
  expect(await ada.locator(".reply-bar").count()).toBe(0);
  const { events } = await bob.get("/v1/rooms/general/events?limit=200");
  expect(events.at(-1)).toMatchObject({ text: "yes, that one", replyTo: seq });
});

test("two tabs show one draft, and what one of them sent is in neither", async () => {
  const server = await serve();
  const context = await profile();
  const one = await tab(context, server.url);
  await comeIn(one, "Ada");
  const other = await tab(context, server.url);
  await composer(other).waitFor();
  await composer(one).fill("half a th");
  await expectEventually(() => composer(other).inputValue(), "half a th");
  await composer(other).press("x");
  await composer(other).press("Backspace");
  await one.reload();
  await expectEventually(() => composer(one).inputValue(), "half a th");
  await composer(one).press("Enter");
  await expectTexts(other, ["half a th"]);
  await expectEventually(() => composer(other).inputValue(), "");
});

test("[EXP2] markup, scripts and hostile addresses are shown as text and do not run, here and in an export; links are links", async () => {
  const texts = [
    `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
    "javascript:document.title='owned' data:text/html,<script>1</script>",
    "see https://example.org/a_(b)?c=1#d, or (www.example.org).",
    "שלום 👋🏽 مرحبا",
    `${"Z̶̛̗͇̲̈́͗͝".repeat(50)}`,
  ];
  const server = await serve();
  const eve = await server.guest("<b>Eve</b>");
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  for (const text of texts) await eve.post(text);
  await expectTexts(ada, texts);
  expect(await ada.title()).not.toContain("owned");
  expect(await log(ada).locator(":is(img, script, b, iframe)").count()).toBe(0);
  const links = await log(ada)
    .locator("a")
    .evaluateAll((all) => all.map((link) => [link.getAttribute("href"), link.getAttribute("rel")]));
  expect(links.map(([href]) => href)).toEqual([
    "https://example.org/a_(b)?c=1#d",
    "https://www.example.org",
  ]);
  for (const [, rel] of links) expect(rel).toContain("noopener");

  await upload(server, eve, "pixel.png", Uint8Array.fromBase64(PIXEL));
  await upload(server, eve, `"><script>document.title='owned'</script>.html`, "<script>1</script>");
  await button(ada, "About this room").click();
  const coming = ada.waitForEvent("download");
  await ada.getByRole("link", { name: "Export this room" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^general \d{4}-\d\d-\d\d\.zip$/);
  const folder = mkdtempSync(join(tmpdir(), "snug-export-"));
  later(() => rmSync(folder, { recursive: true }));
  for (const [name, bytes] of unzip(readFileSync(await download.path())))
    await Bun.write(join(folder, name), bytes);
  // The tab finds fault with all that a browser complains of, and so with what the policy stopped.
  const page = await tab(await profile(), pathToFileURL(join(folder, "index.html")).href);
  expect(await page.title()).toBe("general");
  expect(await page.locator("main :is(script, b, iframe, [onerror])").count()).toBe(0);
  expect(
    await page.locator(".text").evaluateAll((all) => all.map((one) => one.textContent)),
  ).toEqual([...texts, "", ""]);
  await page.locator("img").scrollIntoViewIfNeeded();
  const widthOf = (img: SVGElement | HTMLElement) => (img as HTMLImageElement).naturalWidth;
  await expectEventually(() => page.locator("img").evaluate(widthOf), 1);
  expect(await page.locator("main a[href^=files]").count()).toBe(1);
});

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function upload(server: TestServer, who: TestGuest, name: string, body: BodyInit) {
  const path = `/v1/rooms/general/files?name=${encodeURIComponent(name)}`;
  const sent = await server.fetch(path, {
    method: "POST",
    headers: { authorization: who.authorization },
    body,
  });
  const { file } = (await sent.json()) as { file: { id: string } };
  const message = { clientId: crypto.randomUUID(), text: "", files: [file.id] };
  expect((await who.call("POST", "/v1/rooms/general/messages", message)).status).toBe(201);
}

test("what no server takes stays in the box, with the reason", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await say(ada, "x".repeat(20_000));
  await ada
    .getByRole("alert")
    .getByText(/16384 bytes/)
    .waitFor();
  expect(await composer(ada).inputValue()).toHaveLength(20_000);
  await expectTexts(ada, []);
});

test("a name that cannot be is refused with the reason, and stays in its field", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url, [/400 \(Bad Request\)/]);
  const name = "‮Ada";
  await nameField(ada).fill(name);
  await nameField(ada).press("Enter");
  await ada.getByRole("alert").getByText(/name/i).waitFor();
  expect(await nameField(ada).inputValue()).toBe(name);
  await comeIn(ada, "Ada");
});

test("[ACC3] who is signed out elsewhere is asked for a name again, and loses nothing they wrote", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await composer(ada).fill("half a thou");
  await ada.evaluate(() => fetch("/v1/sessions/current", { method: "DELETE" }));
  await comeIn(ada, "Ada again");
  await ada.keyboard.type("ght");
  await expectEventually(() => composer(ada).inputValue(), "half a thought");
});
