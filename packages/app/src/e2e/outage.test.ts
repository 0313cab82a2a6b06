import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestServer } from "@snug/server/testing";
import type { BrowserContext, Page } from "playwright-core";
import { refusals } from "./inside.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  goOffline,
  log,
  nameField,
  networkIsDown,
  say,
  shownTexts,
  speak,
  stage,
  standBetween,
  startProcess,
  storedTexts,
} from "./testing.ts";

const { serve, profile, freshProfile, tab, later } = stage();

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "snug-outage-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The texts of the outbox as the browser keeps them. */
const onDisk = (page: Page) =>
  page.evaluate(async () => {
    const texts: string[] = [];
    for (const { name = "" } of await indexedDB.databases()) {
      const entries = await new Promise<{ text: string }[]>((resolve, reject) => {
        const opened = indexedDB.open(name);
        opened.onerror = () => reject(new Error(name));
        opened.onsuccess = () => {
          const asked = opened.result.transaction("outbox").objectStore("outbox").getAll();
          asked.onsuccess = () => {
            opened.result.close();
            resolve(asked.result as { text: string }[]);
          };
        };
      });
      texts.push(...entries.map(({ text }) => text));
    }
    return texts;
  });

const waiting = (page: Page) => log(page).locator("[data-state=waiting]");
/** It is shown before, and waits with what comes after it if the network goes before its answer has come. */
const sent = (page: Page, text: string) =>
  log(page).locator("[data-state=sent]", { hasText: text }).waitFor();
const offline = (context: BrowserContext, server: TestServer, page: Page) =>
  goOffline(context, server).then(() => page.getByText("Offline").first().waitFor());

test("#12 [SDK2] [IDM1] written offline, kept over a reload, sent once when the network is back", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  await say(ada, "before");
  await sent(ada, "before");

  await offline(context, server, ada);
  for (const text of ["one", "two", "three"]) await say(ada, text);
  await expectEventually(() => waiting(ada).count(), 3);
  // Until then a page that is left asks first, which nobody here answers.
  await expectEventually(() => onDisk(ada), ["one", "two", "three"]);
  await bob.post("meanwhile");

  // Without a network even the page is not to be had: the reload happens when it is back.
  await context.setOffline(false);
  await context.route("**/v1/**", (route) => route.abort());
  await ada.reload();
  await context.unroute("**/v1/**");
  await expectTexts(ada, ["before", "meanwhile", "one", "two", "three"]);
  await expectEventually(() => waiting(ada).count(), 0);
  expect(await storedTexts(bob)).toEqual(["before", "meanwhile", "one", "two", "three"]);
});

test("[RES1] [DUR1] over a kill -9 of the server nothing is missing and nothing comes twice", async () => {
  const folder = newFolder();
  let server = await startProcess(folder);
  later(() => server.end("SIGKILL"));
  const { url, port } = server;
  const ada = await tab(await profile(), url, networkIsDown);
  const bob = await tab(await profile(), url, networkIsDown);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  const texts: string[] = [];
  for (let round = 0; round < 2; round++) {
    const before = `before ${round}`;
    const during = `during ${round}`;
    await say(ada, before);
    await expectTexts(bob, [...texts, before]);
    await server.end("SIGKILL");
    await say(bob, during);
    server = await startProcess(folder, port);
    texts.push(before, during);
    await expectTexts(ada, texts);
    await expectTexts(bob, texts);
  }
});

test("[SDK4] where WebSocket is blocked the page lives by streams and posts", async () => {
  const server = await serve();
  let refused = 0;
  const between = standBetween(Number(new URL(server.url).port), (head) => {
    const isUpgrade = /^upgrade: *websocket/im.test(head);
    refused += Number(isUpgrade);
    return isUpgrade;
  });
  later(() => between.stop());
  const bob = await server.guest("Bob");
  const ada = await tab(await profile(), between.url, networkIsDown);
  await comeIn(ada, "Ada");
  await say(ada, "Hello by post");
  await expectTexts(ada, ["Hello by post"]);
  await bob.post("Hello by stream");
  await expectTexts(ada, ["Hello by post", "Hello by stream"]);
  expect(refused).toBeGreaterThan(0);
  expect(await (await server.fetch("/metrics")).text()).toMatch(/transport="sse"\} 2/);
});

