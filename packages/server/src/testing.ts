import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "./clock.ts";
import { openEmbedded } from "./engine/embedded/engine.ts";
import type { Passwords } from "./core/ports.ts";
import { bunPasswords } from "./passwords/bun-passwords.ts";
import { bunPictures } from "./pictures/bun-pictures.ts";
import { createServer, type ServerOptions } from "./server.ts";

export { memoryBlobs } from "./engine/memory/blobs.ts";
export { freePort, startCable, startRedis } from "./engine/redis/testing.ts";
export { startCluster, startSentinels, type TestCluster } from "./engine/redis/failover/testing.ts";
export { startS3 } from "./engine/s3-stand-in.ts";
export { unzip } from "./unzip.ts";

/**
 * A real server on a free port of this machine, on the embedded engine in a
 * folder of its own. Tests flood it, so it limits no rates unless it is told to.
 */
export async function startTestServer(options: Partial<ServerOptions> & { folder?: string } = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "snug-test-"));
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const clock = options.clock ?? systemClock;
  const engine = options.engine ?? (await openEmbedded({ folder, clock, onFault }));
  const { passwords = bunPasswords(), pictures = bunPictures() } = options;
  const own = { engine, passwords, pictures, onFault };
  const snug = await createServer({ rateLimits: "off", ...options, ...own });
  const { websocket } = snug;
  const sockets = new Set<Bun.ServerWebSocket<unknown>>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: snug.maxRequestBodySize,
    development: false,
    fetch: snug.fetch,
    websocket: {
      ...websocket,
      open(ws) {
        sockets.add(ws);
        return websocket.open?.(ws);
      },
      close(ws, ...why) {
        sockets.delete(ws);
        return websocket.close?.(ws, ...why);
      },
    },
  });
  const url = server.url.origin;
  return {
    url,
    folder,
    engine,
    /** What the server reported as faults; a test that expects none checks that it is empty. */
    faults,
    fetch: (path: string, init?: RequestInit) => fetch(url + path, init),
    guest: (name: string) => becomeGuest(url, name),
    /** Makes an account; give the server `cheapPasswords` where hashing is not the subject. */
    account: (username: string, more: object = {}) => makeAccount(url, username, more),
    /** Somebody who has this token. */
    with: (user: TestUser, token: string) => personOf(url, user, token),
    /** Breaks all WebSocket connections, as a network does that goes away. */
    cut(): void {
      for (const ws of sockets) ws.terminate();
    },
    /** Stops the server; the folder goes too unless it was given or is to be kept. */
    async close({ keep = options.folder !== undefined } = {}) {
      await snug.close();
      await server.stop(true);
      await engine.close();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;
export type TestGuest = ReturnType<typeof personOf>;
type TestUser = { id: string; name: string; guest?: boolean; username?: string };

/** What every test account signs in with. */
export const PASSWORD = "correct horse";

/** Passwords as they are: a real hash costs thirty milliseconds. */
export const cheapPasswords: Passwords = {
  hash: async (password) => `plain ${password}`,
  verify: async (password, hash) => hash === `plain ${password}`,
};

const becomeGuest = (url: string, name: string) => signIn(url, "/v1/guests", { name });

const makeAccount = (url: string, username: string, more: object) =>
  signIn(url, "/v1/accounts", { username, password: PASSWORD, ...more });

async function signIn(url: string, path: string, body: object) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201)
    throw new Error(`nobody came in: ${response.status} ${await response.text()}`);
  const { user, token } = (await response.json()) as { user: TestUser; token: string };
  return personOf(url, user, token);
}

