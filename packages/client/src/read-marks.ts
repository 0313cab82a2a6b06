import type { User } from "@snug/protocol";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Link } from "./link.ts";
import type { ClientProblem, Outcome } from "./api.ts";
import { fail, givenUp, isPassing, otherSender, RETRY, waitFor } from "./problem.ts";
import { whileNeeded } from "./store.ts";

export interface ReadMarksWorld {
  readonly room: string;
  readonly connection: Pick<Connection, "state" | "use" | "hold">;
  readonly clock: Clock;
}

/** Milliseconds between two marks: who reads on and on is told of in steps. */
const PACE = 1_000;

/** Tells the server how far one has read: forward only, about once a second, the newest place alone. */
export class ReadMarks {
  readonly #world: ReadMarksWorld;
  /** The places reached, of the room (`null`) and of its threads. */
  readonly #reached = new Map<number | null, number>();
  /** Those that the server was not told of. */
  readonly #waiting = new Set<number | null>();
  /** Told of the outcome of going back; while there is one, the room's mark goes back. */
  #settle: ((outcome: Outcome<unknown>) => void) | null = null;
  /** Whose marks these are. */
  #user: string | undefined;
  #link: Link | null = null;
  /** Undoes waiting for the next time; `null` when it may be told at once. */
  #cancel: (() => void) | null = null;

  constructor(world: ReadMarksWorld) {
    this.#world = world;
  }

  mark(seq: number, thread: number | null): void {
    this.#be(this.#world.connection.state.get().user);
    if (seq <= (this.#reached.get(thread) ?? 0)) return;
    this.#reached.set(thread, seq);
    this.#waiting.add(thread);
    this.#work(true);
    if (this.#cancel === null) this.#tell();
  }

  /** The server says that one has read up to here, by whichever device. */
  is(seq: number): void {
    if (!this.#waiting.has(null)) this.#reached.set(null, seq);
  }

  /** Goes back to this place in the room, on the same way as the marks before it, so that it comes after them. */
  back(seq: number): Promise<Outcome<unknown>> {
    this.#be(this.#world.connection.state.get().user);
    this.#giveUp(givenUp);
    return new Promise((settle) => {
      this.#settle = settle;
      this.#reached.set(null, seq);
      this.#waiting.add(null);
      this.#work(true);
      this.#look();
      this.#tell();
    });
  }

  close(): void {
    this.#giveUp(givenUp);
    this.#waiting.clear();
    this.#cancel?.();
    this.#cancel = null;
    this.#rest();
  }

  /** What another has read, one has not. */
  #be(user: User | null): void {
    if (user === null || user.id === this.#user) return;
    if (this.#user !== undefined) {
      this.#giveUp(otherSender);
      this.#reached.clear();
      this.#waiting.clear();
      this.#rest();
    }
    this.#user = user.id;
  }

  #tell(): void {
    const link = this.#link;
    if (link === null) return;
    for (const thread of this.#waiting) void this.#send(link, thread);
    this.#later(PACE);
  }

  async #send(link: Link, thread: number | null): Promise<void> {
    const seq = this.#reached.get(thread) ?? 0;
    const { room } = this.#world;
    const settle = thread === null ? this.#settle : null;
    const mark = { seq, ...(settle && { back: true }), ...(thread !== null && { thread }) };
    const told = await link.tell({ type: "mark-read", room, ...mark });
    if (!told.ok && told.error.code === "no_connection") return;
    if (!told.ok && isPassing(told.error)) return this.#later(waitFor(told.error, RETRY));
    const isLast = thread !== null || this.#settle === settle;
    if (isLast && this.#reached.get(thread) === seq) this.#waiting.delete(thread);
    settle?.(told);
    if (this.#settle === settle) this.#settle = null;
    this.#rest();
  }

  /** Without a way back by itself, going back waits for none. */
  #look(): void {
    const state = this.#world.connection.state.get();
    if (state.status === "refused") this.#giveUp(state.problem);
  }

  #giveUp(problem: ClientProblem): void {
    if (this.#settle === null) return;
    this.#settle(fail(problem));
    this.#settle = null;
    this.#waiting.delete(null);
    this.#reached.delete(null);
    this.#rest();
  }

  #later(wait: number): void {
    this.#cancel?.();
    this.#cancel = this.#world.clock.after(wait, () => {
      this.#cancel = null;
      if (this.#waiting.size > 0) this.#tell();
    });
  }

  readonly #work = whileNeeded(() => {
    const { connection } = this.#world;
    const undo = [
      connection.hold(),
      connection.state.subscribe(() => this.#look()),
      connection.use({
        linked: (link, user) => {
          this.#link = link;
          this.#be(user);
          if (this.#cancel === null) this.#tell();
        },
        unlinked: () => (this.#link = null),
      }),
    ];
    return () => {
      this.#link = null;
      for (const each of undo) each();
    };
  });

  /** Where nothing waits, no connection is kept for it. */
  #rest(): void {
    this.#work(this.#waiting.size > 0);
  }
}
