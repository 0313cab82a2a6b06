import type { Target } from "./target.ts";

/** Milliseconds between two sends of an honest client: some fifty a second. */
const PACE = 20;
/** Milliseconds until the last message has reached everybody, at most. */
const SETTLES_WITHIN = 10_000;

interface Posted {
  readonly seq: number;
  readonly clientId: string;
}

/** What the honest had of it, while others did what they did. */
export interface Service {
  readonly sent: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  /** Milliseconds from a send to its answer: the 99th of a hundred. */
  readonly p99: number;
  /** `/healthz` did not answer 200, a watcher was cut off, a send was refused: one line each. */
  readonly troubles: readonly string[];
}

/** Somebody who talks on in `general` by socket and by POST, and two who watch: by socket and by stream. */
export class Honest {
  readonly #target: Target;
  readonly #token: string;
  readonly #socket: WebSocket;
  readonly #replies = new Map<number, (ok: boolean) => void>();
  /** What each of the two watchers saw, in its order. */
  readonly #seen: Record<"socket" | "stream", Posted[]> = { socket: [], stream: [] };
  readonly #cut = new AbortController();
  readonly #troubles: string[] = [];
  readonly #acknowledged = new Set<string>();
  #latencies: number[] = [];
  #sent = 0;
  #on = true;
  #loop: Promise<void> = Promise.resolve();

  private constructor(target: Target, token: string, socket: WebSocket) {
    this.#target = target;
    this.#token = token;
    this.#socket = socket;
  }

  static async start(target: Target): Promise<Honest> {
    const token = await target.guest("Honest");
    const socket = new WebSocket(`${target.url.replace("http", "ws")}/v1/socket`);
    const honest = new Honest(target, token, socket);
    const opened = Promise.withResolvers<void>();
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ type: "hello", token }));
      socket.send(JSON.stringify({ type: "open-room", ref: 0, room: "general" }));
    });
    honest.#replies.set(0, () => opened.resolve());
    socket.addEventListener("message", ({ data }) => honest.#receive(String(data)));
    socket.addEventListener("close", ({ code }) => {
      if (honest.#on) honest.#troubles.push(`the watcher's socket was closed with ${code}`);
      opened.resolve();
    });
    await opened.promise;
    await honest.#watchStream();
    honest.#loop = honest.#talk();
    return honest;
  }

  /** Forgets how long answers took so far; the 99th of a hundred of them. */
  takeP99(): number {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    this.#latencies = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  }

  async stop(): Promise<Service> {
    this.#on = false;
    await this.#loop;
    const deadline = performance.now() + SETTLES_WITHIN;
    const isThere = (seen: readonly Posted[]) => {
      const ids = new Set(seen.map(({ clientId }) => clientId));
      return [...this.#acknowledged].every((clientId) => ids.has(clientId));
    };
    while (!Object.values(this.#seen).every(isThere) && performance.now() < deadline)
      await Bun.sleep(20);
    this.#socket.close();
    this.#cut.abort();
    let [lost, repeated, reordered] = [0, 0, 0];
    for (const seen of Object.values(this.#seen)) {
      const ids = new Set(seen.map(({ clientId }) => clientId));
      for (const clientId of this.#acknowledged) if (!ids.has(clientId)) lost++;
      repeated += seen.length - new Set(seen.map(({ seq }) => seq)).size;
      for (const [index, { seq }] of seen.entries())
        if (seq < (seen[index - 1]?.seq ?? 0)) reordered++;
    }
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged.size,
      lost,
      repeated,
      reordered,
      p99: this.takeP99(),
      troubles: this.#troubles,
    };
  }

  async #talk(): Promise<void> {
    while (this.#on) {
      const clientId = crypto.randomUUID();
      const start = performance.now();
      const ok = this.#sent++ % 2 === 0 ? await this.#post(clientId) : await this.#ask(clientId);
      this.#latencies.push(performance.now() - start);
      if (ok) this.#acknowledged.add(clientId);
      else this.#troubles.push("a message was refused, or its answer stayed away");
      if (this.#sent % 10 === 0) await this.#lookAtHealth();
      await Bun.sleep(PACE);
    }
  }

  async #post(clientId: string): Promise<boolean> {
    const answer = await this.#target
      .fetch("/v1/rooms/general/messages", {
        method: "POST",
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        body: JSON.stringify({ clientId, text: "honest" }),
        signal: AbortSignal.timeout(SETTLES_WITHIN),
      })
      .catch(() => null);
    await answer?.text();
    return answer?.status === 201;
  }

  #ask(clientId: string): Promise<boolean> {
    const ref = this.#sent;
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), SETTLES_WITHIN);
      this.#replies.set(ref, (ok) => {
        clearTimeout(late);
        resolve(ok);
      });
      const text = "honest";
      this.#socket.send(
        JSON.stringify({ type: "post-message", ref, room: "general", clientId, text }),
      );
    });
  }

  async #lookAtHealth(): Promise<void> {
    const answer = await this.#target.fetch("/healthz").catch((fault: unknown) => String(fault));
    if (typeof answer === "string") this.#troubles.push(`/healthz: ${answer}`);
    else if (answer.status !== 200) this.#troubles.push(`/healthz answered ${answer.status}`);
  }

  #receive(data: string): void {
    const frame = JSON.parse(data) as {
      type: string;
      ref?: number;
      ok?: boolean;
      events?: Posted[];
    };
    if (frame.type === "events") this.#seen.socket.push(...(frame.events ?? []));
    if (frame.type !== "reply" || frame.ref === undefined) return;
    this.#replies.get(frame.ref)?.(frame.ok === true);
    this.#replies.delete(frame.ref);
  }

  async #watchStream(): Promise<void> {
    const answer = await this.#target.fetch("/v1/rooms/general/events", {
      headers: { authorization: `Bearer ${this.#token}`, accept: "text/event-stream" },
      signal: this.#cut.signal,
    });
    const read = async () => {
      let rest = "";
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
        rest = frames.pop() ?? "";
        for (const frame of frames) {
          // Not by a pattern: to one a line ends at U+2028 too, and in a stream it does not.
          const lines = frame.split("\n");
          const data = lines.find((line) => line.startsWith("data: "));
          // A named one is no event of the room: a signal, such as who is here.
          const isNamed = lines.some((line) => line.startsWith("event: "));
          if (data !== undefined && !isNamed)
            this.#seen.stream.push(JSON.parse(data.slice(6)) as Posted);
        }
      }
    };
    void read()
      .catch((fault: unknown) => String(fault))
      .then((fault) => {
        if (this.#on) this.#troubles.push(`the watcher's stream ended: ${fault ?? "cleanly"}`);
      });
  }
}
