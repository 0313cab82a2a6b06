import type { ChatMessage, ChatThread, RoomState, ThreadState } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Finder } from "./finder.ts";
import { HeldList, type ListWorld } from "./held-list.ts";
import { Lease } from "./lease.ts";
import { Cell, isSame, working, type Readable } from "./store.ts";

export interface ThreadWorld {
  readonly list: ListWorld;
  readonly clock: Clock;
  readonly finder: Pick<Finder, "find">;
  /** Has the thread told of what happens in its room, and follows that; returns its undo. */
  open(thread: FollowedThread): () => void;
  standing(): Pick<RoomState, "status" | "problem">;
}

/** The replies to one message, held while anybody looks at them. */
export class FollowedThread implements ChatThread {
  readonly seq: number;
  readonly state: Readable<ThreadState>;
  readonly messages: Readable<readonly ChatMessage[]>;
  readonly list: HeldList;
  readonly post;
  readonly loadOlder;
  readonly loadNewer;
  readonly loadAround;
  readonly loadLatest;
  readonly markRead;
  readonly uploads;
  readonly #world: ThreadWorld;
  readonly #state: Cell<ThreadState>;
  readonly #lease: Lease;
  /** What begins the list; another once it was left. */
  #loading: object | null = null;

  constructor(seq: number, world: ThreadWorld) {
    this.seq = seq;
    this.#world = world;
    const list = new HeldList(seq, world.list);
    this.list = list;
    ({
      post: this.post,
      loadOlder: this.loadOlder,
      loadNewer: this.loadNewer,
      loadAround: this.loadAround,
      loadLatest: this.loadLatest,
      markRead: this.markRead,
      uploads: this.uploads,
    } = list);
    this.#state = new Cell<ThreadState>({
      status: "connecting",
      problem: null,
      root: null,
      messages: list.messages.get(),
      older: "unknown",
      newer: "unknown",
    });
    this.#lease = new Lease(world.clock, () => this.#start());
    this.state = working(this.#state, this.#lease.hold);
    this.messages = working(list.messages, this.#lease.hold);
  }

  publish(): void {
    const { list } = this;
    const standing = this.#world.standing();
    const begins = standing.status === "live" && list.older === "unknown";
    if (begins) void this.#begin();
    list.publish();
    const next: ThreadState = {
      ...standing,
      ...(begins && { status: "catching up" }),
      root: this.#world.finder.find(this.seq).get().message,
      messages: list.messages.get(),
      older: list.older,
      newer: list.newer,
    };
    if (!isSame(this.#state.get(), next)) this.#state.set(next);
  }

  close(): void {
    this.#lease.close();
  }

  #start(): () => void {
    const root = this.#world.finder.find(this.seq);
    const undo = [this.#world.open(this), root.subscribe(() => this.publish())];
    this.publish();
    return () => {
      for (const each of undo.toReversed()) each();
      this.#loading = null;
      this.list.reset();
      this.list.publish();
      this.#state.set(this.#state.initial);
    };
  }

  async #begin(): Promise<void> {
    if (this.#loading) return;
    const loading = (this.#loading = {});
    const begun = await this.list.loadLatest();
    if (this.#loading !== loading) return;
    this.#loading = null;
    // On a way that broke off it begins again by itself.
    if (begun.ok || this.#world.standing().status !== "live") return;
    this.list.fail();
    this.publish();
  }
}
