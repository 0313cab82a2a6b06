import { fail, GENERAL, limits, type Limits, type UserId } from "@snug/protocol";
import type { Server, WebSocketHandler } from "bun";
import { systemClock } from "./clock.ts";
import { BackOff } from "./core/back-off.ts";
import { Chat } from "./core/chat.ts";
import { Ends } from "./core/ends.ts";
import { FileRemoval } from "./core/file-removal.ts";
import type {
  BackplaneListener,
  Clock,
  Engine,
  HostTokens,
  Ids,
  Passwords,
  Pictures,
  RoomStore,
} from "./core/ports.ts";
import { HouseRates, noRates } from "./core/rates.ts";
import {
  connectionPlaces,
  tooManyConnections,
  type ConnectionPlaces,
} from "./gateway/connection-places.ts";
import { noPeers } from "./core/talk.ts";
import { Gateway } from "./gateway/gateway.ts";
import { Histories } from "./gateway/histories.ts";
import { Places } from "./gateway/places.ts";
import { type Block, parseBlock } from "./http/address.ts";
import { AdminClaim } from "./http/admin-claim.ts";
import { problem } from "./http/answer.ts";
import { createHttp } from "./http/app.ts";
import { type Caller, callerOf } from "./http/caller.ts";
import { cookieToken } from "./http/credentials.ts";
import { FileLinks } from "./http/file-links.ts";
import { Origins } from "./http/origins.ts";
import { createPage, type Page } from "./http/page.ts";
import type { DemoPerson, Openness } from "./http/route.ts";
import { randomIds } from "./ids.ts";
import { Metrics } from "./metrics.ts";
import { openWebSocketDoor, type SocketData } from "./transport/websocket.ts";

export interface ServerOptions {
  readonly engine: Engine;
  readonly passwords: Passwords;
  readonly pictures: Pictures;
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
  /** Whom one may sign in as to look around, said to everybody. */
  readonly demo?: readonly DemoPerson[];
  readonly signUp?: Openness;
  /**
   * Told of a word that makes an account the first administrator, at the start and
   * later, whenever there is none; `null`: the first account is it. Left out, nobody
   * becomes administrator.
   */
  readonly adminClaim?: ((word: string) => void) | null;
  /** IP addresses and blocks (`10.0.0.0/8`) whose forwarded headers count. */
  readonly proxies?: readonly string[];
  /** `off` for benches and trusted networks; wrong passwords are slowed down all the same. */
  readonly rateLimits?: "on" | "off";
  readonly places?: ConnectionPlaces;
  /** Other sizes of files than usual. */
  readonly fileLimits?: Partial<Pick<Limits, "fileBytes" | "fileBytesPerUser" | "fileBytesInAll">>;
  /** Lets people in by tokens of the app that this server is a part of; see `hostTokens`. */
  readonly hostTokens?: HostTokens;
  /** What is at `/`; without it that path is not known. */
  readonly page?: Page;
  /** Milliseconds that a connection may last where requests are ended after a time; then it is told to come back. */
  readonly connectionMs?: number;
}

/** Of Bun's server what is needed of whoever listens. Without `upgrade` there is no WebSocket. */
export type Listener = Pick<Server<SocketData>, "requestIP" | "timeout"> &
  Partial<Pick<Server<SocketData>, "upgrade">>;

export interface SnugServer {
  readonly fetch: (request: Request, listener: Listener) => Promise<Response | undefined>;
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
  await addGeneral(engine.store, clock, ids);

  const { peers } = engine;
  const { connectionMs } = options;
  const gateway = new Gateway({ clock, store: engine.store, peers, onFault, connectionMs });
  metrics.watch(gateway);
  const { blobs } = engine;
  const removal = new FileRemoval(engine, clock, onFault);
  const unlisten = [
    // First of all: those who followed it go on in the new one.
    engine.backplane.listen(whenReplaced(() => addGeneral(engine.store, clock, ids))),
    engine.backplane.listen(gateway),
    engine.backplane.listen(whenFilesGo(() => removal.soon())),
  ];
  removal.start(peers === noPeers);
  const ends = new Ends(engine.store, clock, onFault);
  await ends.look();
  const { passwords, pictures } = options;
  const areLimited = options.rateLimits !== "off";
  const house = { peers, hash: (text: string) => ids.hash(text), onFault };
  const rates = areLimited ? new HouseRates(clock, house) : noRates;
  const backOff = new BackOff(clock, house);
  const { store } = engine;
  const { hostTokens } = options;
  const chat = new Chat({
    store,
    blobs,
    pictures,
    removal,
    limits: { ...limits, ...options.fileLimits },
    clock,
    ids,
    passwords,
    ends,
    rates,
    backOff,
    hostTokens,
    roster: gateway.roster,
    onFault,
  });
  const elsewhere = (user: string) => gateway.roster.connectionsElsewhere(user as UserId);
  const { places = connectionPlaces(areLimited, elsewhere) } = options;
  const following = {
    histories: new Histories(store, clock),
    hub: gateway.hub,
    gateway,
    clock,
    onGap: metrics.gap,
    onSlow: metrics.slow,
    onFault,
  };
  const links = new FileLinks({ chat, clock, store });
  const hasAdministrator = async () => (await store.allUsers()).some(({ admin }) => admin);
  const adminClaim = new AdminClaim(options.adminClaim === null, hasAdministrator, house);
  const offerAdmin = async () => {
    if (!options.adminClaim || adminClaim.isOffered) return;
    if (await hasAdministrator()) return;
    const word = ids.token();
    adminClaim.offer(word);
    options.adminClaim(word);
  };
  await offerAdmin();
  const lookAgain = async () => {
    links.forget();
    await ends.look();
    await offerAdmin();
  };
  unlisten.push(
    engine.backplane.listen(whenReplaced(lookAgain)),
    engine.backplane.listen(whenRoomsCome(() => void ends.look())),
  );
  const origins = new Origins(options.origin ?? null, options.allowOrigins ?? []);
  let listener: Listener | null = null;
  const http = createHttp({
    chat,
    origins,
    blobs,
    clock,
    links,
    guests: options.guests ?? "open",
    demo: options.demo ?? [],
    signUp: options.signUp ?? "open",
    adminClaim,
    streams: following,
    places,
    exports: new Places(areLimited ? limits.exportsAtOnce : Number.POSITIVE_INFINITY),
    metrics,
    probe: () => engine.store.probe(),
    get durability() {
      return engine.store.durability;
    },
    letGo: (request) => listener?.timeout(request, LINGER),
    goOn: (request) => listener?.timeout(request, SILENCE),
    giveTime: (request) => listener?.timeout(request, PATIENCE),
  });
  const proxies = (options.proxies ?? []).map(toBlock);
  const callerIn = (request: Request) =>
    callerOf(request, listener?.requestIP(request)?.address ?? null, proxies);