test("[SDK2] a server that is away while 200 messages wait: all are shown, none is lost, order is kept", async () => {
  const folder = newFolder();
  let server = await startProcess(folder);
  later(() => server.end("SIGKILL"));
  const { url, port } = server;
  const ada = await tab(await profile(), url, networkIsDown);
  await comeIn(ada, "Ada");
  await say(ada, "first");
  await expectTexts(ada, ["first"]);
  await server.end("SIGKILL");

  const texts = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`);
  await composer(ada).focus();
  for (const text of texts) {
    await ada.keyboard.insertText(text);
    await ada.keyboard.press("Enter");
  }
  await log(ada).getByText("line 200", { exact: true }).waitFor();
  // Typed, and not even sent: a draft beside what waits.
  await composer(ada).fill("a draft");
  await ada
    .getByText(/Trying/)
    .first()
    .waitFor();

  server = await startProcess(folder, port);
  await ada
    .getByText("Try now")
    .click({ timeout: 2_000 })
    .catch(() => {
      // It came back by itself in the meantime.
    });
  await expectEventually(() => waiting(ada).count(), 0, 40_000);
  const bob = await tab(await profile(), url);
  await comeIn(bob, "Bob");
  const stored = await bob.evaluate(async () => {
    const all: string[] = [];
    for (let after = ""; ;) {
      const page = await (await fetch(`/v1/rooms/general/events?limit=200${after}`)).json();
      if (page.events.length === 0) return all;
      for (const event of page.events) if (event.type === "message.posted") all.push(event.text);
      after = `&after=${page.cursor}`;
    }
  });
  expect(stored).toEqual(["first", ...texts]);
  expect(await composer(ada).inputValue()).toBe("a draft");
});

test("[SDK2] where the browser keeps nothing, sending works and what would be lost is said", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, "about:blank", networkIsDown);
  await ada.addInitScript(() => {
    const blocked = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    Object.defineProperty(window, "localStorage", { get: blocked });
    indexedDB.open = blocked;
  });
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  await say(ada, "all is well");
  await sent(ada, "all is well");
  await offline(context, server, ada);
  await say(ada, "kept only here");
  await ada.getByText(/clos/i).first().waitFor();
  await context.setOffline(false);
  await expectEventually(() => waiting(ada).count(), 0);
  expect(await storedTexts(bob)).toEqual(["all is well", "kept only here"]);
});

test("[SDK8] what is edited or deleted offline says that it is not saved, asks before the page closes, and is left undone by its end, but for the text of an edit", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  for (const text of ["the price is 10", "not meant so"]) {
    await say(ada, text);
    await sent(ada, text);
  }
  const asks = () =>
    ada.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
  await expectEventually(asks, false);
  await offline(context, server, ada);
  const row = (text: string) => log(ada).locator("article", { hasText: text });
  await row("not meant so").hover();
  await ada.getByRole("button", { name: "More", exact: true }).click();
  await ada.getByRole("button", { name: "Delete", exact: true }).click();
  await ada.getByRole("button", { name: "Delete it" }).click();
  await row("This message was deleted").getByText("not saved yet").waitFor();
  await composer(ada).press("ArrowUp");
  await ada.keyboard.type("0 euros");
  await ada.keyboard.press("Enter");
  await row("the price is 100 euros").getByText("not saved yet").waitFor();
  expect(await asks()).toBe(true);
  await ada.getByText("Closing the page would leave undone what is not saved yet").waitFor();

  ada.on("dialog", (dialog) => void dialog.accept());
  await context.route("**/v1/**", (route) => route.abort());
  await context.setOffline(false);
  await ada.reload();
  await context.unroute("**/v1/**");
  const box = ada.getByRole("textbox", { name: "Edit the message" });
  await expectEventually(() => box.inputValue(), "the price is 100 euros");
  await box.press("Enter");
  await row("the price is 100 euros").getByText("edited").waitFor();
  await expectEventually(asks, false);
  const { messages } = await bob.get("/v1/rooms/general/messages");
  expect(messages.map(({ text }: { text: string }) => text)).toEqual([
    "the price is 100 euros",
    "not meant so",
  ]);
  await ada.reload();
  await row("the price is 100 euros").waitFor();
  expect(await box.count()).toBe(0);
});

test("[EPH1] [SDK2] what waits for an ephemeral room is never on this device's disk; what waits for another outlasts the room", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, server.url, [...networkIsDown, ...refusals]);
  await comeIn(ada, "Ada");
  for (const kind of ["ephemeral", "public"] as const) {
    const id = await bob.room(kind, { name: `the ${kind} one` });
    await ada.goto(`${server.url}/r/${id}`);
    if (kind === "public") await ada.getByRole("button", { name: "Join to write" }).click();
    await composer(ada).waitFor();
    await offline(context, server, ada);
    await say(ada, `typed for ${kind}`);
    await expectEventually(() => waiting(ada).count(), 1);
    if (kind === "ephemeral") await ada.getByText(/not kept on this device/).waitFor();
    else await expectEventually(() => onDisk(ada), [`typed for ${kind}`]);
    expect(await onDisk(ada)).not.toContain("typed for ephemeral");
    await bob.call("DELETE", `/v1/rooms/${id}`);
    await context.setOffline(false);
    await ada.getByRole("heading", { name: "This room is gone" }).waitFor();
    expect(await ada.locator("blockquote").allTextContents()).toEqual(
      kind === "public" ? ["typed for public"] : [],
    );
  }
  await ada.reload();
  await ada.getByText("typed for public").waitFor();
  expect(await onDisk(ada)).toEqual(["typed for public"]);
});

test("[SDK2] what waits in a thread of an ephemeral room is told of in the room too, until it is sent", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const lunch = await bob.room("ephemeral", { name: "lunch" });
  const context = await profile({ viewport: { width: 1440, height: 800 } });
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  await ada.goto(`${server.url}/r/${lunch}`);
  await composer(ada).waitFor();
  await bob.post("Where?", "c1", lunch);
  await log(ada).getByText("Where?").hover();
  await ada.getByRole("button", { name: "Reply in a thread" }).click();
  const thread = ada.getByRole("complementary", { name: "Thread" });
  await composer(thread).waitFor();
  await offline(context, server, ada);
  await composer(thread).fill("At the lake");
  await composer(thread).press("Enter");
  const note = ada.getByText(/not kept on this device/);
  await note.waitFor();
  await context.setOffline(false);
  await thread.locator("[data-state=sent]", { hasText: "At the lake" }).waitFor();
  await note.waitFor({ state: "detached" });
});

test("[ORD2] with a clock that is a day off, everything stays in its order and under one heading", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  for (const days of [-1, 1]) {
    const ada = await tab(await freshProfile(), "about:blank");
    await ada.clock.setFixedTime(Date.now() + days * 24 * 60 * 60 * 1_000);
    await ada.goto(server.url);
    await comeIn(ada, "Ada");
    await bob.post(`Bob's ${days}`);
    await log(ada).getByText(`Bob's ${days}`).waitFor();
    await say(ada, `Ada's ${days}`);
    // It is shown at once, and stored a moment after.
    await log(ada)
      .locator("[data-state=sent]", { hasText: `Ada's ${days}` })
      .waitFor();
    await expectEventually(async () => (await shownTexts(ada)).at(-1), `Ada's ${days}`);
    expect(await log(ada).getByRole("heading").count()).toBe(1);
    await ada.close();
  }
  expect(await storedTexts(bob)).toEqual(["Bob's -1", "Ada's -1", "Bob's 1", "Ada's 1"]);
});

