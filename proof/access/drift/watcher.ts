/** One person's socket: it asks, and keeps all that it was told. */
export class Watcher {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #ref = 0;
  /** The texts of all events that came, by their room. */
  readonly heard: { readonly room: string; readonly text: string }[] = [];
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Frame));
    this.closed = new Promise((resolve) =>
      socket.addEventListener("close", ({ code }) => {
        for (const answered of this.#waiting.values()) answered({ ok: false, code: "closed" });
        resolve(code);
      }),
    );
  }

  static async open(url: string, token: string): Promise<Watcher> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/socket`);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const watcher = new Watcher(socket);
    socket.send(JSON.stringify({ type: "hello", token }));
    return watcher;
  }

  ask(command: object): Promise<Reply> {
    const ref = ++this.#ref;
    return new Promise((resolve) => {
      this.#waiting.set(ref, resolve);
      this.#socket.send(JSON.stringify({ ...command, ref }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #take(frame: Frame): void {
    for (const { text } of frame.events ?? [])
      if (text !== undefined) this.heard.push({ room: frame.room ?? "", text });
    if (frame.type !== "reply" || frame.ref === undefined) return;
    this.#waiting.get(frame.ref)?.({ ok: frame.ok === true, code: frame.error?.code ?? "" });
    this.#waiting.delete(frame.ref);
  }
}

export interface Reply {
  readonly ok: boolean;
  readonly code: string;
}

interface Frame {
  readonly type: string;
  readonly ref?: number;
  readonly ok?: boolean;
  readonly room?: string;
  readonly error?: { readonly code: string };
  readonly events?: readonly { readonly text?: string }[];
}
