import { afterEach, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { startTestServer, type TestGuest, type TestServer } from "@snug/server/testing";
import type { Page as SnugPage } from "@snug/server";
import { join } from "node:path";
import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { keptPage, own } from "../page/own.ts";
import { sharedChromium, takeProfile } from "@snug/client/testing/shared-chromium";

/** A real Chromium and Snug's own page, for the tests of one file. What they open is closed after each. */
export function stage() {
  // A browser on a busy machine is slow.
  setDefaultTimeout(60_000);
  let page: SnugPage;
  let undo: (() => unknown)[] = [];
  /** What no page may have had when its test ends. */
  let troubles: string[] = [];

  beforeAll(async () => {
    page = await keptPage(own);
  });
  afterEach(async () => {
    for (const act of undo.toReversed()) await act();
    undo = [];
    const had = troubles;
    troubles = [];
    expect(had).toEqual([]);
  });

  return {
    /** Something to be undone after the test, last first. */
    later: (act: () => unknown) => void undo.push(act),
    serve: async (options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> => {
      const server = await startTestServer({ page, ...options });
      undo.push(async () => {
        await server.close();
        troubles.push(...server.faults.map(String));
      });
      return server;
    },
    /** A browser profile of its own: another person, or another device. */
    profile: async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
      const { context, giveBack } = await takeProfile(options);
      undo.push(giveBack);
      return context;
    },
    /** One that goes with its test, for what cannot be taken back: the clock that a page is given is its profile's. */
    freshProfile: async (): Promise<BrowserContext> => {
      const context = await (await sharedChromium()).newContext();
      undo.push(() => context.close());
      return context;
    },
    /** A tab at this address. `expected`: complaints of the browser that belong to the test. */
    tab: async (
      context: BrowserContext,
      url: string,
      expected: readonly RegExp[] = [],
    ): Promise<Page> => {
      const tab = await context.newPage();
      // That nobody is signed in yet is the server's answer to the page's first question.
      const fine = [/401 \(Unauthorized\)/, ...expected];
      const trouble = (text: string) => {
        if (!fine.some((one) => one.test(text))) troubles.push(text);
      };
      tab.on("pageerror", (error) => trouble(String(error)));
      tab.on("console", (line) => {
        if (["error", "warning"].includes(line.type())) trouble(line.text());
      });
      await tab.goto(url);
      return tab;
    },
  };
}

/**
 * The network goes away: nothing gets through any more, and what was connected breaks. Where it
 * only falls silent, Chromium turns round and round on a socket that it holds back, for as long
 * as the page waits for an answer.
 */
export async function goOffline(context: BrowserContext, server: TestServer): Promise<void> {
  await context.setOffline(true);
  server.cut();
}

/** What a browser says when a server is away. */
export const networkIsDown = [/net::ERR_/, /WebSocket connection to/];

export async function comeIn(tab: Page, name: string): Promise<void> {
  await nameField(tab).fill(name);
  await nameField(tab).press("Enter");
  await composer(tab).waitFor();
}

export async function say(tab: Page, text: string): Promise<void> {
  await composer(tab).fill(text);
  await composer(tab).press("Enter");
}

export const nameField = (tab: Page) => tab.getByRole("textbox", { name: "Your name" });
export const composer = (tab: Page | Locator) =>
  tab.getByRole("textbox", { name: "Message", exact: true });
export const log = (tab: Page | Locator) => tab.getByRole("log");

/** Waits for the log to show these texts, oldest first, and no others. */
export async function expectTexts(tab: Page, texts: readonly string[]): Promise<void> {
  await expectEventually(() => shownTexts(tab), texts);
}

/** The texts of the rows that are drawn, in their order on the screen. */
export function shownTexts(tab: Page): Promise<string[]> {
  return log(tab).evaluate((list) =>
    [...list.querySelectorAll("[data-key]")]
      .map((row) => ({
        top: row.getBoundingClientRect().top,
        text: row.querySelector("[id$=text]")?.textContent ?? "",
      }))
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text),
  );
}

/** Waits until the value is this one; else fails with the difference. */
export async function expectEventually(
  read: () => unknown,
  wanted: unknown,
  ms = 15_000,
): Promise<void> {
  const start = performance.now();
  // What takes long is asked about less often, or asking is most of the work.
  for (let waited = 0; waited < ms && !Bun.deepEquals(await read(), wanted);)
    await Bun.sleep(25 + (waited = performance.now() - start) / 8);
  expect(await read()).toEqual(wanted);
}

/** All texts of the room's log, by the server's word. */
export async function storedTexts(guest: TestGuest): Promise<string[]> {
  const texts: string[] = [];
  let cursor = "";
  for (;;) {
    const page = await guest.get(
      `/v1/rooms/general/events?limit=200${cursor && `&after=${cursor}`}`,
    );
    if (page.events.length === 0) return texts;
    for (const event of page.events) if (event.type === "message.posted") texts.push(event.text);
    cursor = page.cursor;
  }
}

/** Posts these one after another, without waiting in between. */
export async function speak(guest: TestGuest, texts: readonly string[]): Promise<void> {
  const socket = await guest.socket();
  for (const [ref, text] of texts.entries()) {
    const clientId = crypto.randomUUID();
    socket.send({ type: "post-message", ref, room: "general", clientId, text });
  }
  for (const ref of texts.keys()) await socket.next("reply", ref);
  socket.close();
}

/** The server as a process of its own, which can be killed. `port` 0: a free one. */
export async function startProcess(folder: string, port = 0) {
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "../main.ts"),
      "--port",
      String(port),
      "--data",
      folder,
    ],
    {
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, NO_COLOR: "1", SNUG_RATE_LIMITS: "off" },
    },
  );
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk, { stream: true });
    const [, url] = /ready at (\S+)/.exec(said) ?? [];
    if (url !== undefined) {
      return {
        url,
        port: Number(new URL(url).port),
        async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
          child.kill(signal);
          await child.exited;
        },
      };
    }
  }
  throw new Error(`the server ended before it was ready: ${said}`);
}

/**
 * What stands between a page and its server: hands everything on, except what
 * `refuses` says of a request's head; then the connection gets a bare 403.
 */
export function standBetween(port: number, refuses: (head: string) => boolean) {
  const listener = Bun.listen<{ far: Promise<Bun.Socket> | null }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(near) {
        near.data = { far: null };
      },
      async data(near, bytes) {
        const head = bytes.toString("latin1");
        if (near.data.far === null && refuses(head)) {
          near.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
          return;
        }
        near.data.far ??= Bun.connect({
          hostname: "127.0.0.1",
          port,
          socket: {
            data: (_, back) => void near.write(back),
            close: () => void near.end(),
            error: () => void near.end(),
          },
        });
        const far = await near.data.far.catch(() => null);
        if (far === null) near.end();
        else far.write(bytes);
      },
      close(near) {
        void near.data.far?.then((far) => far.end()).catch(() => {});
      },
    },
  });
  return { url: `http://127.0.0.1:${listener.port}`, stop: () => listener.stop(true) };
}
