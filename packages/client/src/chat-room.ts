import {
  faultOfText,
  type Event,
  type InboxEntry,
  type Level,
  type Message,
  type Room,
  type SharedFile,
  type User,
} from "@snug/protocol";
import type {
  Author,
  ChatMessage,
  ChatRoom,
  FoundMessage,
  Outcome,
  RoomPresence,
  RoomState,
  SentMessage,
  UnsentMessage,
  UploadOptions,
} from "./api.ts";
import { Authors } from "./authors.ts";
import { Changes, type Wanted } from "./changes.ts";
import type { Clock } from "./clock.ts";
import { Company } from "./company.ts";
import type { Connection } from "./connection.ts";
import { Finder } from "./finder.ts";
import { HeldList, type ListWorld } from "./held-list.ts";
import { pathOfFile, roomPath, type Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { Link } from "./link.ts";
import { LogReader, type LogTarget } from "./log-reader.ts";
import type { Entry } from "./outbox-storage.ts";
import type { Outbox } from "./outbox.ts";
import { Pages } from "./pages.ts";
import { fail, succeed } from "./problem.ts";
import { ReadMarks } from "./read-marks.ts";
import { Receipts } from "./receipts.ts";
import { roomAfter } from "./room-after.ts";
import { Cell, isSame, once, report, working, type Readable } from "./store.ts";
import { FollowedThread } from "./thread.ts";
import { clientIdOf, namedIn, toSent, toUnsent } from "./timeline.ts";
import { upload } from "./upload.ts";

export interface RoomWorld {
  readonly connection: Connection;
  readonly http: Http;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/** Milliseconds in which one is told once to be writing. */
const TYPING_PACE = 4_000;

/**
 * One room, followed while anybody looks at it. What its log says goes to its
 * lists and to whoever else keeps a part of it; what they say together is its state.
 */
export class FollowedRoom implements ChatRoom {
  readonly id: string;
  readonly state: Readable<RoomState>;
  readonly messages: Readable<readonly ChatMessage[]>;
  readonly presence: Readable<RoomPresence>;
  readonly typing: Readable<readonly User[]>;
  readonly reads: Readable<Readonly<Record<string, number>>>;
  readonly user: (id: string) => Author | null;
  readonly post: ChatRoom["post"];
  readonly loadOlder: ChatRoom["loadOlder"];
  readonly loadNewer: ChatRoom["loadNewer"];
  readonly loadAround: ChatRoom["loadAround"];
  readonly loadLatest: ChatRoom["loadLatest"];
  readonly markRead: ChatRoom["markRead"];
  readonly uploads: ChatRoom["uploads"];
  readonly find: (seq: number) => Readable<FoundMessage>;
  readonly #world: RoomWorld;
  readonly #state: Cell<RoomState>;
  readonly #lease: Lease;
  readonly #reader: LogReader;
  readonly #pages: Pages;
  readonly #list: HeldList;
  readonly #listWorld: ListWorld;
  readonly #authors: Authors;
  readonly #changes: Changes;
  readonly #finder: Finder;
  readonly #company: Company;
  readonly #receipts: Receipts;
  readonly #marks: ReadMarks;
  readonly #threads = new Map<number, FollowedThread>();
  /** Those that somebody looks at. */
  readonly #open = new Set<FollowedThread>();
  readonly #listeners = new Map<Event["type"], Set<(event: Event) => void>>();
  readonly #onReset = new Set<() => void>();
  /** One view of each entry, so that it is the same object until it changes. */
  readonly #views = new WeakMap<Entry, UnsentMessage>();
  #unsent: readonly UnsentMessage[] = [];
  /** As what one is a member, by the inbox. */
  #entry: InboxEntry | undefined;
  #me: User | null = null;
  #room: Room | null = null;
  #link: Link | null = null;
  /** Ids of what was held of a log that the server lost, until it is known what of it is left. */
  #lost: readonly string[] | null = null;
  /** When one was last told to be writing. */
  #typed = 0;

  constructor(id: string, world: RoomWorld) {
    const { connection, http, clock } = world;
    this.id = id;
    this.#world = world;
    this.#lease = new Lease(clock, () => this.#start());
    const { hold } = this.#lease;
    const changed = this.#publish;
    // Also while nobody looks at it: the next one who does may be another.
    const { state } = connection;
    state.subscribe(() => this.#recognize(state.get().user));
    connection.inbox.subscribe(() => this.#reconsider());
    this.#entry = this.#listed();
    this.#reader = new LogReader(id, http, clock, this.#target);
    const refusal = () => {
      const { status, problem } = this.#standing();
      return status === "refused" ? problem : null;
    };
    this.#pages = new Pages({ room: id, http, log: this.#reader, refusal });
    this.#authors = new Authors({ http, clock, changed: (ids) => this.#renamed(ids) });
    const at = (seq: number) => this.#at(seq);
    this.#changes = new Changes({ connection, http, clock, at, changed });
    this.#company = new Company(clock);
    const { lookUp } = this.#authors;
    this.#receipts = new Receipts(id, { http, clock, hold, lookUp });
    this.#marks = new ReadMarks({ room: id, connection, clock });
    this.#listWorld = this.#worldOfLists();
    this.#list = new HeldList(null, this.#listWorld);
    this.#finder = new Finder({
      clock,
      hold,
      changed,
      view: this.#listWorld.view,
      at: (seq) => this.#held(seq),
      show: (item) => this.#changes.show(item),
      read: (path, signal, apply) => this.#read(path, signal, apply),
      arrived: (item) => this.#arrived(item),
    });
    this.#state = new Cell<RoomState>({
      status: "connecting",
      problem: null,
      room: null,
      messages: this.#list.messages.get(),
      unsent: this.#unsent,
      older: "unknown",
      newer: "unknown",
      kept: true,
    });
    this.state = working(this.#state, hold);
    this.messages = working(this.#list.messages, hold);
    this.presence = working(this.#company.presence, hold);
    this.typing = working(this.#company.typing, hold);
    this.reads = this.#receipts.reads;
    this.user = this.#authors.get;
    this.find = this.#finder.find;
    ({
      post: this.post,
      loadOlder: this.loadOlder,
      loadNewer: this.loadNewer,
      loadAround: this.loadAround,
      loadLatest: this.loadLatest,
      markRead: this.markRead,
      uploads: this.uploads,
    } = this.#list);
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

  retry = (key: string): void => this.#world.outbox.retry(clientIdOf(key));

  discard = (key: string): void => this.#world.outbox.discard(clientIdOf(key));

  edit = async (seq: number, text: string): Promise<Outcome<null>> => {
    const hasFiles = (this.#at(seq)?.files.length ?? 0) > 0;
    const fault = text === "" && hasFiles ? null : faultOfText(text);
    if (fault) return fail({ code: fault.code, detail: `The message ${fault.says}.` });
    return this.#change(seq, { type: "message.edited", text }, "PATCH", "", { text });
  };

  remove = (seq: number): Promise<Outcome<null>> => {
    this.#world.outbox.remove(this.id, (one) => one === seq);
    return this.#change(seq, { type: "message.deleted" }, "DELETE", "");
  };

  react = (seq: number, emoji: string, on = true): Promise<Outcome<null>> => {
    const type = on ? "reaction.added" : "reaction.removed";
    const path = `/reactions/${encodeURIComponent(emoji)}`;
    return this.#change(seq, { type, emoji }, on ? "PUT" : "DELETE", path);
  };

  pin = (seq: number, on = true): Promise<Outcome<null>> => {
    const type = on ? "message.pinned" : "message.unpinned";
    return this.#change(seq, { type }, on ? "PUT" : "DELETE", "/pin");
  };

  thread = (seq: number): FollowedThread => {
    const known = this.#threads.get(seq);
    if (known) return known;
    const thread = new FollowedThread(seq, {
      list: this.#listWorld,
      clock: this.#world.clock,
      finder: this.#finder,
      standing: () => this.#standing(),
      open: (opened) => {
        this.#open.add(opened);
        const release = this.#lease.hold();
        return () => {
          this.#open.delete(opened);
          release();
        };
      },
    });
    this.#threads.set(seq, thread);
    return thread;
  };

  upload = (blob: Blob, options?: UploadOptions): Promise<Outcome<SharedFile>> =>
    upload(this.#world, this.id, blob, options);

  markUnread = async (seq: number): Promise<Outcome<null>> => {
    const marked = await this.#marks.back(seq - 1);
    return marked.ok ? succeed(null) : marked;
  };

  setLevel = (level: Level): Promise<Outcome<null>> =>
    this.#world.http.ask("PUT", `${roomPath(this.id)}/level`, { body: { level } });

  setTyping = (): void => {
    const now = this.#world.clock.now();
    if (this.#link === null || Math.abs(now - this.#typed) < TYPING_PACE) return;
    this.#typed = now;
    void this.#link.tell({ type: "set-typing", room: this.id });
  };

  close(): void {
    for (const thread of this.#threads.values()) thread.close();
    this.#receipts.close();
    this.#lease.close();
    this.#marks.close();
  }

  #start(): () => void {
    const { connection, outbox } = this.#world;
    const undo = [
      connection.hold(),
      outbox.listen(this.id, {
        changed: this.#publish,
        sent: (message) => this.#keepStored(message),
        // Who listens before they send hears what they sent; and what the server lost goes first.
        isReady: () => this.#reader.phase === "live" || this.#reader.phase === "refused",
      }),
      connection.state.subscribe(() => {
        this.#pages.look();
        this.#publish();
      }),
      connection.use({
        linked: (link, user) => this.#linked(link, user),
        unlinked: () => this.#unlinked(),
      }),
    ];
    this.#publish();
    return () => {
      for (const each of undo.toReversed()) each();
      this.#list.stop();
      this.#unlinked();
      // Nobody tells of its end from here on, and nothing of it may be held after that.
      if (this.#room?.kind !== "ephemeral") return;
      this.#reader.forget();
      this.#list.reset();
      this.#publish();
    };
  }

  #linked(link: Link, user: User): void {
    this.#link = link;
    this.#typed = 0;
    this.#recognize(user);
    this.#finder.linked();
    this.#authors.linked();
    this.#reader.linked(link);
  }

  #unlinked(): void {
    this.#link = null;
    this.#receipts.forget();
    this.#authors.unlinked();
    this.#finder.unlinked();
    this.#reader.unlinked();
  }

  /** They may have another name or picture since, or be another. */
  #recognize(user: User | null): void {
    if (user === null) return;
    const before = this.#me;
    this.#me = user;
    // Another person sees the room with other eyes, and perhaps not at all.
    if (before && before.id !== user.id) {
      this.#room = null;
      this.#reader.forget();
      this.#authors.forget();
      this.#target.reset();
      for (const { list } of [{ list: this.#list }, ...this.#threads.values()])
        list.uploads.forget();
    }
    this.#authors.meet([user]);
  }

  /** Who was sent away, and let in again, looks again; of what was left while nobody looked, nothing is held. */
  #reconsider(): void {
    const entry = this.#listed();
    const isOut = this.#world.connection.inbox.get().status === "loaded" && !entry;
    if (isOut && this.#entry && this.#link === null) this.#reader.release();
    // Who went and came within a moment was never seen to be away.
    if (entry && entry !== this.#entry) {
      this.#reader.again();
      this.#marks.is(entry.read);
    }
    this.#entry = entry;
  }

  #listed(): InboxEntry | undefined {
    const { rooms } = this.#world.connection.inbox.get();
    return rooms.find(({ room }) => room.id === this.id);
  }

  // ---- what the log says

  readonly #target: LogTarget = {
    began: (page) => {
      this.#authors.meet(Object.values(page.users));
      this.#list.begin(page);
      const left = page.messages.findLast(({ id }) => this.#lost?.includes(id));
      if (this.#lost) this.#world.outbox.lost(this.id, left?.seq ?? 0);
      this.#lost = null;
      for (const message of page.messages) this.#world.outbox.arrived(message);
      this.#changes.anew();
      this.#pages.look();
      this.#publish();
    },
    opened: (room) => {
      this.#room = room;
      if (room.kind === "ephemeral") this.#world.outbox.unkeep(this.id);
      // What was told before belongs to another opening.
      this.#company.forget();
      this.#receipts.open();
      this.#finder.again();
      this.#publish();
    },
    events: (events) => this.#take(events),
    signal: (signal) => {
      if (signal.kind === "read") this.#receipts.hear(signal);
      else {
        this.#greet(signal.kind === "presence" ? signal.online : [signal.user]);
        this.#company.hear(signal);
      }
    },
    reset: (isLost) => {
      const held = this.messages.get() as readonly SentMessage[];
      this.#lost = isLost ? (this.#lost ?? held.map(({ id }) => id)) : null;
      for (const list of this.#lists()) list.reset();
      this.#finder.reset();
      this.#publish();
      for (const listener of this.#onReset) report(listener);
    },
    changed: () => {
      if (this.#reader.phase !== "live") this.#company.forget();
      this.#pages.look();
      this.#publish();
      this.#world.outbox.ready(this.id);
    },
  };

  #take(events: readonly Event[]): void {
    for (const event of events) if (this.#room) this.#room = roomAfter(this.#room, event);
    this.#hearNames(events);
    for (const list of this.#lists()) list.take(events);
    // Also what no list holds, and what was sent under the name before this one.
    for (const event of events) {
      this.#world.outbox.take(this.id, event);
      this.#receipts.take(event);
      if ("text" in event || event.type === "reaction.added") this.#authors.lookUp(namedIn(event));
    }
    this.#finder.take(events);
    this.#company.take(events);
    this.#changes.take(events);
    this.#pages.take(events);
    this.#publish();
    for (const event of events) this.#tell(event);
  }

  #hearNames(events: readonly Event[]): void {
    for (const event of events) {
      if (event.type === "member.joined") this.#greet([event.user]);
      if (event.type !== "member.changed") continue;
      this.#authors.meet([{ ...this.user(event.user.id), ...event.user }]);
      // One's own, changed from another tab or device.
      const me = this.#me;
      if (me?.id === event.user.id && me.name !== event.user.name)
        this.#world.connection.rename({ ...me, ...event.user });
    }
  }

  /** They are named beside something else; of who is known already it may say less. */
  #greet(users: readonly Author[]): void {
    this.#authors.meet(users.filter(({ id }) => !this.user(id)));
  }

  #tell(event: Event): void {
    for (const listener of this.#listeners.get(event.type) ?? []) report(() => listener(event));
  }

  #lists(): readonly HeldList[] {
    return [this.#list, ...[...this.#open].map(({ list }) => list)];
  }

  #held(seq: number): SentMessage | undefined {
    for (const list of this.#lists()) {
      const item = list.at(seq);
      if (item) return item;
    }
    return undefined;
  }

  #at(seq: number): SentMessage | undefined {
    return this.#held(seq) ?? this.#finder.at(seq);
  }

  #arrived(item: SentMessage): void {
    this.#authors.lookUp(namedIn(item));
    this.#world.outbox.arrived(item);
  }

  /** It is stored: it keeps its place in the list until its event has come. */
  #keepStored(message: Message): void {
    const item = toSent(message, this.#listWorld.view);
    for (const list of this.#lists()) list.keep(item);
  }

  #renamed(ids: ReadonlySet<string>): void {
    for (const list of this.#lists()) list.rename(ids);
    this.#finder.rename(ids);
    this.#receipts.rename(ids);
    this.#publish();
  }

  #worldOfLists(): ListWorld {
    const { outbox } = this.#world;
    const me = () => this.#me?.id ?? null;
    return {
      view: {
        get me() {
          return me();
        },
        author: this.#authors.get,
      },
      told: () => this.#reader.seq,
      changes: this.#changes,
      uploading: {
        upload: this.upload,
        drop: (file) => this.#world.http.call("DELETE", pathOfFile(file)),
      },
      page: (query, signal, apply) => this.#page(query, signal, apply),
      unsent: () => this.#unsent,
      add: (entry) => {
        const after = this.#reader.cursor;
        const ephemeral = (this.#room ?? this.#listed()?.room)?.kind === "ephemeral";
        // Whoever writes on after this is told to write at once.
        this.#typed = 0;
        return outbox.add({ ...entry, room: this.id, ephemeral, after });
      },
      arrived: (item) => this.#arrived(item),
      markRead: (seq, thread) => this.#marks.mark(seq, thread),
      changed: this.#publish,
    };
  }

  /** Follows the room until the page is there. */
  async #page(...[query, signal, apply]: Parameters<ListWorld["page"]>): Promise<Outcome<null>> {
    const release = this.#lease.hold();
    const read = await this.#read(`/messages?${query}`, signal, apply);
    release();
    return read;
  }

  #read(...[path, signal, apply]: Parameters<ListWorld["page"]>): Promise<Outcome<null>> {
    return this.#pages.read(path, signal, (page, events) => {
      this.#authors.meet(Object.values(page.users));
      // Names that were given after the page was read.
      this.#hearNames(events);
      apply(page, events);
    });
  }

  #change(
    seq: number,
    wanted: Wanted,
    method: string,
    path: string,
    body?: object,
  ): Promise<Outcome<null>> {
    const at = `${roomPath(this.id)}/messages/${seq}${path}`;
    return this.#changes.make({ seq, wanted, call: body ? [method, at, body] : [method, at] });
  }

  // ---- what is seen of it

  #publish = (): void => {
    const unsent = this.#world.outbox.entries(this.id).map((entry) => this.#viewOf(entry));
    if (!isSame(this.#unsent, unsent)) this.#unsent = unsent;
    this.#list.publish();
    const next: RoomState = {
      ...this.#standing(),
      room: this.#room,
      messages: this.#list.messages.get(),
      unsent: this.#unsent,
      older: this.#list.older,
      newer: this.#list.newer,
      kept: this.#world.outbox.isKept(this.id),
    };
    if (!isSame(this.#state.get(), next)) this.#state.set(next);
    this.#finder.look();
    for (const thread of this.#open) thread.publish();
  };

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

  #viewOf(entry: Entry): UnsentMessage {
    const author = entry.by === null ? this.#me : this.user(entry.by);
    const known = this.#views.get(entry);
    if (known && known.author === author) return known;
    const view = toUnsent(entry, author);
    this.#views.set(entry, view);
    return view;
  }
}
