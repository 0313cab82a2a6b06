import { StoreError, type Clock } from "../../core/ports.ts";
import type { Backplane, Expected } from "./backplane.ts";
import type { Connection } from "./connection.ts";
import { CHANNEL, house } from "./keys.ts";
import { isLasting } from "./news.ts";
import type { Line } from "./primary.ts";
import { COMMIT, COMMIT_FREEING, LET_GO } from "./scripts.ts";
import { Step } from "./step.ts";

/** After so many turns in which others were quicker, the logs are held for the next one. */
const QUICK_TURNS = 3;
/** A hold ends by itself, if its node does; meanwhile the others look again so often. */
const HOLD_MS = 500;
const HELD_PAUSE_MS = 5;

/**
 * How replicas are waited for: how many, and for how long. Whatever is asked behind a
 * `WAIT` waits with it, so that several of them have to pass within the two seconds of AVL3.
 */
const REPLICAS = 1;
const WAIT_MS = 500;
/** Milliseconds until replicas are asked again, once there were too few. */
const ALONE_MS = 100;
const tooFew = new Error("No replica had it in time");

/** Does steps, each as one; and is done with them when they are as durable as was promised. */
export class Commits {
  readonly #connection: Connection;
  readonly #backplane: Backplane;
  readonly #clock: Pick<Clock, "after" | "elapsed">;
  readonly #isReplicated: boolean;
  readonly #onCommit: (changes: number, seconds: number) => void;
  /** The `WAIT` that is under way, and the one that is sent after it; one covers all that was written before it was sent. */
  #wait: Promise<unknown> = Promise.resolve();
  #next: Promise<Line | null> | null = null;
  #isAlone = false;
  #isClosed = false;
  #cancel = () => {};

  constructor(
    connection: Connection,
    backplane: Backplane,
    clock: Pick<Clock, "after" | "elapsed">,
    isReplicated: boolean,
    onCommit: (changes: number, seconds: number) => void,
  ) {
    this.#connection = connection;
    this.#backplane = backplane;
    this.#clock = clock;
    this.#isReplicated = isReplicated;
    this.#onCommit = onCommit;
  }

  /**
   * Each turn in which a step is not done, another one was. Many quick ones must not keep
   * a slow one waiting for ever: it holds the logs it adds to in the end.
   *
   * @param decide looks and says what to write; called anew for each turn
   */
  async run<Value>(decide: (step: Step) => Promise<Value>): Promise<Value> {
    const token = crypto.randomUUID();
    let held: readonly string[] = [];
    try {
      for (let turn = 1; ; turn++) {
        const step = new Step(this.#connection);
        const value = await decide(step);
        if (await this.#commit(step, token)) return value;
        if (turn < QUICK_TURNS) continue;
        held = [...step.logHolds];
        if (!(await this.#hold(held, token))) await this.pause();
      }
    } finally {
      // Where that fails, it ends by itself.
      if (held.length > 0) await this.#connection.run(LET_GO, [token, ...held]).catch(() => {});
    }
  }

  /** Whether nobody else holds any of these. */
  async #hold(keys: readonly string[], token: string): Promise<boolean> {
    const holders = await this.#connection.all(
      keys.map((key) => ["SET", key, token, "NX", "GET", "PX", String(HOLD_MS)]),
    );
    return holders.every((holder) => holder === null || holder === token);
  }

  /** A commit that is about to be written; how it is ended, once it is. */
  start(): (changes: number) => Promise<void> {
    const { line } = this.#connection;
    const begun = this.#clock.elapsed();
    return async (changes) => {
      await this.#durable(line);
      this.#onCommit(changes, (this.#clock.elapsed() - begun) / 1_000);
    };
  }

  /**
   * Once all that was written so far is as durable as was promised. `WAIT` knows only of
   * its own connection: of a primary that is gone the next one can say nothing.
   *
   * @param line on which it was written
   */
  async #durable(line: Line | null): Promise<void> {
    if (!this.#isReplicated) return;
    this.#next ??= this.#wait.then(() => {
      this.#next = null;
      const asked = this.#askReplicas();
      this.#wait = asked.catch(() => {});
      return asked;
    });
    // It is written, and may be lost still: whoever repeats it finds it, or writes it anew.
    const on = await this.#next;
    if (on === null || on !== line)
      throw new StoreError("store_unavailable", { cause: tooFew, mayBeDone: true });
  }

  /** Nothing is begun that could not be answered: without a replica each would wait in vain, one after the other. */
  begin(): void {
    if (this.#isAlone) throw new StoreError("store_unavailable", { cause: tooFew });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** The line on which so many have all; `null`: they do not. */
  async #askReplicas(): Promise<Line | null> {
    const { line } = this.#connection;
    const wait = ["WAIT", String(REPLICAS), String(WAIT_MS)];
    const replicas = await this.#connection.call<number>(...wait).catch((fault: unknown) => {
      // One that has become a replica meanwhile refuses to wait.
      throw new StoreError("store_unavailable", { cause: fault, mayBeDone: true });
    });
    if (replicas < REPLICAS && !this.#isAlone) this.#waitForReplicas();
    return replicas < REPLICAS ? null : line;
  }

  #waitForReplicas(): void {
    if (this.#isClosed) return;
    this.#isAlone = true;
    this.#cancel = this.#clock.after(ALONE_MS, () => void this.#askAgain());
  }

  async #askAgain(): Promise<void> {
    const line = await this.#askReplicas().catch(() => null);
    if (line !== null) this.#isAlone = false;
    else this.#waitForReplicas();
  }

  async #commit(step: Step, token: string): Promise<boolean> {
    this.begin();
    const end = this.start();
    const heard = this.#backplane.expect();
    // Who is told that something is so already waits too until it cannot be lost.
    if (this.#isReplicated && !step.isWritten) {
      step.isFreeing = true;
      step.set(house.facts, "waited", token);
    }
    try {
      const words = step.finish(token, (done) => publications(done, heard));
      if (words === null) return true;
      const script = step.isFreeing ? COMMIT_FREEING : COMMIT;
      if ((await this.#connection.write<number>(script, words)) === 0) return false;
      if (step.isWritten) await end(1);
      if (step.isTold) await heard.heard;
      return true;
    } finally {
      heard.forget();
    }
  }

  /** While somebody else is next. */
  pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.after(HELD_PAUSE_MS, resolve);
    return promise;
  }
}

/** All that is to be told of a step, its logs first; the last of it says that it was all. */
function publications({ logs, news }: Step, { token, on }: Expected): string[][] {
  const told = [
    ...logs.map(({ before, events, ...log }) => ({
      command: ["PUBLISH", CHANNEL],
      head: { kind: "log", ...log, seq: before.seq, id: before.id },
      events,
    })),
    ...news.map((one) => ({
      command: isLasting(one) ? ["NEWS", CHANNEL] : ["PUBLISH", CHANNEL],
      head: one,
      events: [],
    })),
  ];
  return told.map(({ command, head, events }, index) => {
    const text = JSON.stringify({ on, ...head, ...(index === told.length - 1 && { token }) });
    return [...command, [text, ...events.map(({ json }) => json)].join("\n")];
  });
}
