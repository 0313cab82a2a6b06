import { fold, type Event, type User } from "@snug/protocol";
import type { ClientProblem, Outcome, SentMessage } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Http } from "./http.ts";
import { fail, FAULTS, isPassing, otherSender, RETRY, succeed, waitFor } from "./problem.ts";
import { isSame, whileNeeded } from "./store.ts";
import type { Timeline } from "./timeline.ts";

export interface ChangesWorld {
  readonly connection: Pick<Connection, "state" | "use" | "hold">;
  readonly http: Http;
  readonly clock: Clock;
  /** The message as the log says it is, if it is held. */
  at(seq: number): SentMessage | undefined;
  changed(): void;
}

/** What is wanted, as it will be in the log. */
export type Wanted =
  | { readonly type: "message.edited"; readonly text: string }
  | { readonly type: "message.deleted" | "message.pinned" | "message.unpinned" }
  | { readonly type: "reaction.added" | "reaction.removed"; readonly emoji: string };

export interface Change {
  readonly seq: number;
  readonly wanted: Wanted;
  readonly call: readonly [method: string, path: string, body?: object];
}

interface Pending extends Change {
  by: string | null;
  readonly settle: (outcome: Outcome<null>) => void;
  /** How often a fault of the server was met. */
  faults: number;
  /** The server has done it. */
  done: boolean;
  /** Its event was told. */
  told: boolean;
}

/** However often: it says nothing against the change. */
const waited: ReadonlySet<string> = new Set(["no_connection", "rate_limited"]);

/**
 * What one has changed in a room's messages and is not in the log yet: shown at
 * once, asked for one after the answer to the other, and again until there is an
 * answer; it is shown until its event has come, or the server refuses.
 */
export class Changes {
  readonly #world: ChangesWorld;
  /** What each item looked like, and with which changes, so that it is the same object. */
  readonly #shown = new WeakMap<SentMessage, { with: readonly Pending[]; shown: SentMessage }>();
  #all: readonly Pending[] = [];
  #bySeq = new Map<number, readonly Pending[]>();
  /** Aborted with the link: whatever hangs then is asked for anew with the next. */
  #way: AbortController | null = null;
  #asking = false;
  #cancelRetry = () => {};

  constructor(world: ChangesWorld) {
    this.#world = world;
  }

  /** The same array until something of it is another. */
  get all(): readonly object[] {
    return this.#all;
  }

  make(change: Change): Promise<Outcome<null>> {
    return new Promise((settle) => {
      const by = this.#world.connection.state.get().user?.id ?? null;
      this.#set([...this.#all, { ...change, by, settle, faults: 0, done: false, told: false }]);
      this.#look();
      void this.#pump();
    });
  }

  /** Items as they are seen with these changes; the same array where none concerns them. */
  showAll(items: Timeline): Timeline {
    if (!items.some(({ seq }) => this.#bySeq.has(seq))) return items;
    return items.map((item) => (item.state === "sent" ? this.show(item) : item));
  }

  show(item: SentMessage): SentMessage {
    const changes = this.#bySeq.get(item.seq);
    if (changes === undefined) return item;
    const known = this.#shown.get(item);
    if (known?.with === changes) return known.shown;
    let shown: SentMessage = { ...item, saving: true };
    // When it was is for the server to say: until then it was when the message was.
    for (const change of changes) shown = after(shown, change);
    this.#shown.set(item, { with: changes, shown });
    return shown;
  }

  /** The log says so now. */
  take(events: readonly Event[]): void {
    for (const event of events) {
      const own = this.#all.find((change) => !change.told && isOf(event, change));
      if (own) own.told = true;
    }
    this.#tidy();
  }

  /** The log is read anew: what was done is in it. */
  anew(): void {
    for (const change of this.#all) change.told ||= change.done;
    this.#tidy();
  }

  async #pump(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (;;) {
      const change = this.#all.find(({ done }) => !done);
      if (change === undefined || this.#way === null) break;
      const [method, path, body] = change.call;
      const { signal } = this.#way;
      const options = { signal, ...(body && { body }) };
      const outcome = await this.#world.http.call(method, path, options);
      if (!this.#all.includes(change)) continue;
      if (outcome.ok) this.#did(change);
      else if (signal.aborted) continue;
      else if (!this.#isFinal(change, outcome.error)) {
        this.#later(waitFor(outcome.error, RETRY));
        break;
      } else this.#undo(change, outcome.error);
    }
    this.#asking = false;
  }

  #did(change: Pending): void {
    change.done = true;
    change.settle(succeed(null));
    this.#tidy();
  }

  #isFinal(change: Pending, error: ClientProblem): boolean {
    if (!isPassing(error)) return true;
    return !waited.has(error.code) && ++change.faults >= FAULTS;
  }

  #undo(change: Pending, problem: ClientProblem): void {
    change.settle(fail(problem));
    this.#set(this.#all.filter((other) => other !== change));
  }

