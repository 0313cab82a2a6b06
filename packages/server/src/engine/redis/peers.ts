import { limits } from "@snug/protocol";
import { StoreError, type Clock, type Peers, type PeersListener } from "../../core/ports.ts";
import type { Connection } from "./connection.ts";
import { NODES } from "./keys.ts";

/** Seldom enough to cost nothing; a hole, and whose lease has run out, is known by the beat after. */
const BEAT_MS = limits.nodeLookMs / 2;

/**
 * All that a node says under one name is numbered, but for a `beat`, which says the
 * number of the last, and when it was sent by its sender's clock.
 */
type Word = "told" | "want" | "beat" | "bye";

/** What was heard last of another node, and when. */
interface Heard {
  readonly number: number;
  readonly at: number;
}

/**
 * The nodes on one Redis, which carries what they tell and keeps nothing of it: there
 * is no key to be left over, to be refused where memory is full, or to end because
 * its clock jumps. A lease is renewed by whatever is heard of a node; for the node
 * itself by its own beat that comes back. One channel keeps one order, so that proves
 * as well that whatever the others said before that beat was heard: only then is
 * anybody missed.
 */
export class RedisPeers implements Peers {
  readonly others = new Set<string>();
  readonly #connection: Connection;
  readonly #ears: Connection;
  readonly #clock: Pick<Clock, "elapsed" | "after">;
  readonly #onFault: (fault: unknown) => void;
  readonly #listeners = new Set<PeersListener>();
  readonly #heard = new Map<string, Heard>();
  readonly #process = crypto.randomUUID();
  #lives = 1;
  #number = 0;
  #renewedAt = 0;
  /** Undoes the next beat; `null` before the first `listen` and after `close`. */
  #cancel: (() => void) | null = null;

  constructor(
    connection: Connection,
    ears: Connection,
    clock: Pick<Clock, "elapsed" | "after">,
    onFault: (fault: unknown) => void,
  ) {
    this.#connection = connection;
    this.#ears = ears;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  async open(): Promise<void> {
    const onText = (text: string) => this.#hear(text);
    await this.#ears.subscribe(NODES, onText);
  }

  tell(text: string): void {
    void this.#say("told", text);
  }

  listen(listener: PeersListener): () => void {
    this.#listeners.add(listener);
    if (this.#cancel === null) {
      this.#renewedAt = this.#clock.elapsed();
      this.#beat();
    }
    return () => this.#listeners.delete(listener);
  }

  /** It says goodbye, as long as Redis takes to answer. */
  async close(): Promise<void> {
    if (this.#cancel === null) return;
    this.#cancel();
    this.#cancel = null;
    this.#listeners.clear();
    await this.#say("bye");
  }

  get #name(): string {
    return `${this.#process}.${this.#lives}`;
  }

  #beat(): void {
    const now = this.#clock.elapsed();
    if (now - this.#renewedAt > limits.nodeLeaseMs) this.#startAnew(now);
    void this.#say("beat", `${now}`);
    this.#cancel = this.#clock.after(BEAT_MS, () => this.#beat());
  }

  /** The others have missed it, or are about to. */
  #startAnew(now: number): void {
    void this.#say("bye");
    this.#lives++;
    this.#number = 0;
    this.#renewedAt = now;
    for (const node of this.others) this.#miss(node);
  }

  /** What does not come through leaves a hole behind it, which the others find. */
  async #say(word: Word, rest = ""): Promise<void> {
    if (word !== "beat") this.#number++;
    const text = `${this.#name} ${this.#number} ${word} ${rest}`;
    try {
      await this.#connection.call("PUBLISH", NODES, text);
    } catch (fault) {
      if (!(fault instanceof StoreError)) this.#onFault(fault);
    }
  }

  #hear(text: string): void {
    const [, node = "", number = "", word = "", rest = ""] =
      /^(\S+) (\d+) (\w+) (.*)$/s.exec(text) ?? [];
    if (this.#cancel === null || node === "") return;
    if (node.startsWith(this.#process)) {
      if (word === "beat") this.#renew(Number(rest));
    } else if (word === "bye") this.#miss(node);
    else this.#take(node, Number(number), word, rest);
  }

  #take(node: string, number: number, word: string, rest: string): void {
    const known = this.#heard.get(node);
    const before = word === "beat" ? number : number - 1;
    // Late, from a connection that broke: it was taken to be lost.
    if (known && before < known.number) return;
    this.#heard.set(node, { number, at: this.#clock.elapsed() });
    this.others.add(node);
    // Who meets another node, or missed what it said, tells all and wants all. It may
    // be a `want` that was missed; and whoever sends one needs none in return.
    const isMissing = known?.number !== before;
    const isWanted = word === "want" && rest === this.#name;
    if (isMissing && !isWanted) void this.#say("want", node);
    if (isMissing || isWanted) this.#tell((listener) => listener.wanted());
    if (word === "told") this.#tell((listener) => listener.told(node, rest));
  }

  /** @param sentAt when its own beat left that came back now */
  #renew(sentAt: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, sentAt);
    for (const [node, { at }] of this.#heard)
      if (sentAt - at > limits.nodeLeaseMs) this.#miss(node);
  }

  #miss(node: string): void {
    this.#heard.delete(node);
    if (this.others.delete(node)) this.#tell((listener) => listener.gone(node));
  }

  /** A listener's fault is its own: the others hear it all the same. */
  #tell(what: (listener: PeersListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch (fault) {
        this.#onFault(fault);
      }
    }
  }
}
