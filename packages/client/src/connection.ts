import type { InboxEntry, Room, Status, User } from "@snug/protocol";
import type { ClientProblem, ConnectionState, Directory, Inbox } from "./api.ts";
import { backOff } from "./backoff.ts";
import { rest, type Clock } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import type { Http } from "./http.ts";
import { afterNews, listed } from "./inbox.ts";
import { Lease } from "./lease.ts";
import { DOUBT, type Ending, type Link, type News } from "./link.ts";
import { givenUp, isPassing, LONGEST_WAIT, noConnection, RETRY, waitFor } from "./problem.ts";
import { Cell, once } from "./store.ts";
import { openStreams } from "./transport/sse.ts";
import { openWebSocket } from "./transport/websocket.ts";
import { listenForWake } from "./wake.ts";

/** Whoever works over a link while there is one. */
export interface LinkUser {
  linked(link: Link, user: User): void;
  unlinked(): void;
}

type People = Readonly<Record<string, Status>>;

const NOBODY: People = {};
const LOADING = { status: "loading", rooms: [] } as const;

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
  readonly inbox = new Cell<Inbox>(LOADING);
  readonly directory = new Cell<Directory>(LOADING);
  readonly people = new Cell<People>(NOBODY);
  readonly #http: Http;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #users = new Set<LinkUser>();
  /** What came while a directory is asked for, whose answer may be older. */
  readonly #unlisted = new Set<News[]>();
  #link: Link | null = null;
  /** What came over a link before it was told of: it is newer than what was asked for. */
  #early: News[] = [];
  #user: User | null = null;
  #away = false;
  /** Aborted when its connecting, its link or its waiting is over, and the next one begins. */
  #attempt = new AbortController();

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

  /** Tells of the present link at once, and of each later one; returns its undo. */
  use(user: LinkUser): () => void {
    this.#users.add(user);
    if (this.#link && this.#user) user.linked(this.#link, this.#user);
    return () => void this.#users.delete(user);
  }

  /** Keeps the directory loaded while it is held. */
  holdDirectory = (): (() => void) => {
    const release = this.hold();
    let way = new AbortController();
    const undo = this.use({
      linked: (link) => {
        way = new AbortController();
        void this.#list(link, way.signal);
      },
      unlinked: () => way.abort(),
    });
    return once(() => {
      undo();
      way.abort();
      release();
    });
  };

  async #list(link: Link, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const news: News[] = [];
      this.#unlisted.add(news);
      const answer = await this.#http.call<{ rooms: readonly Room[] }>("GET", "/v1/rooms", {
        signal,
      });
      this.#unlisted.delete(news);
      if (signal.aborted) return;
      let wait = RELIST;
      if (answer.ok) {
        const { rooms } = answer.value;
        this.directory.set(news.reduce<Directory>(listed, { status: "loaded", rooms }));
      } else if (answer.error.code === "no_connection") return link.fail();
      else if (isPassing(answer.error)) wait = waitFor(answer.error, RETRY);
      await rest(signal, this.#clock, wait);
    }
  }

  /** One has another name or picture now. */
  rename(user: User): void {
    // Somebody else may have signed in meanwhile.
    if (this.#user?.id !== user.id) return;
    this.#user = user;
    const state = this.state.get();
    if (state.status === "live") this.state.set({ ...state, user });
  }

  setAway(away: boolean): void {
    if (this.#away === away) return;
    this.#away = away;
    void this.#link?.tell({ type: "set-away", away });
  }

  /** Tries at once, and as whoever one is now. */
  reconnect(): void {
    // Nothing is at work, or another attempt begins already.
    if (this.#attempt.signal.aborted) return;
    this.#attempt.abort();
    this.#begin();
  }

  close(): void {
    this.#lease.close();
    this.#attempt.abort();
    this.state.set({ status: "refused", user: null, problem: givenUp });
  }

  #start(): () => void {
    const stop = new AbortController();
    const unlisten = listenForWake({
      wake: () => {
        if (this.#link) this.#link.check();
        // What is tried just now may have begun without a network, and hang.
        else if (this.state.get().status !== "refused") this.reconnect();
      },
      doubt: () => this.#link?.check(DOUBT),
    });
    void this.#run(stop.signal);
    return () => {
      stop.abort();
      unlisten();
      this.reconnect();
    };
  }

  #begin(): void {
    if (this.state.get().status === "connecting") return;
    this.state.set({ status: "connecting", user: this.#user });
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const attempt = new AbortController();
      this.#attempt = attempt;
      this.#begin();
      const found = await this.#connect(attempt.signal);
      if (attempt.signal.aborted) {
        if ("link" in found) found.link.close();
        continue;
      }
      if (!("link" in found)) {
        await this.#pause(found, failures++, attempt);
        continue;
      }
      const since = this.#clock.now();
      const ending = await this.#stay(found, attempt.signal);
      if (attempt.signal.aborted) continue;
      // One that was lost at once again is no better than one that never was.
      const lasted = this.#clock.now() - since;
      failures = lasted >= 0 && lasted < STABLE ? failures + 1 : 0;
      await this.#after(ending, failures, attempt);
    }
  }

  async #stay({ link, user, rooms }: Found, signal: AbortSignal): Promise<Ending> {
    signal.addEventListener("abort", () => link.close());
    this.#link = link;
    this.#user = user;
    this.inbox.set({ status: "loaded", rooms });
    for (const news of this.#early) this.#hear(news);
    this.state.set({ status: "live", user, transport: link.transport });
    // A new link is not away.
    if (this.#away) void link.tell({ type: "set-away", away: true });
    for (const each of this.#users) each.linked(link, user);
    const ending = await link.ended;
    this.#link = null;
    this.people.set(NOBODY);
    for (const each of this.#users) each.unlinked();
    return ending;
  }

  async #after(ending: Ending, failures: number, attempt: AbortController): Promise<void> {
    switch (ending.why) {
      case "restart":
        return this.#offline(noConnection, ending.retry + this.#clock.random() * 500, attempt);
      case "lost":
        // The first try comes soon, spread over a second for those who lost it together.
        return this.#offline(
          noConnection,
          failures === 0 ? this.#clock.random() * 1_000 : backOff(failures - 1, this.#clock),
          attempt,
        );
      case "refused":
        // A token that was taken once may have run out, and its provider can give another.
        if (ending.problem.code === "unauthorized" && this.#credentials.canRenew) return;
        return this.#refusal(ending.problem, attempt);
    }
  }

  async #pause(problem: ClientProblem, failures: number, attempt: AbortController): Promise<void> {
    if (!isPassing(problem)) return this.#refusal(problem, attempt);
    const wait = Math.max(waitFor(problem, 0), backOff(failures, this.#clock));
    await this.#offline(problem, wait, attempt);
  }

  async #offline(problem: ClientProblem, wait: number, attempt: AbortController): Promise<void> {
    const retryIn = Math.round(Math.min(wait, LONGEST_WAIT));
    this.state.set({ status: "offline", user: this.#user, problem, retryIn });
    await rest(attempt.signal, this.#clock, retryIn);
  }

  async #refusal(problem: ClientProblem, attempt: AbortController): Promise<void> {
    this.#user = null;
    this.inbox.set(LOADING);
    this.directory.set(LOADING);
    this.state.set({ status: "refused", user: null, problem });
    await rest(attempt.signal, this.#clock, null);
  }

  #hear = (news: News): void => {
    if (this.#link === null) return void this.#early.push(news);
    this.inbox.set(afterNews(this.inbox.get(), news));
    this.directory.set(listed(this.directory.get(), news));
    if (news.type === "signal" && news.kind === "status")
      this.people.set(news.whole ? news.people : { ...this.people.get(), ...news.people });
    for (const early of this.#unlisted) early.push(news);
  };

  async #connect(signal: AbortSignal): Promise<Found | ClientProblem> {
    const token = await this.#credentials.token(signal);
    if (!token.ok) return token.error;
    const me = await this.#http.ask<Partial<Me>>("GET", "/v1/me", { signal });
    if (!me.ok) return me.error;
    const { user, rooms } = me.value;
    // Not every JSON is Snug's.
    if (!user || !rooms) return noConnection;
    this.people.set(NOBODY);
    this.#early = [];
    const socket = await openWebSocket(
      this.#http.url,
      this.#credentials.current,
      this.#clock,
      signal,
      this.#hear,
    );
    if (socket === "blocked" && signal.aborted) return noConnection;
    const opened =
      socket === "blocked"
        ? await openStreams(this.#http, this.#clock, signal, this.#hear)
        : socket;
    if ("link" in opened) return { link: opened.link, user, rooms };
    const { ended } = opened;
    return ended.why === "refused" ? ended.problem : noConnection;
  }
}

interface Me {
  readonly user: User;
  readonly rooms: readonly InboxEntry[];
}

interface Found extends Me {
  readonly link: Link;
}

/** Milliseconds after which a directory is asked for anew: of the members of rooms that one is not in nobody tells. */
const RELIST = 30_000;

/** Milliseconds after which a link counts as a good one. */
const STABLE = 5_000;
