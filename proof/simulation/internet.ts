import type { ServerWebSocket } from "bun";
import type { SocketData } from "../../packages/server/src/transport/websocket.ts";
import type { Way } from "./network.ts";
import type { Node, NodeSocket } from "./node.ts";
import type { Time } from "./time.ts";

/** `fetch` and `WebSocket` as each client's program calls them; which client it is, its host's name tells. */
export class Internet {
  readonly time: Time;
  readonly node: Node;
  readonly ways = new Map<string, Way>();
  readonly WebSocket: new (url: string) => ClientSocket;

  constructor(time: Time, node: Node) {
    this.time = time;
    this.node = node;
    const open = (socket: ClientSocket, url: string) => this.#open(socket, url);
    this.WebSocket = class extends ClientSocket {
      constructor(url: string) {
        super();
        open(this, url);
      }
    };
  }

  way(url: string): Way {
    const { hostname } = new URL(url);
    const way = this.ways.get(hostname);
    if (!way) throw new Error(`nobody of the name ${hostname}`);
    return way;
  }

  fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    const way = this.way(url);
    const { signal } = init;
    return new Promise((resolve, reject) => {
      let over = false;
      const close = way.opened(() => fail(new TypeError("the connection was cut")));
      const end = () => {
        over = true;
        close();
        signal?.removeEventListener("abort", aborted);
      };
      const fail = (why: unknown) => {
        if (over) return;
        end();
        reject(why as Error);
      };
      const aborted = () => fail(signal?.reason);
      if (signal?.aborted) return fail(signal.reason);
      signal?.addEventListener("abort", aborted);
      if (way.isDown) {
        way.bites++;
        return void this.time.after(way.latency, () => fail(new TypeError("no way")));
      }

      const answers = way.pipe<{ response: Response; text: string | null }>((answer) => {
        answers.close();
        const { response, text } = answer;
        if (over) return text === null ? void response.body?.cancel() : undefined;
        end();
        if (text === null) resolve(this.#stream(way, response, signal ?? null));
        else resolve(new Response(text === "" ? null : text, response));
      });
      const requests = way.pipe<null>(() => {
        requests.close();
        void this.#ask(url, init).then((answer) => {
          if (answer !== null && !over && !way.losesAnswers) return answers.send(answer);
          if (way.losesAnswers) way.bites++;
          if (answer?.text === null) void answer.response.body?.cancel();
          fail(new TypeError("no answer came"));
        }, fail);
      });
      requests.send(null);
    });
  };

  async #ask(url: string, init: RequestInit) {
    const { method = "GET", headers, body } = init;
    const request = new Request(url, {
      method,
      ...(headers && { headers }),
      ...(body && { body }),
    });
    let cut = () => {};
    const handled = await this.node.handle(request, addressOf(url), (_, seconds) => {
      // To let go of a stream takes two seconds; longer ones are waits for bodies, which come whole here.
      if (seconds > 0 && seconds < 10) this.time.after(seconds * 1_000, () => cut());
    });
    if (!handled?.response) return null;
    const { response } = handled;
    if (response.headers.get("content-type") !== "text/event-stream")
      return { response, text: await response.text() };
    // Whoever waits for a stream to let go of is found by the stream itself.
    cut = () => streams.get(response)?.();
    return { response, text: null };
  }

  /** The stream as it comes out at the client's end. */
  #stream(way: Way, response: Response, signal: AbortSignal | null): Response {
    const source = response.body?.getReader();
    const { process } = this.node;
    let over = false;
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    let taken = () => {};
    const finish = (why: unknown) => {
      if (over) return;
      over = true;
      undoWay();
      undoProcess?.();
      chunks.close();
      taken();
      signal?.removeEventListener("abort", aborted);
      try {
        if (why === null) controller.close();
        else controller.error(why);
      } catch {
        // Its reader had cancelled it.
      }
      // The server notices a little later that nobody is there.
      this.time.after(way.latency, () => void source?.cancel().catch(() => {}));
    };
    const aborted = () => finish(signal?.reason);
    const chunks = way.pipe<Uint8Array | null>(
      (chunk) => (chunk === null ? finish(null) : controller.enqueue(chunk)),
      () => taken(),
    );
    const torn = () => finish(new TypeError("the connection was cut"));
    const undoWay = way.opened(torn);
    const undoProcess = process?.atEnd(torn);
    streams.set(response, torn);
    const body = new ReadableStream<Uint8Array>({
      start: (own) => void (controller = own),
      cancel: () => finish(null),
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted);
    void (async () => {
      try {
        for (;;) {
          const read = await source?.read();
          if (over) return;
          if (!read || read.done) return chunks.send(null);
          chunks.send(read.value, read.value.length);
          if (chunks.buffered > 0) await new Promise<void>((resolve) => (taken = resolve));
        }
      } catch (fault) {
        finish(fault);
      }
    })();
    return new Response(body, response);
  }

  #open(client: ClientSocket, url: string): void {
    const way = this.way(url);
    const refuse = () => this.time.after(way.latency, () => client.ended(1006));
    if (way.isDown) way.bites++;
    if (way.isDown || way.blocksWebSocket) return void refuse();
    const undo = way.opened(() => client.ended(1006));
    const request = new Request(url.replace(/^ws/, "http"), {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    const requests = way.pipe<null>(() => {
      requests.close();
      void this.node
        .handle(request, addressOf(url), () => {})
        .then((handled) => {
          undo();
          if (client.readyState === 3) return;
          if (!handled?.upgraded || way.losesAnswers) return void refuse();
          void this.#join(way, client, handled.upgraded);
        });
    });
    requests.send(null);
  }

  /** Both ends of one WebSocket. */
  async #join(way: Way, client: ClientSocket, data: SocketData): Promise<void> {
    const { process } = this.node;
    if (process === null) return client.ended(1006);
    const { websocket } = await process.snug;
    let open = true;
    /** The server's end is over; its handler is told once. */
    const gone = (code: number, reason: string) => {
      if (!open) return;
      open = false;
      up.close();
      undoWay();
      undoProcess();
      if (process.lives) this.time.after(0, () => void websocket.close?.(server, code, reason));
    };
    const down = way.pipe<{ text: string } | "ping" | { code: number; reason: string }>(
      (item) => {
        // Whoever has gone without a word answers none.
        if (item === "ping") return client.readyState === 1 ? up.send("pong") : undefined;
        if ("text" in item) return client.heard(item.text);
        down.close();
        client.ended(item.code);
      },
      () => process.lives && open && void websocket.drain?.(server),
    );
    const up = way.pipe<{ text: string } | "pong" | { code: number }>((item) => {
      if (!open || !process.lives) return;
      if (item === "pong") void websocket.pong?.(server, Buffer.alloc(0));
      else if ("text" in item) void websocket.message?.(server, item.text);
      else gone(item.code, "");
    });
    const tear = () => {
      down.close();
      client.ended(1006);
      gone(1006, "");
    };
    const undoWay = way.opened(tear);
    const undoProcess = process.atEnd(tear);
    const send = (text: string) => {
      if (!open) return 0;
      const size = Buffer.byteLength(text);
      down.send({ text }, size);
      return down.buffered > 0 ? -1 : size;
    };
    const server = {
      data,
      sendText: send,
      send,
      cork: (write: () => void) => write(),
      getBufferedAmount: () => down.buffered,
      ping: () => void (open && down.send("ping", 2)),
      close(code = 1000, reason = "") {
        if (!open) return;
        // What still waits is forgotten, as the runtime's own does.
        if (down.buffered > 0) down.drop();
        down.send({ code, reason });
        gone(code, reason);
      },
      terminate() {
        if (open) tear();
      },
    } as unknown as ServerWebSocket<SocketData> as NodeSocket;
    client.joined({
      send: (text) => up.send({ text }, text.length),
      close: (code) => up.send({ code }),
      terminate: () => this.time.after(way.latency, tear),
    });
    void websocket.open?.(server);
    if (way.losesAnswers) way.bites++;
    if (client.readyState === 3 || way.losesAnswers) this.time.after(way.latency, tear);
    else this.time.after(way.latency, () => client.opened());
  }
}

