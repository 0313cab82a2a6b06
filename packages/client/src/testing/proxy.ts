import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * A bad network between a client and a server, as bytes: what a socket library
 * or a browser would hide, a test can do here.
 */
export class Proxy {
  /** Where the server is; may move. */
  target: URL;
  /** Answers WebSocket upgrades with 403, as some firms' networks do. */
  blocksWebSocket = false;
  /** Holds event streams back until they end, as what scans or gathers answers does: their bodies, or their heads too. */
  holdsStreams: "bodies" | "whole" | null = null;
  /** Lets the page and its assets through, and nothing else: as if those came from a cache. */
  hidesApi = false;
  /** Nobody gets through. */
  isDown = false;
  /** Falls silent when this many requests got through. */
  stallsAfter = Infinity;
  #requests = 0;
  #stalls = false;
  readonly #pairs = new Map<Socket, Socket>();
  readonly #server = createServer((client) => this.#join(client));

  private constructor(target: string) {
    this.target = new URL(target);
  }

  static async open(target: string): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Breaks what is open; what comes next gets through. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  down(): void {
    this.isDown = true;
    this.cut();
  }

  up(): void {
    this.isDown = false;
    this.hidesApi = false;
  }

  hideApi(): void {
    this.hidesApi = true;
    this.cut();
  }

  get isSilent(): boolean {
    return this.#stalls;
  }

  /** Takes everything and hands on nothing, in both directions, until it is told otherwise. */
  set stalls(stalls: boolean) {
    this.#stalls = stalls;
    if (!stalls) this.stallsAfter = Infinity;
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        if (stalls) socket.pause();
        else socket.resume();
      }
    }
  }

  /** What the server answers is lost, and what it is asked arrives: the fate of a send is unknown then. */
  isDeaf = false;

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    client.on("error", () => {});
    if (this.isDown) return void client.resetAndDestroy();
    const server = connect(Number(this.target.port), this.target.hostname);
    server.on("error", () => client.resetAndDestroy());
    this.#pairs.set(client, server);
    client.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      if (this.hidesApi && /^\w+ \/v1\//.test(text)) return void client.resetAndDestroy();
      if (this.blocksWebSocket && /^upgrade: websocket/im.test(text)) {
        client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        server.destroy();
        return;
      }
      if (/^(GET|POST|DELETE) /.test(text)) this.#requests++;
      if (this.#requests > this.stallsAfter) this.stalls = true;
      else if (!server.destroyed) server.write(bytes);
    });
    let held: Buffer[] | null = null;
    server.on("data", (bytes: Buffer) => {
      if (this.isDeaf || client.destroyed) return;
      if (held) return void held.push(bytes);
      const text = bytes.toString("latin1");
      if (this.holdsStreams === null || !/^content-type: text\/event-stream/im.test(text))
        return void client.write(bytes);
      const from = this.holdsStreams === "whole" ? 0 : text.indexOf("\r\n\r\n") + 4;
      client.write(bytes.subarray(0, from));
      held = [bytes.subarray(from)];
    });
    client.on("end", () => server.end());
    server.on("end", () => {
      for (const bytes of held ?? []) client.write(bytes);
      client.end();
    });
    client.on("close", () => {
      this.#pairs.delete(client);
      server.destroy();
    });
    server.on("close", () => client.end());
    if (this.#stalls) {
      client.pause();
      server.pause();
    }
  }
}
