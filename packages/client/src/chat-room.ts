import {
  fail as refuse,
  faultOfText,
  succeed as accept,
  type Event,
  type InboxEntry,
  type Message,
  type Result,
  type Room,
  type User,
} from "@snug/protocol";
import type {
  Author,
  ChatMessage,
  ChatRoom,
  Posting,
  RoomState,
  SentMessage,
  UnsentMessage,
} from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { roomPath, type Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { Link } from "./link.ts";
import { LogReader, PAGE, type LogTarget } from "./log-reader.ts";
import type { Entry } from "./outbox-storage.ts";
import type { Outbox } from "./outbox.ts";
import { isPassing } from "./problem.ts";
import { Cell, once, report, working, type Readable } from "./store.ts";
import {
  append,
  clientIdOf,
  fromPage,
  join,
  ownKey,
  prepend,
  toSent,
  toUnreadable,
  toUnsent,
  withAuthor,
  type MessagePage,
  type Timeline,
} from "./timeline.ts";

export interface RoomWorld {
  readonly connection: Connection;
  readonly http: Http;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** One room, followed while anybody looks at it: the log as it was read, and what waits to be sent. */
export class FollowedRoom implements ChatRoom {
  readonly id: string;
  readonly state: Readable<RoomState>;
  readonly messages: Readable<readonly ChatMessage[]>;
  readonly #world: RoomWorld;
  readonly #state: Cell<RoomState>;
  readonly #messages = new Cell<readonly ChatMessage[]>([]);
  readonly #lease: Lease;
  readonly #reader: LogReader;
  readonly #people = new Map<string, Author>();
  /** Authors who are being looked up. */
  readonly #asked = new Set<string>();
  readonly #listeners = new Map<Event["type"], Set<(event: Event) => void>>();
  readonly #onReset = new Set<() => void>();
  /** One view of each entry, so that it is the same object until it changes. */
  readonly #views = new WeakMap<Entry, UnsentMessage>();
  /** As what one is a member, by the inbox. */
  #entry: InboxEntry | undefined;
  #me: User | null = null;
  #room: Room | null = null;
  #timeline: Timeline = [];
  /** Sends that are stored and whose event has not come yet. */
  #stored: readonly SentMessage[] = [];
  #older: RoomState["older"] = "unknown";
  /** Aborted when the log is begun anew or not followed any more: what was asked for does not fit then. */
  #life = new AbortController();
  /** What `#messages` was joined of, to tell whether it would be the same. */
  #joined: readonly unknown[] = [];

  constructor(id: string, world: RoomWorld) {
    this.id = id;
    this.#world = world;
    this.#reader = new LogReader(id, world.http, world.clock, this.#target);
    this.#state = new Cell<RoomState>({
      status: "connecting",
      problem: null,
      room: null,
      messages: this.#messages.get(),
      older: "unknown",
      kept: true,
    });
    this.#lease = new Lease(world.clock, () => this.#start());
    this.state = working(this.#state, this.#lease.hold);
    this.messages = working(this.#messages, this.#lease.hold);
  }

  on<Type extends Event["type"]>(
    type: Type,
    listener: (event: Extract<Event, { type: Type }>) => void,
  ): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    const own = (event: Event) => listener(event as Extract<Event, { type: Type }>);
    this.#listeners.set(type, listeners.add(own));
    const release = this.#lease.hold();
    return once(() => {
      listeners.delete(own);
      release();
    });
  }

  onReset(listener: () => void): () => void {
    const own = () => listener();
    this.#onReset.add(own);
    return () => void this.#onReset.delete(own);
  }

  user = (id: string): Author | null => this.#people.get(id) ?? null;

  post = (text: string): Result<Posting> => {
    const fault = faultOfText(text);
    if (fault) return refuse(fault.code, `The message ${fault.says}.`);
    const after = this.#reader.cursor;
    const ephemeral = (this.#room ?? this.#listed()?.room)?.kind === "ephemeral";
    const { clientId, sent } = this.#world.outbox.add({ room: this.id, ephemeral, text, after });
    return accept({ key: ownKey(clientId), sent });
  };

  retry = (key: string): void => this.#world.outbox.retry(clientIdOf(key));

  discard = (key: string): void => this.#world.outbox.discard(clientIdOf(key));

  loadOlder = async (): Promise<void> => {
    const first = this.#timeline[0]?.seq;
    if (first === undefined || (this.#older !== "some" && this.#older !== "failed")) return;
    this.#setOlder("loading");
    const life = this.#life;
    const path = `${roomPath(this.id)}/messages?before=${first}&limit=${PAGE}`;
    const page = await this.#world.http.call<MessagePage>("GET", path, { signal: life.signal });
    if (life !== this.#life) return;
    if (!page.ok) return this.#setOlder("failed");
    this.#meet(page.value);
    this.#timeline = prepend(this.#timeline, page.value, this.#view);
    this.#setOlder(isFull(page.value) ? "some" : "none");
  };

  close(): void {
    this.#lease.close();
  }

  #start(): () => void {
    const { connection, outbox } = this.#world;
    const undo = [
      connection.hold(),
      outbox.listen(this.id, {
        changed: () => this.#publish(),
        sent: (message) => this.#keepStored(message),
        // Who listens before they send hears what they sent.
        isReady: () => this.#reader.cursor !== null || this.#reader.phase === "refused",
      }),
      connection.state.subscribe(() => {
        const { user } = connection.state.get();
        if (user && user.id === this.#me?.id) this.#recognize(user);
        this.#publish();
      }),
      connection.inbox.subscribe(() => this.#reconsider()),
      connection.use({
        linked: (link, user) => this.#linked(link, user),
        unlinked: () => this.#reader.unlinked(),
      }),
    ];
    this.#publish();
    return () => {
      for (const each of undo.toReversed()) each();
      this.#endLife();
      if (this.#older === "loading") this.#older = "some";
      this.#reader.unlinked();
    };
  }

  #linked(link: Link, user: User): void {
    // Another person sees the room with other eyes, and perhaps not at all.
    if (this.#me && this.#me.id !== user.id) {
      this.#room = null;
      this.#reader.forget();
      this.#target.reset();
    }
    this.#recognize(user);
    this.#reader.linked(link);
  }

  /** They may have another name or picture since. */
  #recognize(user: User): void {
    if (this.#me?.name !== user.name || this.#me.avatar !== user.avatar)
      this.#timeline = withAuthor(this.#timeline, user);
    this.#me = user;
    this.#people.set(user.id, user);
  }

  /** Who was sent away, and let in again, looks again. */
  #reconsider(): void {
    const entry = this.#listed();
    // Who went and came within a moment was never seen to be away.
    if (entry && entry !== this.#entry) this.#reader.again();
    this.#entry = entry;
  }

  #listed(): InboxEntry | undefined {
    const { rooms } = this.#world.connection.inbox.get();
    return rooms.find(({ room }) => room.id === this.id);
  }

  // ---- what the log says

  readonly #target: LogTarget = {
    began: (page) => {
      this.#meet(page);
      const until = this.#reader.seq;
      this.#begin(
        fromPage(page, this.#view),
        this.#stored.filter(({ seq }) => seq > until),
      );
      this.#setOlder(isFull(page) ? "some" : "none");
      this.#world.outbox.ready(this.id);
    },
    opened: (room) => {
      this.#room = room;
      if (room.kind === "ephemeral") this.#world.outbox.unkeep(this.id);
      this.#publish();
    },
    events: (events) => this.#take(events),
    reset: () => {
      this.#begin([], []);
      for (const listener of this.#onReset) report(listener);
    },
    changed: () => {
      this.#publish();
      if (this.#reader.phase === "refused") this.#world.outbox.ready(this.id);
    },
  };

  #begin(timeline: Timeline, stored: readonly SentMessage[]): void {
    this.#endLife();
    this.#timeline = timeline;
    this.#stored = stored;
    this.#older = "unknown";
    for (const item of timeline) this.#arrived(item);
    this.#publish();
  }

  #endLife(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#asked.clear();
  }

  #take(events: readonly Event[]): void {
    const items: Timeline[number][] = [];
    for (const event of events) {
      switch (event.type) {
        case "message.posted": {
          const { type: _, ...message } = event;
          items.push(toSent(message, this.#view));
          break;
        }
        case "member.joined":
          this.#joins(event);
          break;
        case "member.changed":
          this.#rename(event.user);
          break;
        case "member.left":
        case "member.removed":
          this.#count(event.seq, -1);
          break;
        case "room.updated":
          this.#update(event);
          break;
        case "event.unreadable":
          items.push(toUnreadable(event.seq));
          break;
        default:
        // An event of a later server: it has its number, and nothing to show here.
      }
    }
    this.#timeline = append(this.#timeline, items);
    for (const item of items) this.#arrived(item);
    this.#publish();
    for (const event of events) this.#tell(event);
  }

  #tell(event: Event): void {
    for (const listener of this.#listeners.get(event.type) ?? []) report(() => listener(event));
  }

  #joins({ seq, user }: Extract<Event, { type: "member.joined" }>): void {
    if (!this.#people.has(user.id)) this.#people.set(user.id, user);
    this.#count(seq, 1);
  }

  /** By another name from now on, also above what they said before. */
  #rename(user: { id: string; name: string }): void {
    const author = { ...this.#people.get(user.id), ...user } as Author;
    this.#people.set(user.id, author);
    this.#timeline = withAuthor(this.#timeline, author);
  }

  /** The count was right when the room was opened, up to its `seq`. */
  #count(seq: number, by: 1 | -1): void {
    if (this.#room && seq > this.#room.seq)
      this.#room = { ...this.#room, memberCount: this.#room.memberCount + by };
  }

  #update({ name, topic, capacity, archived }: Extract<Event, { type: "room.updated" }>): void {
    if (!this.#room) return;
    this.#room = {
      ...this.#room,
      ...(name !== undefined && { name }),
      ...(topic !== undefined && { topic }),
      ...(capacity !== undefined && { capacity }),
      ...(archived !== undefined && { archived }),
    };
  }

  #arrived(item: Timeline[number]): void {
    if (item.state !== "sent") return;
    if (item.author === null) void this.#lookUp(item.by);
    // Also what was sent under the name before this one.
    this.#world.outbox.arrived(item);
    if (item.mine) this.#stored = this.#stored.filter(({ seq }) => seq !== item.seq);
  }

  /** It is stored: it keeps its place in the list until its event has come. */
  #keepStored(message: Message): void {
    if (message.seq <= this.#reader.seq) return;
    this.#stored = [...this.#stored, toSent(message, this.#view)].sort((a, b) => a.seq - b.seq);
  }

  // ---- who says it

  get #view() {
    return { me: this.#me?.id ?? null, author: this.user };
  }

  #meet({ users }: MessagePage): void {
    for (const user of Object.values(users)) this.#people.set(user.id, user);
  }

  async #lookUp(id: string): Promise<void> {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    const found = await this.#world.http.call<{ user: User }>(
      "GET",
      `/v1/users/${encodeURIComponent(id)}`,
      { signal: this.#life.signal },
    );
    if (!found.ok) {
      // Whoever is not to be found is not looked for with each message.
      if (isPassing(found.error)) this.#asked.delete(id);
      return;
    }
    this.#people.set(id, found.value.user);
    this.#timeline = withAuthor(this.#timeline, found.value.user);
    this.#publish();
  }

  // ---- what is seen of it

  #setOlder(older: RoomState["older"]): void {
    this.#older = older;
    this.#publish();
  }

  #publish(): void {
    const messages = this.#join();
    const next: RoomState = {
      ...this.#standing(),
      room: this.#room,
      messages,
      older: this.#older,
      kept: this.#world.outbox.isKept(this.id),
    };
    this.#messages.set(messages);
    if (!isSame(this.#state.get(), next)) this.#state.set(next);
  }

  #standing(): Pick<RoomState, "status" | "problem"> {
    const connection = this.#world.connection.state.get();
    switch (connection.status) {
      case "connecting":
        return { status: "connecting", problem: null };
      case "live":
        return { status: this.#reader.phase, problem: this.#reader.problem };
      case "offline":
      case "refused":
        return { status: connection.status, problem: connection.problem };
    }
  }

  #join(): readonly ChatMessage[] {
    const entries = this.#world.outbox.entries(this.id);
    const unsent = entries.map((entry) => this.#viewOf(entry));
    const joined = [this.#timeline, this.#stored, ...unsent];
    const same =
      joined.length === this.#joined.length &&
      joined.every((part, index) => part === this.#joined[index]);
    if (same) return this.#messages.get();
    this.#joined = joined;
    return join(this.#timeline, this.#stored, unsent);
  }

  #viewOf(entry: Entry): UnsentMessage {
    const author = entry.by === null ? this.#me : this.user(entry.by);
    const known = this.#views.get(entry);
    if (known && known.author === author) return known;
    const view = toUnsent(entry, author);
    this.#views.set(entry, view);
    return view;
  }
}

function isFull({ messages, unreadable = [] }: MessagePage): boolean {
  return messages.length + unreadable.length >= PAGE;
}

function isSame(one: RoomState, other: RoomState): boolean {
  return (Object.keys(other) as (keyof RoomState)[]).every((key) => one[key] === other[key]);
}
