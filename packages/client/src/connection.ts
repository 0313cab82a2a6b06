import type { Room, User } from "@snug/protocol";
import type { ClientProblem, ConnectionState, Inbox } from "./api.ts";
import { backOff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import type { Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { Ending, Link } from "./link.ts";
import { isPassing, noConnection } from "./problem.ts";
import { Cell } from "./store.ts";
import { StreamLink } from "./transport/sse.ts";
import { openWebSocket } from "./transport/websocket.ts";
import { listenForWake } from "./wake.ts";

/** Whoever works over a link while there is one. */
export interface LinkUser {
  linked(link: Link, user: User): void;
  unlinked(): void;
}

/** The longest wait that a server may ask for, in milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * Keeps one link to the server while anybody holds it:
 *
 *     connecting ──▶ live ──▶ (it ends) ──▶ connecting …
 *         │  ▲                                  │
 *         │  └──(time, network, a look)── offline
 *         └──▶ refused ──(reconnect)──▶ connecting
 */
export class Connection {
  readonly state = new Cell<ConnectionState>({ status: "connecting", user: null });
  readonly inbox = new Cell<Inbox>({ status: "loading", rooms: [] });
  readonly #http: Http;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #users = new Set<LinkUser>();
  #link: Link | null = null;
  #user: User | null = null;
  #wake = () => {};
  /** Whether the provider gave a new token since the last link. */
  #renewed = false;
  /** Grows with each call to start anew; what was begun before counts no more. */
  #round = 0;

  /** @param work begun with the connection and ended with it; returns its undo */
  constructor(http: Http, credentials: Credentials, clock: Clock, work: () => () => void) {
    this.#http = http;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#lease = new Lease(clock, () => {
      const end = this.#start();
      const endWork = work();
      return () => {
        endWork();
        end();
      };
    });
  }

  get hold(): () => () => void {
    return this.#lease.hold;
  }

  get user(): User | null {
    return this.#user;
  }

  /** Tells of the present link at once, and of each later one; returns its undo. */
  use(user: LinkUser): () => void {
    this.#users.add(user);
    if (this.#link && this.#user) user.linked(this.#link, this.#user);
    return () => void this.#users.delete(user);
  }

  /** Tries at once, and as whoever one is now. */
  reconnect(): void {
    this.#round++;
    this.#renewed = false;
    this.#link?.close();
    this.#wake();
  }

  close(): void {
    this.#lease.close();
  }

  #start(): () => void {
    const stop = new AbortController();
    const unlisten = listenForWake({
      wake: () => {
        if (this.#link) this.#link.check();
        else if (this.state.get().status === "offline") this.#wake();
      },
      doubt: () => this.#link?.check(),
    });
    void this.#run(stop.signal);
    return () => {
      stop.abort();
      unlisten();
      this.#link?.close();
      this.#wake();
      this.state.set({ status: "connecting", user: this.#user });
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.state.set({ status: "connecting", user: this.#user });
      const round = this.#round;
      const link = await this.#connect(signal);
      if (signal.aborted || round !== this.#round) {
        if ("link" in link) link.link.close();
        continue;
      }
      if (!("link" in link)) {
        await this.#pause(link, failures++, signal);
        continue;
      }
      const since = this.#clock.now();
      const ending = await this.#stay(link.link, link.user);
      if (round !== this.#round) continue;
      // One that was lost at once again is no better than one that never was.
      const lasted = this.#clock.now() - since;
      failures = lasted >= 0 && lasted < STABLE ? failures + 1 : 0;
      await this.#after(ending, failures, signal);
    }
  }

  async #stay(link: Link, user: User): Promise<Ending> {
    this.#link = link;
    this.#renewed = false;
    this.state.set({ status: "live", user, transport: link.transport });
    for (const each of this.#users) each.linked(link, user);
    const ending = await link.ended;
    this.#link = null;
    for (const each of this.#users) each.unlinked();
    return ending;
  }

  async #after(ending: Ending, failures: number, signal: AbortSignal): Promise<void> {
    switch (ending.why) {
      case "restart":
        return this.#offline(noConnection, ending.retry + this.#clock.random() * 500, signal);
      case "lost":
        // The first try comes soon, spread over a second for those who lost it together.
        return this.#offline(
          noConnection,
          failures === 0 ? this.#clock.random() * 1_000 : backOff(failures - 1, this.#clock),
          signal,
        );
      case "refused":
        return this.#refusal(ending.problem, signal);
    }
  }

  async #pause(problem: ClientProblem, failures: number, signal: AbortSignal): Promise<void> {
    if (!isPassing(problem)) return this.#refusal(problem, signal);
    const asked = Math.min((problem.retryAfter ?? 0) * 1_000, LONGEST_WAIT);
    await this.#offline(problem, Math.max(asked, backOff(failures, this.#clock)), signal);
  }

  async #offline(problem: ClientProblem, wait: number, signal: AbortSignal): Promise<void> {
    const retryIn = Math.round(Math.min(wait, LONGEST_WAIT));
    this.state.set({ status: "offline", user: this.#user, problem, retryIn });
    await this.#sleep(retryIn, signal);
  }

  async #refusal(problem: ClientProblem, signal: AbortSignal): Promise<void> {
    // A token that was taken once may have run out, and its provider can give another.
    if (problem.code === "unauthorized" && this.#credentials.canRenew && !this.#renewed) {
      this.#renewed = true;
      this.#credentials.use(null);
      return;
    }
    this.#user = null;
    this.state.set({ status: "refused", user: null, problem });
    await this.#sleep(null, signal);
  }

  /** Until the time is over (`null`: without an end) or somebody wakes it. */
  #sleep(ms: number | null, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = ms === null ? () => {} : this.#clock.after(ms, () => this.#wake());
      this.#wake = () => {
        this.#wake = () => {};
        cancel();
        resolve();
      };
    });
  }

  async #connect(signal: AbortSignal): Promise<{ link: Link; user: User } | ClientProblem> {
    const token = await this.#credentials.token();
    if (!token.ok) return token.error;
    const me = await this.#http.call<Me>("GET", "/v1/me", { signal });
    if (!me.ok) return me.error;
    const { user, rooms } = me.value;
    const opened = await openWebSocket(this.#http.url, token.value, this.#clock);
    if (opened !== "blocked" && "ended" in opened) {
      const { ended } = opened;
      return ended.why === "refused" ? ended.problem : noConnection;
    }
    this.#user = user;
    this.inbox.set({ status: "loaded", rooms: rooms.map(({ room }) => room) });
    const link = opened === "blocked" ? new StreamLink(this.#http, this.#clock) : opened.link;
    return { link, user };
  }
}

interface Me {
  readonly user: User;
  readonly rooms: readonly { readonly room: Room }[];
}

/** Milliseconds after which a link counts as a good one. */
const STABLE = 5_000;
