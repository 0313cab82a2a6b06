import { expect, test } from "bun:test";
import { systemClock } from "@snug/server";
import type { Page } from "playwright-core";
import { heading, refusals } from "./inside.ts";
import { comeIn, composer, expectEventually, log, say, speak, stage } from "./testing.ts";

const { serve, profile, tab } = stage();

test("what the page asks first is asked once, while its script is on its way; what a stranger was answered is not what who came in is shown", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, ["hello"]);
  const ada = await tab(await profile(), "about:blank", refusals);
  const answers: string[] = [];
  let all = Promise.withResolvers<void>();
  ada.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/\/(me|messages)$/.test(pathname)) answers.push(`${pathname} ${response.status()}`);
    if (answers.length === 2) all.resolve();
  });
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  await log(ada).getByText("hello").waitFor();
  expect(answers.toSorted()).toEqual([
    "/v1/me 200",
    "/v1/me 401",
    "/v1/rooms/general/messages 200",
    "/v1/rooms/general/messages 401",
  ]);

  // Of a room that one may not see the page comes as to a stranger; its script waits until both are answered.
  answers.length = 0;
  all = Promise.withResolvers();
  await ada.route(/\/assets\/.*\.js$/, async (route) => {
    await all.promise;
    await route.continue();
  });
  const cellar = await bob.room("private", { name: "cellar" });
  await ada.goto(`${server.url}/r/${cellar}`);
  await heading(ada, "A closed room").waitFor();
  expect(answers.toSorted()).toEqual(["/v1/me 200", `/v1/rooms/${cellar}/messages 404`]);
});

test("[PAGE6] who is signed in sees the room before the script is there, just where it stands afterwards, and asks for nothing", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const post = async (text: string, more: object = {}) => {
    const message = { clientId: crypto.randomUUID(), text, ...more };
    const sent = await bob.call("POST", "/v1/rooms/general/messages", message);
    return ((await sent.json()) as { message: { seq: number } }).message.seq;
  };
  const context = await profile({ viewport: { width: 390, height: 800 } });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  await speak(
    bob,
    Array.from({ length: 60 }, (_, index) => `line ${index} </template></script><b title='"'>`),
  );
  const first = await post("**Who** has `the key`?\n\n- one\n- two");
  await bob.call("PUT", `/v1/rooms/general/messages/${first}/reactions/👍`);
  await post("I do", { replyTo: first });
  const uploaded = await fetch(`${server.url}/v1/rooms/general/files?name=dot.png`, {
    method: "POST",
    headers: { authorization: bob.authorization },
    body: dot,
  });
  const { file } = (await uploaded.json()) as { file: { id: string } };
  await post("", { files: [file.id] });
  await log(ada).getByText("I do").waitFor();
  await expectEventually(
    async () => (await (await ada.request.get(`${server.url}/v1/me`)).json()).rooms[0].unread,
    0,
  );

  const texts = (rows: Awaited<ReturnType<typeof inView>>) => rows.map(({ text }) => text);
  expect(texts(await come(ada, `${server.url}/`)).slice(-4)).toEqual([
    `line 59 </template></script><b title='"'>`,
    "Who has the key?\none\ntwo",
    "I do",
    "a picture, dot.png",
  ]);

  // With something unread it opens there.
  await ada.goto("about:blank");
  const unread = await post("new 0");
  for (let index = 1; index < 40; index++) await post(`new ${index}`);
  const rows = texts(await come(await tab(context, "about:blank"), `${server.url}/r/general`));
  expect(rows.slice(0, 4)).toContain("new 0");
  expect(rows).not.toContain("new 39");

  // Who comes for one message, or with an invite, is shown that.
  for (const path of [`/r/general/${unread}`, "/#invite=none"]) {
    const html = await ada.goto(server.url + path);
    expect((await html?.text())?.includes("<template>")).toBe(path.startsWith("/#"));
    expect(await ada.locator("[inert]").count()).toBe(0);
  }
});

/** Comes anew, and the script later: what stands in view before is what stands there afterwards. */
async function come(page: Page, address: string) {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const go = Promise.withResolvers<void>();
  await page.route(/\/assets\/.*\.js$/, async (route) => {
    await go.promise;
    await route.continue();
  });
  await page.goto(address, { waitUntil: "commit" });
  await page.locator("[inert] article").last().waitFor();
  // They come after the first frame.
  await page.waitForFunction(() =>
    [...document.querySelectorAll("[inert] time")].every(({ textContent }) => textContent !== ""),
  );
  const before = await inView(page);
  expect(asked.filter((one) => one.startsWith("/v1/"))).toEqual([]);
  go.resolve();
  await composer(page).waitFor();
  await expectEventually(() => inView(page), before);
  expect(await page.locator("[inert]").count()).toBe(0);
  return before;
}

