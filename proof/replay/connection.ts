import { type Json, parse, WireFault } from "./wire.ts";

const WELCOMES_WITHIN = 10_000;

/** The browser's WebSocket cannot be torn down, Bun's can. */
type Socket = WebSocket & Pick<Bun.WebSocket, "terminate">;

export type Reply = { ok: true; body: Json } | { ok: false; code: string; retryAfter: number };

/** One WebSocket, signed in. */
export class Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>();
  #lastRef = 0;
  open = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Sends a command at once; `answered` is called as its reply is read, so that what is written down
   * keeps the order of the wire, or with undefined when the connection went before.
   */
  ask(command: Json, answered: (reply: Reply | undefined) => void): void {
    const ref = ++this.#lastRef;
    this.#waiting.set(ref, answered);
    this.#socket.send(JSON.stringify({ ...command, ref }));
  }

  take(frame: Json): void {
    const ref = Number(frame.ref);
    const answered = this.#waiting.get(ref);
    if (!answered) throw new WireFault(`a reply that nobody waits for: ${JSON.stringify(frame)}`);
    this.#waiting.delete(ref);
    answered(readReply(frame));
  }

  gone(): void {
    this.open = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answered of waiting) answered(undefined);
  }
}

export interface Ending {
  welcomed: boolean;
  code: number;
}

/** Connects, says hello, hands on frames until the connection ends or `cut` tears it down. */
export async function stayConnected(
  address: string,
  cut: AbortSignal,
  token: string,
  to: { welcomed: (connection: Connection) => void; frame: (frame: Json) => void },
): Promise<Ending> {
  const socket = new WebSocket(`ws://${address}/v1/socket`) as Socket;
  const connection = new Connection(socket);
  const closed = Promise.withResolvers<number>();
  let welcomed = false;

  const late = setTimeout(() => {
    closed.reject(new Error(`not welcomed within ${WELCOMES_WITHIN / 1000} s`));
  }, WELCOMES_WITHIN);
  const end = (code: number) => {
    connection.gone();
    closed.resolve(code);
  };
  cut.addEventListener("abort", () => end(0));
  socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "hello", token })));
  socket.addEventListener("close", ({ code }) => end(code));
  socket.addEventListener("message", ({ data }) => {
    if (cut.aborted) return;
    try {
      const frame = parse(String(data), "a frame");
      if (frame.type === "reply") {
        connection.take(frame);
      } else if (frame.type === "welcome") {
        clearTimeout(late);
        welcomed = true;
        to.welcomed(connection);
      } else {
        to.frame(frame);
      }
    } catch (error) {
      closed.reject(error);
    }
  });

  try {
    return { code: await closed.promise, welcomed };
  } finally {
    clearTimeout(late);
    // No closing handshake: the server has to find out by itself.
    socket.terminate();
    connection.gone();
  }
}

function readReply(frame: Json): Reply {
  if (frame.ok === true) return { ok: true, body: frame };
  const error = frame.error;
  if (error === null || typeof error !== "object" || !("code" in error)) {
    throw new WireFault(`a reply that is neither ok nor an error: ${JSON.stringify(frame)}`);
  }
  const retryAfter = "retryAfter" in error ? Number(error.retryAfter) : 0;
  return { ok: false, code: String(error.code), retryAfter };
}
