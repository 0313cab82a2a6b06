import type { Answers, SignIn, SignUp, Status } from "@snug/protocol";
import type {
  Chat,
  ChatOptions,
  ConnectionState,
  Directory,
  Inbox,
  Outcome,
  SearchOptions,
  SearchPage,
  SignedIn,
  Unread,
} from "./api.ts";
import { fill, type CallInput, type Calls } from "./calls.ts";
import { FollowedRoom } from "./chat-room.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { Credentials } from "./credentials.ts";
import { FileUrls } from "./file-urls.ts";
import { findInLog } from "./find-in-log.ts";
import { Http, roomPath } from "./http.ts";
import { unreadIn } from "./inbox.ts";
import { openOutboxStorage } from "./outbox-storage.ts";
import { Outbox } from "./outbox.ts";
import { succeed } from "./problem.ts";
import { Cell, isSame, working, type Readable } from "./store.ts";
import { joinTabs } from "./tabs.ts";

/**
 * A chat on one server. Makes no call before something is subscribed to or
 * sent, and leaves nothing behind after the last undo.
 */
export function createChat(options: ChatOptions = {}): Chat {
  return new SnugChat(options, systemClock);
}

/** What `createChat` makes, with a clock that tests may hold. */
export class SnugChat implements Chat {
  readonly connection: Readable<ConnectionState>;
  readonly inbox: Readable<Inbox>;
  readonly directory: Readable<Directory>;
  readonly unread: Readable<Unread>;
  readonly people: Readable<Readonly<Record<string, Status>>>;
  readonly #credentials: Credentials;
  readonly #http: Http;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #files: FileUrls;
  readonly #rooms = new Map<string, FollowedRoom>();
  readonly #usesCookie: boolean;

  constructor({ url, token }: ChatOptions, clock: Clock) {
    const { address, isOwn } = locate(url);
    this.#clock = clock;
    this.#usesCookie = isOwn && token === undefined;
    this.#credentials = new Credentials(token, clock);
    this.#http = new Http(address, this.#credentials);
    this.#connection = new Connection(this.#http, this.#credentials, clock, () =>
      this.#outbox.start(),
    );
    this.#files = new FileUrls(this.#http, this.#credentials, clock);
    const name = `snug ${address}`;
    this.#outbox = new Outbox({
      connection: this.#connection,
      clock,
      storage: openOutboxStorage(name, clock),
      joinTabs: (on) => joinTabs(name, on),
      find: (entry, by, signal) => findInLog(this.#http, entry, by, signal),
    });
    this.connection = working(this.#connection.state, this.#connection.hold);
    this.inbox = working(this.#connection.inbox, this.#connection.hold);
    this.directory = working(this.#connection.directory, this.#connection.holdDirectory);
    this.people = working(this.#connection.people, this.#connection.hold);
    const { inbox, state } = this.#connection;
    state.subscribe(() => {
      if (state.get().status === "live") this.#files.again();
    });
    const unread = new Cell(unreadIn([]));
    inbox.subscribe(() => {
      const next = unreadIn(inbox.get().rooms);
      if (!isSame(unread.get(), next)) unread.set(next);
    });
    this.unread = working(unread, this.#connection.hold);
  }

  room(id: string): FollowedRoom {
    const known = this.#rooms.get(id);
    if (known) return known;
    const room = new FollowedRoom(id, {
      connection: this.#connection,
      http: this.#http,
      outbox: this.#outbox,
      clock: this.#clock,
    });
    this.#rooms.set(id, room);
    return room;
  }

  fileUrl(id: string, options?: { readonly preview?: boolean }): Readable<string | null> {
    return this.#files.of(id, options);
  }

  exportUrl(room?: string): string {
    return `${this.#http.url}${room === undefined ? "/v1/me" : roomPath(room)}/export`;
  }

  becomeGuest(name: string, invite?: string): Promise<Outcome<SignedIn>> {
    return this.#enter("/v1/guests", { name, invite });
  }

  signUp(account: SignUp): Promise<Outcome<SignedIn>> {
    return this.#enter("/v1/accounts", account);
  }

  signIn(account: SignIn): Promise<Outcome<SignedIn>> {
    return this.#enter("/v1/sessions", account);
  }

  async call<Name extends keyof Calls>(
    name: Name,
    input: CallInput<Name>,
  ): Promise<Outcome<Calls[Name]["answer"]>> {
    const { body, ...rest } = input as { body?: unknown } & Record<string, unknown>;
    const { method, path } = fill(name, rest);
    const answer = await this.#http.ask<Calls[Name]["answer"]>(method, path, { body });
    if (name === "PATCH /v1/me" && answer.ok)
      this.#connection.rename((answer.value as Calls["PATCH /v1/me"]["answer"]).user);
    return answer;
  }

  async search(q: string, options: SearchOptions = {}): Promise<Outcome<SearchPage>> {
    const { signal, ...more } = options;
    const query = new URLSearchParams({ q });
    for (const [name, value] of Object.entries(more))
      if (value !== undefined) query.set(name, `${value}`);
    const found = await this.#http.ask<Answers["Search"]>("GET", `/v1/search?${query}`, {
      ...(signal && { signal }),
    });
    if (!found.ok) return found;
    const { hits, users, next = null } = found.value;
    const withAuthor = (hit: (typeof hits)[number]) => ({
      ...hit,
      author: users[hit.message.by] ?? null,
      users,
    });
    return succeed({ hits: hits.map(withAuthor), next });
  }

  async signOut(): Promise<Outcome<null>> {
    const ended = await this.#http.call<null>("DELETE", "/v1/sessions/current");
    if (ended.ok || ended.error.code === "unauthorized") {
      this.#credentials.use(null);
      this.#connection.reconnect();
    }
    return ended;
  }

  setAway(away: boolean): void {
    this.#connection.setAway(away);
  }

  reconnect(): void {
    this.#connection.reconnect();
  }

  async #enter(path: string, body: object): Promise<Outcome<SignedIn>> {
    const entered = await this.#http.call<SignedIn>("POST", path, { body });
    if (entered.ok) {
      // Where the browser keeps a cookie that no script can read, it is the safer place.
      if (!this.#usesCookie) this.#credentials.use(entered.value.token);
      this.#connection.reconnect();
    }
    return entered;
  }

  close(): void {
    this.#connection.close();
    for (const room of this.#rooms.values()) room.close();
  }
}

/** The server's address without a slash at its end, and whether this page is the server's own. */
function locate(url: string | undefined): { address: string; isOwn: boolean } {
  const page = globalThis.location as Location | undefined;
  const given = `${url ?? page?.origin}`;
  if (!/^https?:\/\/[^/]/i.test(given))
    throw new TypeError(
      `createChat needs the server's url, as http://127.0.0.1:3000, not "${given}".`,
    );
  const { href, origin } = new URL(given);
  return { address: href.replace(/\/+$/, ""), isOwn: origin === page?.origin };
}