test("[PAGE6] days, times, long texts and a draft stand there as the reader's own browser has them", async () => {
  let now = Date.UTC(2026, 10, 23, 20);
  const server = await serve({ clock: { ...systemClock, now: () => now } });
  const bob = await server.guest("Bob");
  const context = await profile({
    viewport: { width: 390, height: 2_000 },
    timezoneId: "America/Chicago",
  });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  // The oldest of a page tells only whether a day begins after it.
  for (let index = 0; index < 30; index++) await bob.post(`first ${index}`);
  const said: [day: number, hour: number, minute: number, text: string][] = [
    [23, 23, 58, "midnight"],
    [24, 0, 2, "in London"],
    [24, 5, 58, "midnight in Chicago"],
    [24, 6, 1, "is another day"],
    [24, 6, 14, "a while"],
    [24, 6, 16, "later"],
    [25, 12, 0, Array.from({ length: 30 }, (_, index) => `verse ${index}`).join("\n")],
  ];
  for (const [day, hour, minute, text] of said) {
    now = Date.UTC(2026, 10, day, hour, minute);
    await bob.post(text);
  }
  for (let index = 0; index < 20; index++) await bob.post(`last ${index}`);
  await composer(ada).fill("one\ntwo\nthree\nfour\nfive");
  await log(ada).getByText("last 19").waitFor();
  await expectEventually(
    async () => (await (await ada.request.get(`${server.url}/v1/me`)).json()).rooms[0].unread,
    0,
  );
  await ada.goto("about:blank");
  const seen = await come(ada, server.url);
  const around = (text: string) => seen.find((row) => row.text === text)?.around;
  expect(around("in London")).toEqual(["6:02 PM"]);
  expect(around("is another day")).toEqual(["Tuesday, November 24, 2026", "12:01 AM"]);
  expect(around("later")).toEqual(["12:16 AM"]);
  expect(seen.filter((row) => row.around.includes("Show all")).length).toBe(1);
  expect(seen.length).toBeGreaterThan(28);
});

test("[PAGE6] where one does not write, or the room is called by who is in it, the page comes without the room", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const ada = await server.guest("Ada");
  const comes = async (room: string) => {
    const headers = { cookie: `snug_session=${ada.token}` };
    const html = await (await server.fetch(`/r/${room}`, { headers })).text();
    expect(html).toContain(`data-path="/v1/rooms/${room}/messages?limit=50"`);
    return html.includes("<template>");
  };
  const hall = await bob.room("public", { name: "hall" });
  const direct = await bob.room("direct", { with: [ada.user.id] });
  for (const room of [hall, direct]) await bob.post("hello", undefined, room);
  expect([await comes(hall), await comes(direct)]).toEqual([false, false]);
  await ada.call("PUT", `/v1/rooms/${hall}/members/me`, {});
  expect(await comes(hall)).toBe(true);
  await bob.call("PATCH", `/v1/rooms/${hall}/members/${ada.user.id}`, { role: "reader" });
  expect(await comes(hall)).toBe(false);
  await bob.call("PATCH", `/v1/rooms/${hall}/members/${ada.user.id}`, { role: "owner" });
  expect(await comes(hall)).toBe(true);
  await bob.call("PATCH", `/v1/rooms/${hall}`, { archived: true });
  expect(await comes(hall)).toBe(false);
});

test("[PAGE6] where the script does not come the page says so, to a stranger too; meanwhile what came with it can be scrolled", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(
    bob,
    Array.from({ length: 60 }, (_, index) => `line ${index}`),
  );
  const ada = await tab(await profile(), "about:blank", [/net::ERR_FAILED/]);
  const scripts = /\/assets\/.*\.js$/;
  const comeInVain = async () => {
    await ada.route(scripts, (route) => route.abort());
    await ada.goto(server.url);
    await ada.getByRole("alert").getByText("This page did not load").waitFor();
    await ada.unroute(scripts);
  };
  const reload = ada.getByRole("button", { name: "Reload" });
  await comeInVain();
  await reload.click();
  await comeIn(ada, "Ada");
  await log(ada).getByText("line 59").waitFor();
  await comeInVain();
  const list = ada.locator(".log");
  const top = await list.evaluate(({ scrollTop }) => scrollTop);
  await list.hover();
  await ada.mouse.wheel(0, -100);
  await expectEventually(() => list.evaluate(({ scrollTop }) => scrollTop), top - 100);
  await reload.click();
  await composer(ada).waitFor();
  expect(await ada.getByRole("alert").count()).toBe(0);
});