function personOf(url: string, user: TestUser, token: string) {
  const authorization = `Bearer ${token}`;
  const call = (method: string, path: string, body?: unknown) =>
    fetch(url + path, {
      method,
      headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return {
    user,
    token,
    authorization,
    call,
    /** The parsed body of a GET; the shapes are the test's to check. */
    // oxlint-disable-next-line no-explicit-any
    get: async (path: string): Promise<any> => (await call("GET", path)).json(),
    post: (text: string, clientId: string = crypto.randomUUID(), room = "general") =>
      call("POST", `/v1/rooms/${room}/messages`, { clientId, text }),
    /** A room of this person's own, by its id. */
    async room(kind: "public" | "private" | "direct" | "ephemeral", more: object = {}) {
      const response = await call("POST", "/v1/rooms", { kind, ...more });
      if (!response.ok) throw new Error(`no room: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { room: { id: string } }).room.id;
    },
    /** A socket that has said hello and was welcomed. */
    async socket() {
      const socket = await openSocket(url);
      socket.send({ type: "hello", token });
      await socket.next("welcome");
      return socket;
    },
    /** A stream of a room; `after` goes in the query, `last` in Last-Event-ID. */
    stream: ({
      after,
      last,
      room = "general",
    }: { after?: string; last?: string; room?: string } = {}) =>
      openStream(`${url}/v1/rooms/${room}/events${after === undefined ? "" : `?after=${after}`}`, {
        authorization,
        ...(last !== undefined && { "last-event-id": last }),
      }),
    /** A stream of one's own rooms. */
    inbox: () => openStream(`${url}/v1/me/events`, { authorization }),
  };
}

// oxlint-disable-next-line no-explicit-any
export type Frame = Record<string, any>;

/** A bare WebSocket whose frames can be awaited one by one. */
export async function openSocket(url: string, headers: Record<string, string> = {}, query = "") {
  const address = `${url.replace("http", "ws")}/v1/socket${query}`;
  const socket = new WebSocket(address, { headers } as never);
  const frames: Frame[] = [];
  const asides: Frame[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  let wake = Promise.withResolvers<void>();
  const stir = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  let over = false;
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    (isAside(frame) ? asides : frames).push(frame);
    stir();
  };
  socket.onclose = ({ code, reason }) => {
    over = true;
    closed.resolve({ code, reason });
    stir();
  };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("the socket did not open"));
  });
  return {
    raw: socket,
    /** Frames that came and were not taken yet, without those that come beside them. */
    frames,
    asides,
    closed: closed.promise,
    send: (frame: unknown) =>
      socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    /** Takes the next frame of this type (or the reply to this `ref`), leaving others where they are. */
    async next(type: string, ref?: unknown): Promise<Frame> {
      const deadline = Date.now() + 5_000;
      for (;;) {
        for (const some of [frames, asides]) {
          const index = some.findIndex(
            (frame) => frame["type"] === type && (ref === undefined || frame["ref"] === ref),
          );
          const [frame] = index < 0 ? [] : some.splice(index, 1);
          if (frame) return frame;
        }
        if (over) throw new Error(`the socket closed before a ${type} came`);
        if (Date.now() > deadline) throw new Error(`no ${type} within 5 s`);
        await Promise.race([wake.promise, Bun.sleep(100)]);
      }
    },
    /** Sends a command and takes its reply. */
    async ask(command: Frame): Promise<Frame> {
      const ref = command["ref"] ?? crypto.randomUUID();
      this.send({ ...command, ref });
      return this.next("reply", ref);
    },
    /** Takes `events` frames until `count` events came. */
    async events(count: number): Promise<Frame[]> {
      const all: Frame[] = [];
      while (all.length < count) all.push(...((await this.next("events"))["events"] as Frame[]));
      return all;
    },
    close: () => socket.close(),
  };
}

/** Frames about one's list of rooms, and signals, come beside all others. */
export function isAside({ type }: Frame): boolean {
  return type === "inbox" || type === "signal";
}

/** An SSE response, parsed into its messages by the format's own rules. */
export async function openStream(url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { accept: "text/event-stream", ...headers },
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    response,
    /** The next block: an event, a comment or a retry; `null` when the stream ended. */
    async next(): Promise<{
      event?: string;
      id?: string;
      data?: string;
      retry?: string;
      comment?: string;
    } | null> {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return Object.fromEntries(
            block.split("\n").map((line) => {
              const colon = line.indexOf(":");
              return colon === 0
                ? ["comment", line.slice(1)]
                : [line.slice(0, colon), line.slice(colon + 2)];
            }),
          );
        }
        const chunk = await reader?.read();
        if (!chunk || chunk.done) return null;
        text += chunk.value;
      }
    },
    /** The next `count` log events, past comments. */
    async events(count: number): Promise<{ id: string; event: Frame }[]> {
      const all: { id: string; event: Frame }[] = [];
      while (all.length < count) {
        const block = await this.next();
        if (block === null) throw new Error("the stream ended early");
        if (block.event === undefined && block.data !== undefined) {
          all.push({ id: block.id ?? "", event: JSON.parse(block.data) as Frame });
        }
      }
      return all;
    },
    close: () => abort.abort(),
  };
}