  #later(wait: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#world.clock.after(wait, () => void this.#pump());
  }

  #tidy(): void {
    for (const [seq, changes] of this.#bySeq) {
      let item = this.#world.at(seq);
      for (const change of changes) {
        // What was so already, by those before it too, has no event.
        change.told ||= change.done && (item === undefined || isSo(item, change));
        if (item && !change.told) item = after(item, change);
      }
    }
    const left = this.#all.filter(({ done, told }) => !done || !told);
    if (left.length < this.#all.length) this.#set(left);
  }

  #set(all: readonly Pending[]): void {
    const before = this.#bySeq;
    this.#all = all;
    this.#bySeq = new Map();
    for (const { seq } of all) {
      const own = all.filter((change) => change.seq === seq);
      const old = before.get(seq);
      this.#bySeq.set(seq, old && isSame(old, own) ? old : own);
    }
    this.#work(all.some(({ done }) => !done));
    this.#world.changed();
  }

  /** What is to be asked for keeps the connection at work. */
  readonly #work = whileNeeded(() => {
    const { connection } = this.#world;
    const undo = [
      connection.hold(),
      connection.state.subscribe(() => this.#look()),
      connection.use({
        linked: (_, user) => this.#linked(user),
        unlinked: () => this.#unlinked(),
      }),
    ];
    return () => {
      this.#cancelRetry();
      this.#unlinked();
      for (const each of undo) each();
    };
  });

  #linked(user: User): void {
    this.#way = new AbortController();
    for (const change of this.#all) {
      change.by ??= user.id;
      if (!change.done && change.by !== user.id) this.#undo(change, otherSender);
    }
    void this.#pump();
  }

  #unlinked(): void {
    this.#way?.abort();
    this.#way = null;
  }

  /** Without a way back by itself, nothing more is asked for. */
  #look(): void {
    const state = this.#world.connection.state.get();
    if (state.status !== "refused") return;
    for (const change of this.#all) if (!change.done) this.#undo(change, state.problem);
  }
}

function after(item: SentMessage, { wanted, by }: Pending): SentMessage {
  const { seq, at, thread } = item;
  const own = thread === null ? {} : { thread };
  const event = { ...wanted, ...own, seq, at, by: by ?? "", target: seq };
  return fold(item, event as unknown as Event) as SentMessage;
}

/** Whoever pinned or deleted it: where two do the same at once, there is one event. */
function isOf(event: Event, { seq, wanted, by }: Pending): boolean {
  if (event.type !== wanted.type || event.target !== seq) return false;
  if (!("emoji" in wanted)) return true;
  return "emoji" in event && event.emoji === wanted.emoji && event.by === by;
}

function isSo(item: SentMessage, { wanted, by }: Pending): boolean {
  switch (wanted.type) {
    case "message.edited":
      return item.text === wanted.text;
    case "message.deleted":
      return item.deletedAt !== null;
    case "message.pinned":
    case "message.unpinned":
      return item.pinned === (wanted.type === "message.pinned");
    case "reaction.added":
    case "reaction.removed": {
      const users: readonly (string | null)[] = item.reactions[wanted.emoji] ?? [];
      return users.includes(by) === (wanted.type === "reaction.added");
    }
  }
}