test("[PAGE6] where the connection is late, the room that came with the page stays until it is, and opens at what is unread", async () => {
  const server = await serve();
  const context = await profile({ viewport: { width: 390, height: 800 } });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  await ada.goto("about:blank");
  const texts = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  await speak(await server.guest("Bob"), texts);
  // Swallowed, as by some proxies: five seconds later the page comes another way.
  await ada.routeWebSocket(/./, () => {});
  await ada.goto(server.url, { waitUntil: "commit" });
  await ada.locator("[inert] article").last().waitFor();
  const before = await inView(ada);
  expect(before.slice(0, 3).map(({ text }) => text)).toContain("line 0");
  await ada.evaluate(() => {
    const least = { articles: Infinity };
    Object.assign(window, { least });
    const look = () => {
      least.articles = Math.min(least.articles, document.querySelectorAll("article").length);
      requestAnimationFrame(look);
    };
    look();
  });
  await composer(ada).waitFor();
  // Nothing leads away from there.
  await Bun.sleep(500);
  expect(await inView(ada)).toEqual(before);
  expect(await ada.evaluate(() => (window as unknown as Least).least.articles)).toBeGreaterThan(9);
});

test("[PAGE6] who has scrolled the room that came with the page goes on from there, be it read or unread", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile({ viewport: { width: 390, height: 800 } });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  const verses = Array.from({ length: 50 }, (_, index) => `verse ${index}`).join("\n");
  const texts = (of: string) => Array.from({ length: 24 }, (_, index) => `${of} ${index}`);
  await speak(bob, [...texts("line"), verses, ...texts("last")]);
  await log(ada).getByText("last 23").waitFor();
  await expectEventually(
    async () => (await (await ada.request.get(`${server.url}/v1/me`)).json()).rooms[0].unread,
    0,
  );
  const list = ada.locator(".log");
  const scripts = /\/assets\/.*\.js$/;
  const comeAndScroll = async (by: number) => {
    const go = Promise.withResolvers<void>();
    await ada.route(scripts, async (route) => {
      await go.promise;
      await route.continue();
    });
    await ada.goto(server.url, { waitUntil: "commit" });
    await ada.locator("[inert] article").last().waitFor();
    const top = await list.evaluate(({ scrollTop }) => scrollTop);
    await list.hover();
    await ada.mouse.wheel(0, by);
    await expectEventually(() => list.evaluate(({ scrollTop }) => scrollTop), top + by);
    const before = await inView(ada);
    go.resolve();
    await composer(ada).waitFor();
    await expectEventually(() => inView(ada), before);
    // Nothing leads away from there.
    await Bun.sleep(500);
    expect(await inView(ada)).toEqual(before);
    await ada.goto("about:blank");
    await ada.unroute(scripts);
  };
  for (const by of [-350, -1_000]) await comeAndScroll(by);
  await speak(bob, [...texts("new"), ...texts("newer")]);
  for (const by of [250, -500]) await comeAndScroll(by);
});

interface Least {
  readonly least: { readonly articles: number };
}

/** The rows of the log that are in view: what they say, what is said about it, and where they stand. */
const inView = (page: Page) =>
  page.locator(".log").evaluate((list) => {
    const view = list.getBoundingClientRect();
    return [...list.querySelectorAll("article")]
      .map((row) => ({
        text: row.querySelector<HTMLElement>("[id$=text]")?.innerText ?? "",
        around: [
          ...(row.closest(".row")?.querySelectorAll(".day, time, .text + .plain") ?? []),
        ].map((part) => part.textContent),
        top: Math.round(row.getBoundingClientRect().top),
        bottom: Math.round(row.getBoundingClientRect().bottom),
      }))
      .filter(({ top, bottom }) => bottom > view.top && top < view.bottom)
      .sort((one, other) => one.top - other.top);
  });

const dot = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("what is loaded later and does not come says so, and the room stays", async () => {
  const server = await serve();
  const ada = await tab(await profile(), "about:blank", [/net::ERR_FAILED/]);
  await ada.route(/\/assets\/rare-.*\.js$/, (route) => route.abort());
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  await log(ada).press("?");
  await ada.getByRole("dialog", { name: "This did not load" }).waitFor();
  await ada.keyboard.press("Escape");
  await say(ada, "hello");
  await log(ada).getByText("hello").waitFor();
});