test("[SDK6] an old page at a new server is told to reload, and what was typed is there afterwards", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  let newer = true;
  await ada.routeWebSocket(/\/v1\/socket/, (socket) => {
    if (newer) void socket.close({ code: 4400, reason: "bad frame" });
    else socket.connectToServer();
  });
  await offline(context, server, ada);
  await say(ada, "waiting");
  await context.setOffline(false);
  await ada.getByRole("button", { name: "Reload" }).waitFor();
  newer = false;
  await ada.getByRole("button", { name: "Reload" }).click();
  // It is shown at once, and stored a moment after.
  await log(ada).locator("[data-state=sent]", { hasText: "waiting" }).waitFor();
  await expectTexts(ada, ["waiting"]);
  expect(await storedTexts(bob)).toEqual(["waiting"]);
});

test("[SDK2] two tabs of one browser share what waits, and send it once", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const one = await tab(context, server.url, networkIsDown);
  await comeIn(one, "Ada");
  const other = await tab(context, server.url, networkIsDown);
  await composer(other).waitFor();
  await say(one, "from one");
  await expectTexts(other, ["from one"]);
  // The other may hear of it before the one that said it.
  await expectEventually(() => waiting(one).count(), 0);
  await goOffline(context, server);
  await say(one, "a");
  await say(other, "b");
  await say(one, "c");
  await expectEventually(() => waiting(one).count(), 3);
  await expectEventually(() => waiting(other).count(), 3);
  await one.close();
  await context.setOffline(false);
  await expectTexts(other, ["from one", "a", "b", "c"]);
  await expectEventually(() => waiting(other).count(), 0);
  expect(await storedTexts(bob)).toEqual(["from one", "a", "b", "c"]);
});

test("[RES7] after a long absence all that was said is there, in order", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile();
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  const { seq } = (await (await bob.post("start")).json()).message;
  await expectTexts(ada, ["start"]);
  // One came for a message, and is not led back to it when the list begins anew.
  await ada.goto(`${server.url}/r/general/${seq}`);
  await log(ada).locator("[data-flashed]").waitFor();
  await offline(context, server, ada);
  await speak(
    bob,
    Array.from({ length: 700 }, (_, index) => `missed ${index + 1}`),
  );
  await context.setOffline(false);
  await log(ada).getByText("missed 700", { exact: true }).waitFor();
  const shown = await shownTexts(ada);
  const numbers = shown
    .filter((text) => text.startsWith("missed"))
    .map((text) => Number(text.slice(7)));
  expect(numbers.length).toBeGreaterThan(3);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  expect(await nameField(ada).count()).toBe(0);
});
