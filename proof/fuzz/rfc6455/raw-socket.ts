import { connect, type Socket } from "node:net";
import { CLOSE, PING, PONG, TEXT } from "./frame.ts";

/** Milliseconds after which a case that has not ended is said to hang. */
const PATIENCE = 15_000;

/**
 * A WebSocket client that sends whatever bytes it is given, and writes down
 * what comes back: `reply REF`, `pong HEX`, `close CODE`, `ended` where the
 * connection ends without a close frame, and `broken: …` where the server
 * itself breaks RFC 6455.
 */
export class RawSocket {
  readonly transcript: string[] = [];
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #closed = false;
  #onLine = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    const over = Promise.withResolvers<void>();
    this.over = over.promise;
    const hang = setTimeout(() => {
      this.transcript.push("hangs");
      socket.destroy();
    }, PATIENCE);
    // A reset by a server that has closed already; what it said before is in the transcript.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(hang);
      if (!this.#closed) this.transcript.push("ended");
      over.resolve();
    });
  }

  /** Resolves when the handshake is done; `null` where it was refused. */
  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, "127.0.0.1").setNoDelay(true);
    const raw = new RawSocket(socket);
    const isUp = Promise.withResolvers<void>();
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onHead);
      socket.on("data", (more: Buffer) => raw.#read(more));
      if (!head.toString("latin1").startsWith("HTTP/1.1 101 ")) raw.transcript.push("refused");
      raw.#read(head.subarray(end + 4));
      isUp.resolve();
    };
    socket.on("data", onHead);
    socket.write(
      `GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await Promise.race([isUp.promise, raw.over]);
    return raw;
  }

  /**
   * Sends these one after another, each in a write of its own, until the server
   * has enough; a number: goes on when the transcript has so many lines.
   */
  async send(pieces: readonly (Buffer | number)[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#socket.destroyed || this.#closed) return;
      if (typeof piece === "number") {
        await Promise.race([this.#lines(piece), this.over]);
        continue;
      }
      await new Promise((resolve) => this.#socket.write(piece, resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #lines(count: number): Promise<void> {
    while (this.transcript.length < count)
      await new Promise<void>((resolve) => (this.#onLine = resolve));
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    let taken: number;
    while ((taken = this.#take()) > 0) this.#bytes = this.#bytes.subarray(taken);
    this.#onLine();
  }

  /** Reads one frame; how many bytes it had, 0 where it is not whole yet. */
  #take(): number {
    const bytes = this.#bytes;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return 0;
    const opcode = first & 15;
    const short = second & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < start) return 0;
    const length =
      short === 126
        ? bytes.readUInt16BE(2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(2))
          : short;
    if (bytes.length < start + length) return 0;
    const least = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    if ((first & 0xf0) !== 0x80) this.transcript.push("broken: a fragment or reserved bits");
    if ((second & 0x80) !== 0) this.transcript.push("broken: a server's frame is masked");
    if (start !== least) this.transcript.push("broken: a length longer than it need be");
    if (this.#closed) this.transcript.push("broken: a frame after the close frame");
    this.#note(opcode, bytes.subarray(start, start + length));
    return start + length;
  }

  #note(opcode: number, payload: Buffer): void {
    switch (opcode) {
      case TEXT:
        this.transcript.push(`reply ${refOf(payload)}`);
        return;
      case PONG:
        this.transcript.push(`pong ${payload.toString("hex")}`);
        return;
      case PING:
        return;
      case CLOSE:
        this.transcript.push(payload.length === 0 ? "close" : `close ${payload.readUInt16BE(0)}`);
        this.#closed = true;
        this.#socket.end();
        return;
      default:
        this.transcript.push(`broken: opcode ${opcode}`);
    }
  }
}

function refOf(payload: Buffer): string {
  const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as {
    type: string;
    ref?: unknown;
  };
  return json.type === "reply" ? String(json.ref) : `without a ref: ${json.type}`;
}
