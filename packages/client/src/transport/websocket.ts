import {
  closeCodes,
  frameBytes,
  type Event,
  type Gap,
  type Message,
  type Room,
} from "@snug/protocol";
import type { ClientProblem, Outcome } from "../api.ts";
import type { Clock } from "../clock.ts";
import {
  closedBecause,
  PATIENCE,
  QUIET,
  roomSignals,
  type Ending,
  type Link,
  type News,
  type Opened,
  type RoomSignal,
  type RoomSink,
  type Send,
  type Telling,
} from "../link.ts";
import { fail, noConnection, outdated, readProblem, succeed, unauthorized } from "../problem.ts";

/** Opens a socket and signs in; `token` is `null` where the cookie says who one is. `blocked`: none got through to a Snug. */
export function openWebSocket(
  url: string,
  token: string | null,
  clock: Clock,
  signal: AbortSignal,
  onNews: (news: News) => void,
): Promise<Opened | "blocked"> {
  return new Promise((resolve) => {
    let socket: WebSocket;
    try {
      socket = new WebSocket(
        `${url.replace(/^http/, "ws")}/v1/socket${token === null ? "" : "?hello"}`,
      );
    } catch {
      // Node.js 20 has none; what is left there is SSE.
      return resolve("blocked");
    }
    const welcomed = () => {
      cancel();
      resolve({ link });
    };
    const link = new SocketLink(socket, clock, welcomed, onNews);
    const cancel = clock.after(PATIENCE, () => {
      resolve("blocked");
      link.close();
    });
    signal.addEventListener("abort", () => link.close());
    if (token !== null) {
      socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "hello", token })));
    }
    void link.ended.then((ended) => {
      cancel();
      resolve(ended.why === "lost" ? "blocked" : { ended });
    });
  });
}

/** Bytes of a text in JSON, with room for the rest of its frame. */
const LONGEST_TEXT = frameBytes - 1_024;

const tooLarge: ClientProblem = {
  code: "too_large",
  detail: "Too many control characters. Send it in parts.",
};

type Frame = { readonly type: string; readonly ref?: unknown } & Record<string, unknown>;
type Reply = Outcome<Frame>;

class SocketLink implements Link {
  readonly transport = "websocket";
  readonly ended: Promise<Ending>;
  readonly #onWelcome: () => void;
  readonly #onNews: (news: News) => void;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #rooms = new Map<string, RoomSink>();
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastRef = 0;
  #restart: number | null = null;
  #end: (ending: Ending) => void = () => {};
  #over = false;
  #cancelWatch = () => {};
  #cancelCheck: (() => void) | null = null;

  constructor(
    socket: WebSocket,
    clock: Clock,
    onWelcome: () => void,
    onNews: (news: News) => void,
  ) {
    this.#onWelcome = onWelcome;
    this.#onNews = onNews;
    this.#socket = socket;
    this.#clock = clock;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    socket.addEventListener("message", ({ data }) => this.#receive(String(data)));
    socket.addEventListener("close", ({ code }) => this.#finish(this.#meaning(code)));
  }

  follow(room: string, after: string, sink: RoomSink): () => void {
    this.#rooms.set(room, sink);
    const isMine = () => this.#rooms.get(room) === sink;
    this.#ask({ type: "open-room", room, after })
      .then((reply) => {
        if (!isMine()) return;
        if (reply.ok) sink.opened(reply.value["room"] as Room, String(reply.value["cursor"]));
        else if (reply.error !== noConnection) sink.refused(reply.error);
      })
      // As with any frame that cannot be read.
      .catch(() => this.fail());
    return () => {
      if (!isMine()) return;
      this.#rooms.delete(room);
      void this.#ask({ type: "close-room", room });
    };
  }

  async post(room: string, send: Send): Promise<Outcome<Message>> {
    // Control characters take six bytes each; a frame that is too long would end the link.
    const bytes = new TextEncoder().encode(JSON.stringify(send.text)).length;
    if (bytes > LONGEST_TEXT) return fail(tooLarge);
    const reply = await this.#ask({ type: "post-message", room, ...send });
    return reply.ok ? succeed(reply.value["message"] as Message) : reply;
  }

  tell(command: Telling): Promise<Outcome<unknown>> {
    return this.#ask(command);
  }

  check(patience = PATIENCE): void {
    if (this.#over || this.#cancelCheck) return;
    this.#cancelCheck = this.#clock.after(patience, () => this.fail());
    void this.#ask({ type: "ping" });
  }

  fail(): void {
    this.#finish({ why: "lost" });
    this.#socket.close();
  }

  close(): void {
    this.fail();
  }

  #ask(command: object): Promise<Reply> {
    if (this.#over) return Promise.resolve(fail(noConnection));
    const ref = ++this.#lastRef;
    return new Promise((resolve) => {
      // Where no answer comes, the link is asked for a sign of life, and ends without one.
      const cancel = this.#clock.after(PATIENCE, () => this.check());
      this.#waiting.set(ref, (reply) => {
        cancel();
        resolve(reply);
      });
      this.#socket.send(JSON.stringify({ ...command, ref }));
    });
  }

  #receive(data: string): void {
    if (this.#over) return;
    this.#watch();
    try {
      this.#take(JSON.parse(data) as Frame);
    } catch {
      // Whoever says such things is no Snug, or not well.
      this.fail();
    }
  }

  #take(frame: Frame): void {
    const room = String(frame["room"]);
    switch (frame.type) {
      case "welcome":
        return this.#onWelcome();
      case "reply":
        return this.#answer(frame);
      case "events":
        return this.#rooms.get(room)?.events(frame["events"] as Event[], String(frame["cursor"]));
      case "gap":
        return this.#rooms.get(room)?.gap(frame as unknown as Gap);
      case "closed":
        return this.#closed(room, String(frame["code"]));
      case "signal":
        // Of an open room, or of all that is one's own.
        if (roomSignals.has(frame["kind"]))
          return this.#rooms.get(room)?.signal(frame as unknown as RoomSignal);
        return this.#onNews(frame as unknown as News);
      case "inbox":
        return this.#onNews(frame as unknown as News);
      case "bye":
        this.#restart = Number(frame["retry"]) || 0;
        return;
      default:
      // A frame of a later server: nothing that this version has to know.
    }
  }

  #closed(room: string, code: string): void {
    const sink = this.#rooms.get(room);
    this.#rooms.delete(room);
    sink?.refused(closedBecause(code));
  }

  #answer(frame: Frame): void {
    const answered = this.#waiting.get(Number(frame.ref));
    this.#waiting.delete(Number(frame.ref));
    if (frame["ok"] === true) answered?.(succeed(frame));
    else answered?.(fail(readProblem(frame["error"]) ?? noConnection));
  }

  /** Whatever comes is a sign of life. */
  #watch(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = null;
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(QUIET, () => this.check());
  }

  #meaning(code: number): Ending {
    switch (code) {
      case closeCodes.unauthorized:
        return { why: "refused", problem: unauthorized };
      case closeCodes.badFrame:
      case 1009:
        return { why: "refused", problem: outdated };
      case closeCodes.restart:
      case closeCodes.tooMany:
        return { why: "restart", retry: this.#restart ?? 1_000 };
      default:
        return { why: "lost" };
    }
  }

  #finish(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelWatch();
    this.#cancelCheck?.();
    this.#rooms.clear();
    for (const answered of this.#waiting.values()) answered(fail(noConnection));
    this.#waiting.clear();
    this.#end(ending);
  }
}