/** Of each response that streams, what tears it. */
const streams = new WeakMap<Response, () => void>();

/** Each client has an address of its own. */
const addressOf = (url: string) => {
  let sum = 7;
  for (const letter of new URL(url).hostname) sum = (sum * 31 + letter.charCodeAt(0)) % 65_000;
  return `10.0.${sum >> 8}.${sum & 255}`;
};

interface Wire {
  send(text: string): void;
  close(code: number): void;
  terminate(): void;
}

type Told = { data: string } | { code: number } | object;

/** As much of a browser's WebSocket as clients use. */
export class ClientSocket {
  readyState = 0;
  #wire: Wire | null = null;
  readonly #listeners: [name: string, listener: (told: never) => void][] = [];

  addEventListener(name: string, listener: (told: never) => void): void {
    this.#listeners.push([name, listener]);
  }

  send(text: string): void {
    if (this.readyState === 0) throw new DOMException("not open yet", "InvalidStateError");
    if (this.readyState === 1) this.#wire?.send(text);
  }

  close(code = 1005): void {
    if (this.readyState === 3) return;
    this.#wire?.close(code);
    this.ended(code);
  }

  /** Without a goodbye, as when its process ends. */
  terminate(): void {
    if (this.readyState === 3) return;
    this.#wire?.terminate();
    this.ended(1006);
  }

  joined(wire: Wire): void {
    this.#wire = wire;
  }

  opened(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.#tell("open", {});
  }

  heard(data: string): void {
    if (this.readyState === 0) this.opened();
    if (this.readyState === 1) this.#tell("message", { data });
  }

  ended(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#tell("close", { code });
  }

  #tell(name: string, told: Told): void {
    for (const [of, listener] of this.#listeners) if (of === name) listener(told as never);
  }
}
