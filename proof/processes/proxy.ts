import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Passage, Way } from "../replay/server.ts";

/** What becomes of one connection. Counts are of bytes that the server sent, unless said otherwise. */
export interface Weather {
  /** Each piece is kept back so many milliseconds, in both directions. */
  readonly delay?: () => number;
  /** The first so many bytes come one by one. */
  readonly trickle?: number;
  /** So many bytes are taken from the server in a second, as the reader likes at that moment. */
  readonly perSecond?: () => number;
  /** Both ends are reset there, wherever in a frame that is. */
  readonly resetAfter?: number;
  /** From there on nothing is heard of the server, though it hears all; then it is reset. */
  readonly deafAfter?: number;
  /** So it is the other way round: from the client's byte on the server hears nothing. */
  readonly muteAfter?: number;
  /** All that the client says reaches the server twice, by a second connection. */
  readonly twice?: boolean;
  /** The first answer to a send is lost, and with it the connection. */
  readonly losesAck?: boolean;
}

export type Mishap = keyof Weather;

/** How long a connection hangs half open, in milliseconds. */
const HANGS = 700;
const SLICE = 100;
/** The answer to a send, over HTTP or a WebSocket; events have no such field. */
const ACK = /"message":\{"seq"/;

/** A bad network in front of a server: each connection has the weather of its own. */
export class Proxy implements Way {
  readonly #behind: Way;
  readonly #weather: () => Weather;
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  /** How often each is known to have changed what came through. */
  readonly mishaps: Record<Mishap, number> = {
    delay: 0,
    trickle: 0,
    perSecond: 0,
    resetAfter: 0,
    deafAfter: 0,
    muteAfter: 0,
    twice: 0,
    losesAck: 0,
  };
  #broken = 0;
  /** Kept, since somebody may come once more when it is closed. */
  #address = "";

  private constructor(behind: Way, weather: () => Weather) {
    this.#behind = behind;
    this.#weather = weather;
  }

  static async open(behind: Way, weather: () => Weather): Promise<Proxy> {
    const proxy = new Proxy(behind, weather);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.#address = `127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`;
    return proxy;
  }

  get address(): string {
    return this.#address;
  }

  enter(): Passage {
    const [passage, broken] = [this.#behind.enter(), this.#broken];
    return {
      ...passage,
      address: this.address,
      wasAway: () => passage.wasAway() || broken !== this.#broken,
    };
  }

  /** Breaks all that is open. */
  cut(): void {
    this.#broken++;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket): void {
    const weather = this.#weather();
    const server = this.#connect();
    const ends = [client, server];
    this.#keep(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("close", () => other.destroy());
    }
    const second = weather.twice ? this.#connect() : undefined;
    if (second) {
      ends.push(second);
      second.resume();
      client.on("data", (bytes: Buffer) => second.write(bytes));
      client.on("close", () => second.destroy());
      this.mishaps.twice++;
    }
    const reset = () => {
      this.#broken++;
      for (const end of ends) end.resetAndDestroy();
    };
    void this.#hear(client, server, weather, reset);
    void this.#answer(server, client, weather, reset);
  }

  #connect(): Socket {
    const [host, port] = this.#behind.enter().address.split(":");
    return this.#keep(connect({ host: host ?? "", port: Number(port), noDelay: true }));
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // The other end is closed with it, which is all there is to say.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }

  async #hear(client: Socket, server: Socket, weather: Weather, reset: () => void): Promise<void> {
    const { delay, muteAfter = Infinity } = weather;
    let heard = 0;
    for await (const piece of pieces(client)) {
      if (delay) await Bun.sleep(delay());
      if (heard + piece.length > muteAfter) this.#hang("muteAfter", heard > muteAfter, reset);
      await write(server, piece.subarray(0, Math.max(0, muteAfter - heard)));
      heard += piece.length;
    }
    server.end();
  }

  async #answer(server: Socket, client: Socket, weather: Weather, reset: () => void) {
    const { delay, perSecond, trickle = 0 } = weather;
    const { resetAfter = Infinity, deafAfter = Infinity } = weather;
    let sent = 0;
    for await (const piece of pieces(server)) {
      if (delay) {
        this.mishaps.delay++;
        await Bun.sleep(delay());
      }
      if (weather.losesAck && ACK.test(piece.toString("latin1"))) {
        this.mishaps.losesAck++;
        return reset();
      }
      const end = sent + piece.length;
      if (end > deafAfter) this.#hang("deafAfter", sent > deafAfter, reset);
      const most = Math.min(resetAfter, deafAfter) - sent;
      let rest = piece.subarray(0, Math.max(0, most));
      while (rest.length > 0 && !client.destroyed) {
        const slow = sent < trickle;
        if (slow) this.mishaps.trickle++;
        const size = slow ? 1 : await this.#room(perSecond, rest.length);
        await write(client, rest.subarray(0, size));
        sent += size;
        rest = rest.subarray(size);
        if (slow && sent % 16 === 0) await Bun.sleep(1);
      }
      sent = end;
      if (end > resetAfter) {
        this.mishaps.resetAfter++;
        return reset();
      }
    }
    client.end();
  }

  /** How many bytes the reader takes next; it may take a while until they do. */
  async #room(perSecond: Weather["perSecond"], waiting: number): Promise<number> {
    for (;;) {
      const rate = perSecond?.() ?? Infinity;
      if (rate === Infinity) return waiting;
      this.mishaps.perSecond++;
      // Who reads so slowly is shown the door, which a stream does not tell from any other end.
      this.#broken++;
      await Bun.sleep(SLICE);
      const size = Math.min(waiting, Math.ceil((rate * SLICE) / 1000));
      if (size > 0) return size;
    }
  }

  #hang(which: "deafAfter" | "muteAfter", already: boolean, reset: () => void): void {
    if (already) return;
    this.mishaps[which]++;
    this.#broken++;
    setTimeout(reset, HANGS);
  }
}

/** What a socket brings, no faster than it is taken; ends quietly when the connection breaks. */
async function* pieces(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const piece of socket) yield piece as Buffer;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || bytes.length === 0) return resolve();
    socket.once("close", resolve);
    socket.write(bytes, () => {
      socket.off("close", resolve);
      resolve();
    });
  });
}
