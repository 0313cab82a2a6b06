import { connect, createServer, type AddressInfo, type Socket } from "node:net";

const SUBSCRIBES = /\r\nsubscribe\r\n/i;

/** Which half of it stands still: what goes to the node, what goes to Redis, or all. */
export type Half = "to the node" | "to Redis" | "both ways";

/**
 * A node's way to Redis. Its pub/sub connection can be held up without a word, on this line
 * and on each that the node tries instead: nothing passes, not even an end.
 */
export class Line {
  readonly #redis: number;
  readonly #server = createServer((node) => this.#join(node));
  readonly #pairs = new Set<Pair>();
  #held: Half | null = null;

  private constructor(redis: number) {
    this.#redis = redis;
  }

  static async open(redis: number): Promise<Line> {
    const line = new Line(redis);
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Redis is still heard on a line that it does not hear; so that line ends first, for its node. */
  hold(half: Half): void {
    this.#held = half;
    for (const pair of this.#pairs) if (half === "to Redis" && pair.isEars) pair.node.destroy();
  }

  release(): void {
    this.#held = null;
    for (const { flush } of this.#pairs) flush();
  }

  close(): void {
    for (const { node, redis } of this.#pairs) for (const end of [node, redis]) end.destroy();
    this.#server.close();
  }

  #join(node: Socket): void {
    const redis = connect({ host: "127.0.0.1", port: this.#redis, noDelay: true });
    const waiting: (() => void)[] = [];
    const pair: Pair = {
      node,
      redis,
      isEars: false,
      flush: () => waiting.splice(0).forEach((pass) => pass()),
    };
    this.#pairs.add(pair);
    const carry = (from: Socket, to: Socket, half: Half) => {
      const isHeld = () => pair.isEars && (this.#held === half || this.#held === "both ways");
      const pass = (act: () => void) => (isHeld() ? void waiting.push(act) : act());
      from.on("data", (bytes: Buffer) => {
        if (from === node && SUBSCRIBES.test(bytes.toString("latin1"))) pair.isEars = true;
        pass(() => void to.write(bytes));
      });
      // The other end is closed with it, which is all there is to say.
      from.on("error", () => {});
      from.on("close", () =>
        pass(() => {
          to.destroy();
          this.#pairs.delete(pair);
        }),
      );
    };
    carry(node, redis, "to Redis");
    carry(redis, node, "to the node");
  }
}

interface Pair {
  readonly node: Socket;
  readonly redis: Socket;
  isEars: boolean;
  readonly flush: () => void;
}
