import type { Chat, ClientProblem, SearchHit } from "./api.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Cell } from "./store.ts";

/** Milliseconds after the last letter until it is asked for. */
const PAUSE = 200;

export interface SearchState {
  /** `idle`: nothing is asked for. While `searching`, what was found before stays. */
  readonly status: "idle" | "searching" | "found" | "failed";
  readonly hits: readonly SearchHit[];
  /** Whether there is more, older, to look at. */
  readonly hasMore: boolean;
  /** Why it failed. */
  readonly problem: ClientProblem | null;
}

const IDLE: SearchState = { status: "idle", hits: [], hasMore: false, problem: null };

/** What is found for what is being typed. */
export class LiveSearch {
  readonly state = new Cell<SearchState>(IDLE);
  readonly #chat: Pick<Chat, "search">;
  readonly #room: string | undefined;
  readonly #clock: Clock;
  #q = "";
  #next: string | null = null;
  #life = new AbortController();
  #cancel = () => {};

  constructor(chat: Pick<Chat, "search">, room?: string, clock: Clock = systemClock) {
    this.#chat = chat;
    this.#room = room;
    this.#clock = clock;
  }

  /** Asks for this, once nothing else is typed for a moment. */
  find(q: string): void {
    const wanted = q.trim();
    if (wanted === this.#q) return;
    this.stop();
    this.#q = wanted;
    if (wanted === "") return this.state.set(IDLE);
    this.#set({ status: "searching", problem: null, hasMore: false });
    this.#cancel = this.#clock.after(PAUSE, () => void this.#ask([]));
  }

  /** What is older; or again what failed. */
  loadMore = async (): Promise<void> => {
    const { status, hits } = this.state.get();
    if (status !== "failed" && (status !== "found" || this.#next === null)) return;
    this.#set({ status: "searching", problem: null });
    await this.#ask(this.#next === null ? [] : hits);
  };

  /** Again from the top, as far as it was read: what was found may be another now. */
  again = (): void => {
    const q = this.#q;
    if (q === "") return;
    this.stop();
    this.#q = q;
    this.#set({ status: "searching", problem: null });
    void this.#ask([], this.state.get().hits.length || 1);
  };

  /** Nothing is under way after this. */
  stop(): void {
    this.#cancel();
    this.#life.abort();
    this.#life = new AbortController();
    this.#q = "";
    this.#next = null;
  }

  /** @param wanted hits in all that are asked for, page after page */
  async #ask(before: readonly SearchHit[], wanted = before.length + 1): Promise<void> {
    const { signal } = this.#life;
    for (;;) {
      const found = await this.#chat.search(this.#q, {
        signal,
        ...(this.#room !== undefined && { room: this.#room }),
        ...(this.#next !== null && { next: this.#next }),
      });
      if (signal.aborted) return;
      if (!found.ok) {
        // Nothing goes on from there any more: asked again, it begins anew.
        if (found.error.code === "invalid_cursor") this.#next = null;
        return this.#set({ status: "failed", problem: found.error });
      }
      const { hits, next } = found.value;
      this.#next = next;
      before = [...before, ...hits];
      // A page may be empty, and others come after it.
      if (before.length < wanted && next !== null) continue;
      return this.#set({ status: "found", hits: before, hasMore: next !== null });
    }
  }

  #set(change: Partial<SearchState>): void {
    this.state.set({ ...this.state.get(), ...change });
  }
}
