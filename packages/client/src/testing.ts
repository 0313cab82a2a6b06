import type { Event } from "@snug/protocol";
import { startTestServer, type TestServer } from "@snug/server/testing";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatOptions, ChatMessage } from "./api.ts";
import { SnugChat } from "./chat.ts";
import { FakeServer } from "./testing/fake-server.ts";
import { FastClock } from "./testing/clocks.ts";
import { Proxy } from "./testing/proxy.ts";

export type Way = "websocket" | "sse";

/** What a test has opened; `end` closes it, the last first. */
export class World {
  readonly #undo: (() => unknown)[] = [];

  after(act: () => unknown): void {
    this.#undo.push(act);
  }

  async end(): Promise<void> {
    for (const act of this.#undo.toReversed()) await act();
    this.#undo.length = 0;
  }

  async server(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
    const server = await startTestServer(options);
    this.after(() => server.close());
    return server;
  }

  /** A server that is reached this way alone. */
  async served(way: Way): Promise<{ url: string; server: TestServer }> {
    const server = await this.server();
    if (way === "websocket") return { url: server.url, server };
    const proxy = await this.proxy(server.url);
    proxy.blocksWebSocket = true;
    return { url: proxy.url, server };
  }

  async proxy(target: string): Promise<Proxy> {
    const proxy = await Proxy.open(target);
    this.after(() => proxy.close());
    return proxy;
  }

  fake(): FakeServer {
    const server = new FakeServer();
    this.after(() => server.close());
    return server;
  }

  chat(options: ChatOptions, clock = new FastClock()): SnugChat {
    const chat = new SnugChat(options, clock);
    this.after(() => chat.close());
    return chat;
  }

  /** A server behind a proxy, that can be stopped and started again on the same folder. */
  async movable(): Promise<Movable> {
    const folder = mkdtempSync(join(tmpdir(), "snug-client-"));
    this.after(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startTestServer({ folder });
    const movable = new Movable(this, folder, server, await this.proxy(server.url));
    this.after(() => movable.stop());
    return movable;
  }
}

export class Movable {
  readonly proxy: Proxy;
  server: TestServer;
  readonly #world: World;
  readonly #folder: string;
  readonly #proxies: Proxy[];
  #runs = true;

  constructor(world: World, folder: string, server: TestServer, proxy: Proxy) {
    this.#world = world;
    this.#folder = folder;
    this.server = server;
    this.proxy = proxy;
    this.#proxies = [proxy];
  }

  /** One more way to it. */
  async way(): Promise<Proxy> {
    const proxy = await this.#world.proxy(this.server.url);
    this.#proxies.push(proxy);
    return proxy;
  }

  async stop(): Promise<void> {
    if (!this.#runs) return;
    this.#runs = false;
    await this.server.close({ keep: true });
  }

  async start(): Promise<void> {
    this.server = await startTestServer({ folder: this.#folder });
    for (const proxy of this.#proxies) proxy.target = new URL(this.server.url);
    this.#runs = true;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** While it is stopped: all that it knew is gone. */
  empty(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** While it is stopped: puts away what it knows. Returns what brings that back, and forgets what came since. */
  backUp(): () => void {
    const copy = `${this.#folder}-copy`;
    cpSync(this.#folder, copy, { recursive: true });
    this.#world.after(() => rmSync(copy, { recursive: true, force: true }));
    return () => {
      this.empty();
      cpSync(copy, this.#folder, { recursive: true });
    };
  }
}

/** A room's whole log, as the server tells it. */
export async function readLog(url: string, token: string, room = "general"): Promise<Event[]> {
  const all: Event[] = [];
  let after = "";
  for (;;) {
    const response = await fetch(`${url}/v1/rooms/${room}/events?limit=200${after}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const page = (await response.json()) as { events: Event[]; cursor: string };
    all.push(...page.events);
    if (page.events.length === 0) return all;
    after = `&after=${encodeURIComponent(page.cursor)}`;
  }
}

/** How many connections the server holds, by its own figures. */
export async function connectionsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^snug_connections\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** A list as a test compares it. */
export function texts(messages: readonly ChatMessage[]): string[] {
  return messages.map((message) => (message.state === "unreadable" ? "?" : message.text));
}
