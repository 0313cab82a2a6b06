import { fail, GENERAL } from "@snug/protocol";
import type { Server, WebSocketHandler } from "bun";
import { systemClock } from "./clock.ts";
import { Chat } from "./core/chat.ts";
import { Ends } from "./core/ends.ts";
import type { Clock, Engine, Ids, Passwords } from "./core/ports.ts";
import { Gateway } from "./gateway/gateway.ts";
import { problem } from "./http/answer.ts";
import { createHttp } from "./http/app.ts";
import { cookieToken } from "./http/credentials.ts";
import { Origins } from "./http/origins.ts";
import { createPage, type Page } from "./http/page.ts";
import type { Openness } from "./http/route.ts";
import { randomIds } from "./ids.ts";
import { Metrics } from "./metrics.ts";
import { bunPasswords } from "./password-hashes.ts";
import { openWebSocketDoor, type SocketData } from "./transport/websocket.ts";

export interface ServerOptions {
  readonly engine: Engine;
  readonly metrics?: Metrics;
  /** Told of each fault of the store or of the server itself, once. */
  readonly onFault?: (fault: unknown) => void;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** The public address, such as `https://chat.example.org`. */
  readonly origin?: string;
  /** Other origins whose pages may sign people in. */
  readonly allowOrigins?: readonly string[];
  readonly guests?: Openness;
  readonly signUp?: Openness;
  /**
   * The word that makes an account the first administrator; `null`: the first
   * account is it. Left out, nobody becomes administrator.
   */
  readonly adminClaim?: string | null;
  readonly passwords?: Passwords;
  /** What is at `/`; without it that path is not known. */
  readonly page?: Page;
}

export interface SnugServer {
  readonly fetch: (request: Request, server: Server<SocketData>) => Promise<Response | undefined>;
  readonly websocket: WebSocketHandler<SocketData>;
  /** Above every body's own limit, which answers with words and reads no further. */
  readonly maxRequestBodySize: number;
  /**
   * Answers what waits, tells every connection to come back later, closes it,
   * and resolves when all sockets are gone. Safe to call twice.
   */
  readonly close: () => Promise<void>;
}

/** Everything but the port: give `fetch` and `websocket` to `Bun.serve`. */
export async function createServer(options: ServerOptions): Promise<SnugServer> {
  const { engine, clock = systemClock, ids = randomIds, metrics = new Metrics() } = options;
  const { onFault = () => {} } = options;
  await engine.store.addRoom({
    id: GENERAL,
    kind: "public",
    name: "general",
    topic: "",
    createdAt: clock.now(),
    createdBy: null,
    epoch: ids.id().slice(0, 12),
    expiresAt: null,
    capacity: null,
    directKey: null,
  });

  const gateway = new Gateway(clock, engine.store, onFault);
  metrics.watch(gateway);
  const unlisten = engine.backplane.listen(gateway);
  const ends = new Ends(engine.store, clock, onFault);
  await ends.look();
  const { passwords = bunPasswords() } = options;
  const chat = new Chat({ store: engine.store, clock, ids, passwords, ends, onFault });
  const following = {
    store: engine.store,
    hub: gateway.hub,
    gateway,
    clock,
    onGap: metrics.gap,
    onSlow: metrics.slow,
    onFault,
  };
  const origins = new Origins(options.origin ?? null, options.allowOrigins ?? []);
  let listener: Server<SocketData> | null = null;
  const http = createHttp({
    chat,
    origins,
    guests: options.guests ?? "open",
    signUp: options.signUp ?? "open",
    mayClaim: (word) =>
      options.adminClaim !== undefined &&
      (options.adminClaim === null || word === options.adminClaim),
    streams: following,
    metrics,
    probe: () => engine.store.probe(),
    durability: engine.store.durability,
    letGo: (request) => listener?.timeout(request, LINGER),
  });
  const page = options.page && createPage(options.page);

  const upgrade = async (request: Request, server: Server<SocketData>) => {
    // A browser sends our cookie from any page; only our own may use it here.
    const token = origins.isOwn(request) ? cookieToken(request) : null;
    const greeted = token === null ? null : await chat.authenticate(token);
    return server.upgrade(request, { data: { greeted, socket: null, closing: null } });
  };

  const sockets = openWebSocketDoor({ ...following, chat });

  let closing: Promise<void> | null = null;
  const close = async () => {
    // What was sent before is answered before the goodbye; a store that is away keeps nobody waiting.
    await engine.store.probe().catch(onFault);
    ends.close();
    unlisten();
    gateway.bye();
    gateway.close();
    await sockets.allClosed();
  };

  return {
    async fetch(request, server) {
      listener = server;
      const { pathname } = URL.parse(request.url) ?? { pathname: null };
      if (pathname === null) return secure(problem(badHost));
      const ofPage = page?.(request, pathname);
      if (ofPage) return secure(ofPage);
      let response: Response;
      try {
        if (pathname === "/v1/socket" && (await upgrade(request, server))) return undefined;
        response = await http(request);
      } catch (fault) {
        response = problem(chat.refusal(fault).error);
      }
      // A quiet stream is not a dead one; the heartbeat tells them apart.
      if (response.headers.get("content-type") === "text/event-stream") server.timeout(request, 0);
      return secure(response);
    },
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    websocket: sockets.handler,
    close: () => (closing ??= close()),
  };
}

/** Seconds given to a slow reader of a stream to take what was sent. */
const LINGER = 2;

const badHost = fail("invalid_request", "The Host header names no host.", { field: "host" }).error;

function secure(response: Response): Response {
  const { headers } = response;
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "same-origin");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("x-frame-options", "DENY");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  return response;
}