  /** Whether it is a socket now, or why not. */
  const upgrade = async (request: Request, server: Listener, caller: Caller) => {
    if (!server.upgrade) return noSockets;
    // Bun does not ask for it: without it a proxy on the way may not know of the upgrade.
    if (!/(^|,)\s*upgrade\s*(,|$)/i.test(request.headers.get("connection") ?? "")) return false;
    // A browser sends our cookie from any page, and with any socket: only our own may use it here, and none that says hello.
    const usesCookie =
      origins.isOwn(request, caller) && !new URL(request.url).searchParams.has("hello");
    const token = usesCookie ? cookieToken(request) : null;
    const greeted = token === null ? null : await chat.authenticate(token);
    const isFull = greeted !== null && places.ofUser.isFull(greeted.user.id);
    const leave = isFull ? null : places.ofAddress.take(caller.address);
    if (leave === null) return tooManyConnections;
    const isUp = server.upgrade(request, {
      data: { greeted, leave, socket: null, closing: null },
      // Bun would agree to the first that is offered, and Snug speaks none.
      headers: { "sec-websocket-protocol": "" },
    });
    if (!isUp) leave();
    return isUp;
  };

  const page =
    options.page &&
    createPage(options.page, {
      answer: (path, request) => {
        const headers = { cookie: request.headers.get("cookie") ?? "" };
        return http(new Request(new URL(path, request.url), { headers }), callerIn(request));
      },
      onFault,
    });
  const sockets = openWebSocketDoor({ ...following, chat, places });

  let closing: Promise<void> | null = null;
  const close = async () => {
    // What was sent before is answered before the goodbye; a store that is away keeps nobody waiting.
    await engine.store.probe().catch(onFault);
    ends.close();
    rates.close();
    backOff.close();
    adminClaim.close();
    for (const undo of unlisten) undo();
    gateway.bye();
    const kept = gateway.close().catch(onFault);
    await Promise.all([sockets.allClosed(), kept, removal.close()]);
  };

  return {
    async fetch(request, server) {
      listener = server;
      const { pathname } = URL.parse(request.url) ?? { pathname: null };
      if (pathname === null) return secure(problem(badHost));
      const ofPage = page?.(request, pathname);
      if (ofPage) return secure(await ofPage);
      let response: Response;
      try {
        const caller = callerIn(request);
        const up = pathname === "/v1/socket" && (await upgrade(request, server, caller));
        if (up === true) return undefined;
        response = up === false ? await http(request, caller) : problem(up.error);
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

/** The public room that is there before anybody is; of several nodes one makes it. */
async function addGeneral(store: RoomStore, clock: Clock, ids: Ids): Promise<void> {
  await store.addRoom({
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
}

/** Hears of all by which records of files may have gone. */
function whenFilesGo(act: () => void): BackplaneListener {
  return {
    ...deaf,
    committed({ effects }) {
      if (effects.some(({ kind }) => kind === "delete" || kind === "clear")) act();
    },
    roomDestroyed: act,
    userErased: act,
  };
}

/** Hears of rooms that are new to this node: whichever made them may be gone when their end comes. */
const whenRoomsCome = (act: () => void): BackplaneListener => ({
  ...deaf,
  committed({ events }) {
    if (events[0]?.seq === 1) act();
  },
  wasDeaf: act,
});

const whenReplaced = (act: () => Promise<void>): BackplaneListener => ({
  ...deaf,
  storeReplaced: act,
});

const deaf: BackplaneListener = {
  committed() {},
  roomDestroyed() {},
  userErased() {},
  readMoved() {},
  levelChanged() {},
  presenceChanged() {},
  sessionEnded() {},
  async storeReplaced() {},
  wasDeaf() {},
};

function toBlock(text: string): Block {
  const block = parseBlock(text);
  if (block === null) throw new Error(`"${text}" is no address and no block of addresses`);
  return block;
}

/** Seconds that a body may stand still; as long as Bun waits by itself for its beginning. */
const SILENCE = 10;

/** Seconds in which something of a file comes, and pictures have their turn, one after the other. */
const PATIENCE = 120;

/** Seconds given to a slow reader of a stream to take what was sent. */
const LINGER = 2;

const noSockets = fail(
  "not_found",
  "There is no WebSocket here. Use the streams: GET /v1/rooms/:room/events with Accept: text/event-stream.",
);

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
