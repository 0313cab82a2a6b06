import type {
  Cursor,
  GapReason,
  Member,
  Position,
  Role,
  RoomId,
  RoomKind,
  SessionId,
  User,
  UserId,
} from "@snug/protocol";

/** What the core needs of the world. An engine is a store and the backplane that belongs to it. */
export interface Engine {
  readonly store: Store;
  readonly backplane: Backplane;
  /** Ends what is under way, then lets go of the data. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * The durable log and the records. A promise of a change is kept only after
 * the change is as durable as `durability` says. Methods throw `StoreError`
 * when the store cannot serve; whatever a peer may cause is a value.
 */
export interface Store {
  readonly durability: "memory" | "disk" | "replicated";
  /** Answers after all changes before it, when the store can be reached; else throws. */
  probe(): Promise<void>;

  room(id: string): Promise<RoomRecord | null>;
  /** The rooms this user is in (`mine`), or those and all public ones (`visible`). */
  roomsFor(user: UserId, which: "mine" | "visible"): Promise<RoomRecord[]>;
  /** Makes a room with an empty log, unless there is one of this id. */
  addRoom(room: NewRoom): Promise<void>;

  role(room: RoomId, user: UserId): Promise<Role | null>;
  members(room: RoomId): Promise<Member[]>;
  /** Whether the two are in a room together. */
  acquainted(one: UserId, other: string): Promise<boolean>;
  users(ids: readonly string[]): Promise<User[]>;

  /** In one step: the user, the session, and the events of joining. */
  addUser(user: User, session: NewSession, joins: readonly Draft[]): Promise<void>;
  /** Whose session this is; counts as its use. */
  session(tokenHash: string): Promise<{ id: SessionId; user: User } | null>;
  sessions(user: UserId): Promise<SessionRecord[]>;
  /** False if this user has no such session. The backplane tells every node. */
  endSession(user: UserId, session: string): Promise<boolean>;

  /**
   * Stores one event at the end of its room's log, or finds the one that the
   * same sender stored under the same `clientId`. Called in order, stored in
   * order, room by room.
   */
  append(draft: Draft): Promise<Appended>;
  /** What stands after a cursor, or why it cannot be told (`gap`); see `locate`. */
  read(room: RoomId, after: Cursor | null, most: { events: number; bytes: number }): Promise<Slice>;
  messages(room: RoomId, window: Window): Promise<MessagePage>;
  /** The event at `seq` if it posted a message. */
  message(room: RoomId, seq: number): Promise<StoredEvent | null>;
  /**
   * Erases all events up to `upTo`. Numbers, epoch and younger cursors stay
   * good, and a repeated send is still known as one.
   */
  trim(room: RoomId, upTo: number): Promise<void>;
}

/** Carries what was committed, on any node, to this node's listeners. */
export interface Backplane {
  listen(listener: BackplaneListener): () => void;
}

export interface BackplaneListener {
  /** Called in log order for each room, only after the commit. */
  committed(batch: Committed): void;
  sessionEnded(session: SessionId): void;
}

export interface Clock {
  /** Unix milliseconds; may jump. */
  now(): number;
  /** Milliseconds since some moment; never jumps. */
  elapsed(): number;
  /** Calls back once after `ms`; returns its undo. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back when all that has arrived by now is dealt with, in the order of the calls. */
  soon(callback: () => void): void;
}

/** Chance. Ids hold 128 bits of it, tokens 256. */
export interface Ids {
  id(): string;
  token(): string;
  /** What is stored of a token. */
  hash(token: string): string;
}

export interface Committed {
  readonly room: RoomId;
  readonly epoch: string;
  /** Consecutive, oldest first, at least one. */
  readonly events: readonly StoredEvent[];
}

export interface StoredEvent extends Position {
  /** The event as JSON: the stored text is the text that is sent. */
  readonly json: string;
}

/** An event before the store gave it number and time. */
export interface Draft {
  readonly room: RoomId;
  readonly id: string;
  readonly type: "message.posted" | "member.joined";
  readonly by: UserId;
  readonly clientId: string | null;
  /** The members of the JSON object that the store does not give; see event-text.ts. */
  readonly body: string;
}

export type Appended =
  | { readonly kind: "stored" | "repeated"; readonly event: StoredEvent }
  /** The `clientId` stands for another body already. */
  | { readonly kind: "conflict" };

export interface Slice {
  readonly epoch: string;
  /** Where `events` begins: the place after which they stand. */
  readonly from: Position;
  /** Why `from` is not the place that was asked for. */
  readonly gap: Exclude<GapReason, "too_far"> | null;
  readonly events: readonly StoredEvent[];
  readonly head: Position;
}

export type Window =
  | { readonly at: "end"; readonly limit: number }
  | { readonly at: "before" | "after" | "around"; readonly seq: number; readonly limit: number };

export interface MessagePage {
  readonly epoch: string;
  readonly messages: readonly StoredEvent[];
  /** Numbers of stored messages within the page that cannot be read. */
  readonly unreadable: readonly number[];
  /** Up to where the page tells all there is: the head, or the last message if newer ones follow. */
  readonly until: Position;
}

export interface NewRoom {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly name: string;
  readonly topic: string;
  readonly createdAt: number;
  readonly createdBy: UserId | null;
  readonly epoch: string;
}

export interface RoomRecord extends NewRoom {
  readonly head: Position;
  readonly memberCount: number;
}

export interface NewSession {
  readonly id: SessionId;
  readonly tokenHash: string;
  readonly device: string;
  readonly createdAt: number;
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly device: string;
  readonly createdAt: number;
  readonly usedAt: number;
}

/** The store could not serve: nothing is known to have changed. */
export class StoreError extends Error {
  readonly code: "store_unavailable" | "store_full";

  constructor(code: StoreError["code"], options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
