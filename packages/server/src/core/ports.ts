import type {
  Can,
  Cursor,
  FileId,
  GapReason,
  Invite,
  Level,
  Member,
  Position,
  PresenceSetting,
  Result,
  Role,
  RoomId,
  RoomKind,
  SessionId,
  SharedFile,
  Status,
  User,
  UserId,
} from "@snug/protocol";
import type { Action } from "./authorize.ts";

/**
 * What the core needs of the world. An engine is a store, the bytes of files beside
 * it, the backplane that belongs to it, and the other nodes that share them.
 */
export interface Engine {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly backplane: Backplane;
  /** `noPeers` where the data has one owner. */
  readonly peers: Peers;
  /** Ends what is under way, then lets go of the data. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * The durable log and the records. A promise of a change is kept only after
 * the change is as durable as `durability` says. Methods throw `StoreError`
 * when the store cannot serve, and `RoomGone`; whatever else a peer may cause
 * is a value. Each call is one step: what it checks still holds when it changes.
 */
export interface Store
  extends RoomStore, LogStore, ReadStore, SearchStore, FileStore, PeopleStore, CredentialStore {
  readonly durability: "memory" | "disk" | "replicated";
  /** Answers after all changes before it, when the store can be reached; else throws. */
  probe(): Promise<void>;
}

export interface RoomStore {
  room(id: string): Promise<RoomRecord | null>;
  /** Whether a room of this id was destroyed within `limits.goneMs`. */
  isGone(id: string): Promise<boolean>;
  /** The rooms this user is in (`mine`), those and all public ones (`visible`), or every room. */
  roomsFor(user: UserId, which: "mine" | "visible" | "all"): Promise<RoomFor[]>;
  /** Rooms with an end, soonest first. */
  expiring(): Promise<{ id: RoomId; expiresAt: number }[]>;
  /** Makes a room and its first members. `exists`: one of this id, or with the same `directKey`, is there. */
  addRoom(
    room: NewRoom,
    joins?: readonly Draft[],
  ): Promise<
    | { readonly kind: "added" }
    | { readonly kind: "exists"; readonly id: RoomId }
    | { readonly kind: "name_taken" }
  >;
  /**
   * Erases the room and all that was in it, so that no byte of its texts is
   * left on the disk; only a hash of its id is kept. False if there is none.
   * The backplane tells every node.
   */
  destroyRoom(room: RoomId): Promise<boolean>;

  /** How this user stands to the room. */
  standing(room: RoomId, user: UserId): Promise<{ role: Role | null; banned: boolean }>;
  /** No trim forgets it. `null`: they were never in, or as far as is known. */
  lastRole(room: RoomId, user: UserId): Promise<LastRole | null>;
  /**
   * Whether it is remembered that this user may post here, where a look takes a way there and
   * back. It may be another by now: `append` looks, and whoever is refused is told why by a look.
   */
  mayPost(room: RoomId, user: UserId): boolean;
  members(room: RoomId): Promise<Member[]>;
  /** Those of the room's members who have one of these ids, or one of these usernames in any case. */
  membersNamed(
    room: RoomId,
    names: { readonly ids: readonly string[]; readonly usernames: readonly string[] },
  ): Promise<User[]>;
  banned(room: RoomId): Promise<User[]>;
  /** False if `by` may not do it (any more). */
  unban(room: RoomId, user: UserId, by: UserId): Promise<boolean>;

  /** False if who makes it may not (any more): they left, or the room was archived. */
  addInvite(room: RoomId, invite: NewInvite): Promise<boolean>;
  /** Those that can still be used. */
  invites(room: RoomId): Promise<Invite[]>;
  endInvite(room: RoomId, id: string): Promise<boolean>;
  /** Where an invite leads that can still be used. */
  invite(hash: string): Promise<{ room: RoomId; can: Can } | null>;
}

export interface LogStore {
  /**
   * Stores one event at the end of its room's log, or finds the one that the
   * same sender stored under the same `clientId`. Called in order, stored in
   * order, room by room.
   */
  append(draft: Draft): Promise<Appended>;
  /** What stands after a cursor, or why it cannot be told (`gap`); see `locate`. */
  read(room: RoomId, after: Cursor | null, most: { events: number; bytes: number }): Promise<Slice>;
  /** Messages as they are now, edits, reactions and pins folded in (`fold` of the protocol). */
  messages(room: RoomId, window: Window): Promise<MessagePage>;
  /** The message at `seq` as it is now, if there is one. */
  message(room: RoomId, seq: number): Promise<StoredEvent | null>;
  /** What a message said before it was edited, oldest first, and since when; none of a deleted one. */
  edits(room: RoomId, seq: number): Promise<{ text: string; at: number }[]>;
  /** Pinned messages as they are now, the one that was pinned last first. */
  pins(room: RoomId): Promise<StoredEvent[]>;
  /**
   * Erases all events up to `upTo`. Numbers, epoch and younger cursors stay
   * good, and a repeated send is still known as one.
   */
  trim(room: RoomId, upTo: number): Promise<void>;
}

/**
 * How far each user has read. What is unread is told from the log and the read
 * place at each look, and equals a recount of the whole log (UNR1); nothing is
 * counted up or down by itself.
 */
export interface ReadStore {
  /** Of the rooms that this user is in, all or those named. */
  readings(user: UserId, rooms?: readonly RoomId[]): Promise<Map<RoomId, Reading>>;
  /** The same of one room, for those of these users who are in it: what many need costs little more than one. */
  readingsIn(room: RoomId, users: readonly UserId[]): Promise<Map<UserId, Reading>>;
  /** `null`: the user is not in the room, or has no such thread. */
  markRead(room: RoomId, user: UserId, mark: ReadMark): Promise<{ moved: boolean } | null>;
  /** False if they are not in the room. */
  setLevel(room: RoomId, user: UserId, level: Level): Promise<boolean>;
  /** Where the members who let others see it have read to; not of those whose place is where they came in (`toldPlace`). */
  reads(room: RoomId): Promise<Map<UserId, number>>;
  /**
   * The threads that this user follows in the room: those they began, replied in
   * or were mentioned in (by name); the one with the newest reply first.
   */
  threads(room: RoomId, user: UserId, most: number): Promise<Thread[]>;
}

/**
 * Records of files; their bytes are in `Blobs`. A record goes in the step in which
 * the message, room or account goes that it belongs to, or by the calls below;
 * from then on the file is lost until its bytes are gone too.
 */
export interface FileStore {
  /** Speaks for a file before its first byte comes: it counts from then on, and cannot be left behind. */
  beginFile(file: NewFile, most: FileSpace): Promise<{ readonly kind: "begun" } | Refused>;
  /** It is whole. False if its room, its uploader or its time is over: it is lost. */
  finishFile(file: SharedFile, preview: number | null): Promise<boolean>;
  /** Gives up one of this user's that no message holds, whole or not. False: there is none; it is lost all the same. */
  dropFile(id: string, by: UserId): Promise<boolean>;
  /** One that is whole. */
  file(id: string): Promise<FileRecord | null>;
  /** Gives up what was begun before one time and is not whole, and what no message holds from before another. */
  expireFiles(before: { readonly begun: number; readonly unposted: number }): Promise<void>;
  /** Those whose bytes may still be there, in no order. */
  lostFiles(): Promise<string[]>;
  /** Their bytes are gone. */
  forgetLost(ids: readonly string[]): Promise<void>;
  /** Chance that signs addresses of files: the same for as long as there is the store. */
  linkKey(): Promise<Uint8Array>;
}

export interface NewFile {
  readonly id: FileId;
  readonly room: RoomId;
  readonly by: UserId;
  readonly at: number;
  /** How many bytes it may come to; what it came to counts later. */
  readonly size: number;
}

/** Bytes that files may take, and how many one user may have begun at one time. */
export interface FileSpace {
  readonly perUser: number;
  readonly inAll: number;
  readonly atOnce: number;
}

export interface FileRecord {
  readonly file: SharedFile;
  /** Where it was uploaded to, and alone may be posted. */
  readonly room: RoomId;
  readonly by: UserId;
  /** The message that holds it. */
  readonly seq: number | null;
  /** Bytes of its preview, if it has one. */
  readonly preview: number | null;
}

/** Bytes by name. Methods throw `StoreError` when they cannot serve. */
export interface Blobs {
  /**
   * Keeps these bytes in the place of what was there, and answers with their
   * number once they are as durable as a commit. Where the source throws, that is
   * thrown on, and nothing is left of them.
   */
  put(name: string, bytes: AsyncIterable<Uint8Array>): Promise<number>;
  /** From one byte up to before another; `null`: there is nothing of this name. */
  read(name: string, from: number, to: number): Promise<Blob | ReadableStream<Uint8Array> | null>;
  /** Also of what a process that ended had begun to put. */
  remove(name: string): Promise<void>;
}

/** Makes pictures fit to be shown. */
export interface Pictures {
  /** `null`: it is none that can be shown safely. Its bytes are asked for when its turn comes. */
  prepare(type: string, load: () => Promise<Uint8Array>): Promise<Picture | null>;
}

export interface Picture {
  /** The same picture without what was written into it of its maker, place and time; `null`: nothing was. */
  readonly bytes: Uint8Array | null;
  /** As it is to be shown. */
  readonly width: number;
  readonly height: number;
  /** A blurred likeness, as a `data:` address. */
  readonly placeholder: string | null;
  /** A smaller one, WebP, where that is worth it. */
  readonly preview: Uint8Array | null;
}

export interface Reading {
  readonly level: Level;
  /** When the newest event of the room's log happened; when the room was made, where it has none. */
  readonly at: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  /** Followed threads with unread replies. */
  readonly threads: number;
}

export interface ReadMark {
  /** A number above the head counts as the head. */
  readonly seq: number;
  /** Whether the place may move back, by `limits.readBackMax` at most. */
  readonly back: boolean;
  /** The message whose thread was read; `null`: the room itself. */
  readonly thread: number | null;
}

export interface Thread {
  readonly seq: number;
  /** The message that began it, as it is now; `null` where it cannot be read. */
  readonly root: StoredEvent | null;
  readonly read: number;
  readonly unread: number;
}

export interface SearchStore {
  /**
   * Messages of these rooms that match (`matches` of core/search), in threads too, as
   * they are now, the one that was stored last first. A message is found from its
   * commit on, and what was deleted, cleared or destroyed no more. One step looks at
   * so many messages at most; where `next` is not `null`, there is more to look at.
   */
  search(sought: Sought): Promise<Found>;
}

export interface Sought extends Criteria {
  /** These; or wherever this user is a member, and in public rooms that do not ban them. */
  readonly rooms: readonly RoomId[] | { readonly visibleTo: UserId };
  /** Only what was stored before this message. */
  readonly before: Spot | null;
  readonly most: number;
}

/** What a message must be like. */
export interface Criteria {
  /** As `fold` makes them, and none of them empty. Each is in the message; `without`: none is. */
  readonly terms: readonly string[];
  readonly without: readonly string[];
  /** Whoever wrote it is one of these; `null`: anybody. Where there are no terms, it is not `null`. */
  readonly by: ReadonlySet<UserId> | null;
  readonly notBy: ReadonlySet<UserId>;
  /** Unix milliseconds: from this moment on, and until before that one. */
  readonly since: number | null;
  readonly until: number | null;
}

export interface Found {
  readonly hits: readonly { readonly room: RoomId; readonly message: StoredEvent }[];
  /** The last message that was looked at, if there are others before it. */
  readonly next: Spot | null;
}

/** A message's place. */
export interface Spot {
  readonly room: RoomId;
  readonly seq: number;
}

export interface PeopleStore {
  /** Whether the two are in a room together. */
  acquainted(one: UserId, other: string): Promise<boolean>;
  users(ids: readonly string[]): Promise<User[]>;
  /** Those who share a room with this user, or have an account, whose name or username begins so. */
  findUsers(user: UserId, beginning: string, most: number): Promise<User[]>;
  /** Everybody who has this name (`nameKey`), however many they are. */
  namesakes(name: string): Promise<UserId[]>;
  allUsers(): Promise<(User & { admin: boolean; createdAt: number })[]>;

  /** In one step: the user, the session, and the events of joining. */
  addUser(
    user: NewUser,
    session: NewSession,
    joins: readonly Draft[],
  ): Promise<{ kind: "added"; admin: boolean } | { kind: "username_taken" } | Refused>;
  /**
   * A guest becomes an account, and stays who they are, in one step with these
   * events, their joins among them; or nothing happens. All that was given to the
   * guest ends with it: it is worth more now, and may be in other hands.
   */
  addAccount(
    user: UserId,
    name: string | null,
    account: NewAccount,
    session: NewSession,
    drafts: readonly Draft[],
  ): Promise<
    | { kind: "added"; admin: boolean; user: User }
    | { kind: "username_taken" }
    | { kind: "not_guest" }
    | Refused
  >;
  /** Somebody whom the host named, and the end of the token that they are called by. */
  hostUser(id: UserId): Promise<{ user: User; namedUntil: number } | null>;
  /**
   * Makes somebody whom the host names. Who is there already is called so only if
   * no token that ends as late called them otherwise. `null`: they were erased.
   */
  putHostUser(user: HostUser): Promise<{ user: User; renamed: boolean } | null>;
  /** Whose username this is, in any case. */
  account(username: string): Promise<{ user: User; passwordHash: string } | null>;
  passwordHash(user: UserId): Promise<string | null>;
  settings(user: UserId): Promise<Settings>;
  /** With whom this user shares a room of at most `most` members. */
  companions(user: UserId, most: number): Promise<UserId[]>;
  /** When they were last here; kept for `status`. */
  sawUser(user: UserId, at: number): Promise<void>;
  lastSeen(users: readonly UserId[]): Promise<Map<UserId, number>>;
  /** `null`: their password is another than `was` by now, and nothing was changed. */
  changeUser(user: UserId, change: UserChange): Promise<User | null>;
  /**
   * Their name goes everywhere, from the logs too; sessions end. What they said
   * stays. Nothing that was under way brings them back: they join no room, and
   * a session that is added is none.
   */
  eraseUser(user: UserId, leaves: readonly Draft[]): Promise<void>;
}

export interface CredentialStore {
  /**
   * False, and nothing is added, if the user was erased, or if the password by
   * which they sign in is not theirs any more: to check one takes its time.
   */
  addSession(user: UserId, session: NewSession, passwordHash?: string): Promise<boolean>;
  /** Whose session or token this is; counts as its use. */
  session(tokenHash: string): Promise<Signed | null>;
  /** The same of a session by its id; nothing is used by it. */
  sessionById(id: string): Promise<Signed | null>;
  /** Devices (`device`) or what programs use (`token`). */
  sessions(user: UserId, kind: NewSession["kind"]): Promise<SessionRecord[]>;
  /** False if this user has no such device, or no such token. The backplane tells every node. */
  endSession(user: UserId, session: string, kind: NewSession["kind"]): Promise<boolean>;
  /** All devices of this user but one. */
  endSessions(user: UserId, except: SessionId | null): Promise<void>;
}

/** Carries what was committed, on any node, to this node's listeners. */
export interface Backplane {
  listen(listener: BackplaneListener): () => void;
}

export interface BackplaneListener {
  /** Called in log order for each room, only after the commit. */
  committed(batch: Committed): void;
  /** After the commit. `thread` as in `ReadMark`; `shown`: others may see it; `seq`: as they are told it (`toldPlace`). */
  readMoved(
    room: RoomId,
    user: UserId,
    read: { seq: number; thread: number | null; shown: boolean },
  ): void;
  /** Only for themselves something is another now: the level. */
  levelChanged(room: RoomId, user: UserId): void;
  /** Their presence setting is another now. */
  presenceChanged(user: UserId): void;
  sessionEnded(session: SessionId): void;
  /** With the user all their sessions ended; whom the host vouches for has none. */
  userErased(user: UserId): void;
  roomDestroyed(room: RoomId, kind: RoomKind): void;
  /**
   * The store lost or replaced history, or may have: whatever was known of it is to be
   * looked at anew. Nothing that was committed since is told before this resolves; where
   * it throws a `StoreError` it is called again. The embedded engine never does it.
   */
  storeReplaced(): Promise<void>;
  /**
   * For a while this node heard nothing. What its listeners know of rooms that it was told
   * of before has been made up for; what happened in others, what is in no log of them, and
   * which rooms there are may be another now. The embedded engine never does it.
   */
  wasDeaf(): void;
}

/**
 * What the nodes of one house tell each other and store nowhere. A node lives, for
 * the others, from its first `listen` on, under a name of this life: a process that
 * starts again is another node, and so is one that was missed and is back.
 *
 * An engine with several nodes keeps all of this:
 *
 * - What one node told is heard by each other that lives: once, in the order in which
 *   it was told, within half a second.
 * - What was not heard is noticed within `limits.nodeLookMs`, the very last of it too:
 *   then whoever told it hears `wanted`. (A number in each telling, and the last one
 *   with each renewal of the lease.)
 * - A node lives as long as its lease, of `limits.nodeLeaseMs`, which it renews some
 *   times in that. The others look every `limits.nodeLookMs` for whose has run out:
 *   `gone`, once. Who says goodbye as its engine closes is gone at once.
 * - A node that could not renew, or not hear, for as long as a lease takes all the
 *   others to be gone, whether it can reach anything just now or not, by a clock that
 *   does not jump. It has been missed meanwhile, so it comes back under a new name.
 */
export interface Peers {
  /** The other nodes that live, as far as is known. */
  readonly others: ReadonlySet<string>;
  /** To all of them; some KB, seldom more than 50. Never throws and never waits; what cannot be carried was not heard. */
  tell(text: string): void;
  listen(listener: PeersListener): () => void;
}

export interface PeersListener {
  /** What another node told; never after it is `gone`. */
  told(node: string, text: string): void;
  /** Another node came, and is among the `others`, or may not have heard all: whatever stands is to be told anew. */
  wanted(): void;
  /** That node lives no more, or has not been heard of for as long. */
  gone(node: string): void;
}

/**
 * Who is here, by the connections that live at this moment: nothing of it is
 * stored, so that nobody stays after a crash. All of it as others may know it:
 * the invisible are nowhere.
 */
export interface Roster {
  /** Who has the room open. */
  present(room: RoomId): Promise<UserId[]>;
  /** How each of these people is. */
  statusOf(users: readonly UserId[]): Promise<Map<UserId, Status>>;
  /** Tells those who have the room open, unless they were told a moment ago. */
  setTyping(room: RoomId, user: UserId): void;
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
  /** The place after which the events stand; of no meaning where there are none. */
  readonly from: Position;
  /** Consecutive, oldest first; none where somebody outside was banned. */
  readonly events: readonly StoredEvent[];
  /** What they changed beside the log. */
  readonly effects: readonly Effect[];
}

export interface StoredEvent extends Position {
  /** The event as JSON: the stored text is the text that is sent. */
  readonly json: string;
}

/** An event before the store gave it number and time. */
export interface Draft {
  readonly room: RoomId;
  readonly id: string;
  readonly type:
    | "message.posted"
    | "message.edited"
    | "message.deleted"
    | "message.pinned"
    | "message.unpinned"
    | "reaction.added"
    | "reaction.removed"
    | "room.cleared"
    | "member.joined"
    | "member.left"
    | "member.removed"
    | "member.changed"
    | "room.updated";
  readonly by: UserId;
  /**
   * What `by` must be allowed to in the step that stores it, by the roles of that
   * moment: others may have been quicker. `null`: it is theirs to do whatever
   * they are, or the server's own doing.
   */
  readonly needs: Action | null;
  /** Stored in its place, in the same step, where `by` may not do this. */
  readonly instead?: Draft;
  readonly clientId: string | null;
  /** The members of the JSON object that the store does not give; see event-text.ts. */
  readonly body: string;
  /** What changes beside the log, in the same step. */
  readonly effect: Effect | null;
}

export type Effect =
  /** `invite`: the hash of the one that is used up by it. */
  | {
      readonly kind: "join";
      readonly user: UserId;
      readonly role: Role;
      readonly invite: string | null;
    }
  /** Of a member. With `ban` the ban stands also when they were none. */
  | { readonly kind: "leave"; readonly user: UserId; readonly ban: boolean }
  | { readonly kind: "role"; readonly user: UserId; readonly role: Role }
  | { readonly kind: "room"; readonly change: RoomChange }
  | MessageEffect;

/** What happens to messages. `target` is a number; a message that is not there, or deleted, is `message_not_found`. */
export type MessageEffect =
  /** A message with a place of its own, or with mentions; plain ones have no effect. */
  | {
      readonly kind: "post";
      /** Is there, and not deleted. */
      readonly replyTo: number | null;
      /** Is there, not deleted, and in no thread itself. */
      readonly thread: number | null;
      /** Ids of users, and `@room`. Who is not in the room is not counted. */
      readonly mentions: readonly string[];
      /** Ids of files of the sender's in this room, whole and held by no message; they are held from now on. */
      readonly files: readonly string[];
    }
  | {
      readonly kind: "edit";
      readonly target: number;
      readonly text: string;
      readonly mentions: readonly string[];
    }
  /** Takes text, files and edits out of the events that carried them, so that no byte is left on the disk. */
  | { readonly kind: "delete"; readonly target: number }
  | {
      readonly kind: "react";
      readonly target: number;
      readonly emoji: string;
      readonly on: boolean;
    }
  | { readonly kind: "pin"; readonly target: number; readonly on: boolean }
  /** As `trim`, of all that stands before its event, in the same step; see `clearedText`. */
  | { readonly kind: "clear" };

export interface RoomChange {
  readonly name?: string;
  readonly topic?: string;
  readonly capacity?: number | null;
  readonly archived?: boolean;
}

/** Why an effect did not happen; nothing of its step did. */
export interface Refused {
  readonly kind: "refused";
  readonly why:
    | "room_full"
    | "banned"
    | "invite_spent"
    | "name_taken"
    | "room_gone"
    /** More are in the room than the places it should have. */
    | "crowded"
    /** Nobody would run the room any more. */
    | "last_owner"
    /** Who does it may not any more: they left, or have another role, or the room was archived. */
    | "not_allowed"
    /** Nobody joins it any more. */
    | "archived"
    /** Who should join was erased. */
    | "user_gone"
    /** The message that it is about is not there, or was deleted. */
    | "message_not_found"
    /** A file that it names is not there, not the sender's, of another room, or held by another message. */
    | "file_not_found"
    /** The files of this user, or all together, would take more space than they may. */
    | "user_files_full"
    | "files_full"
    /** This user has as many uploads under way as they may. */
    | "uploads_busy"
    /** As many emoji, reactions, pins or edits as there may be are there already. */
    | "too_many";
}

export type Appended =
  | { readonly kind: "stored" | "repeated"; readonly event: StoredEvent }
  /** The effect was there already: no event. */
  | { readonly kind: "unchanged" }
  /** The `clientId` stands for another body already. */
  | { readonly kind: "conflict" }
  | Refused;

export interface Slice {
  readonly epoch: string;
  /** Where `events` begins: the place after which they stand. */
  readonly from: Position;
  /** Why `from` is not the place that was asked for. */
  readonly gap: Exclude<GapReason, "too_far"> | null;
  readonly events: readonly StoredEvent[];
  readonly head: Position;
}

/** `thread`: of this message's thread, itself first; `null`: all that is in no thread. */
export type Window = { readonly limit: number; readonly thread: number | null } & (
  { readonly at: "end" } | { readonly at: "before" | "after" | "around"; readonly seq: number }
);

export interface MessagePage {
  readonly epoch: string;
  readonly messages: readonly StoredEvent[];
  /** Numbers of stored messages within the page that cannot be read. */
  readonly unreadable: readonly number[];
  /** Up to where the page tells all there is: the head, or the last message if newer ones follow. */
  readonly until: Position;
  /** The newest event's number: the messages are as they were right after it. */
  readonly head: number;
}

export interface NewRoom {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly name: string;
  readonly topic: string;
  readonly createdAt: number;
  readonly createdBy: UserId | null;
  readonly epoch: string;
  readonly expiresAt: number | null;
  readonly capacity: number | null;
  /** The same for the same people: a direct room is there once. */
  readonly directKey: string | null;
}

export interface RoomRecord extends Omit<NewRoom, "directKey"> {
  readonly archived: boolean;
  readonly head: Position;
  readonly memberCount: number;
}

/** A room, and how a user stands to it. */
export interface RoomFor extends RoomRecord {
  readonly role: Role | null;
  readonly banned: boolean;
}

/** What somebody is in a room, or last was. */
export interface LastRole {
  readonly role: Role;
  /** What somebody else made them last, if anybody did. */
  readonly byOthers: Role | null;
}

export interface NewInvite {
  readonly id: string;
  readonly hash: string;
  readonly can: Can;
  readonly uses: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly createdBy: UserId;
}

export interface NewUser {
  readonly id: UserId;
  readonly name: string;
  readonly createdAt: number;
  readonly account: NewAccount | null;
}

/** Somebody who has no account here, and whom the host vouches for. */
export interface HostUser {
  readonly id: UserId;
  readonly name: string;
  /** Empty for none. */
  readonly avatar: string;
  readonly createdAt: number;
  /** Of the token that says so. */
  readonly expiresAt: number;
}

export interface NewAccount {
  readonly username: string;
  readonly passwordHash: string;
  /**
   * What happens besides if they become administrator, as they do where there is
   * none yet; `null`: they do not.
   */
  readonly asAdmin: readonly Draft[] | null;
}

export interface Settings {
  readonly presence: PresenceSetting;
  /** Whether others see how far one has read, unless one is invisible. */
  readonly receipts: boolean;
}

export interface UserChange {
  readonly name?: string;
  /** Empty for none. */
  readonly avatar?: string;
  readonly presence?: PresenceSetting;
  readonly receipts?: boolean;
  /** A new one in place of the one that was proven; all devices but `keeps` end with that. */
  readonly password?: { readonly hash: string; readonly was: string; readonly keeps: SessionId };
}

export interface NewSession {
  readonly id: SessionId;
  readonly kind: "device" | "token";
  readonly tokenHash: string;
  readonly device: string;
  readonly createdAt: number;
  /** What it is good for; `null`: for all that its user may do. */
  readonly scope: Scope | null;
  readonly expiresAt: number | null;
}

/** Checks tokens of the app that Snug is a part of. */
export interface HostTokens {
  /** What a token says, or what is wrong with it, in words that hold none of it. */
  read(token: string): Promise<Result<HostClaims>>;
}

export interface HostClaims {
  /** Whom the host means, in its own words. */
  readonly subject: string;
  readonly name: string;
  /** Empty for none. */
  readonly avatar: string;
  /** The only rooms it opens. */
  readonly rooms: ReadonlyMap<string, Can>;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** One room, and what may be done there. */
export interface Scope {
  readonly room: RoomId | null;
  readonly can: Can;
}

/** Who a token stands for. */
export interface Signed {
  readonly id: SessionId;
  readonly user: User;
  readonly admin: boolean;
  readonly scope: Scope | null;
  readonly expiresAt: number | null;
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly device: string;
  readonly createdAt: number;
  readonly usedAt: number;
  readonly scope: Scope | null;
  readonly expiresAt: number | null;
}

/** Slow and salted hashes of passwords. `null`: too many wait already, and nothing was done. */
export interface Passwords {
  hash(password: string): Promise<string | null>;
  /** For `null`, where there is no account, it takes as long and is false. */
  verify(password: string, hash: string | null): Promise<boolean | null>;
}

/**
 * What a method throws that is asked about a room which is not there: it was
 * destroyed since it was looked up.
 */
export class RoomGone extends Error {}

/** The store could not serve. Nothing was changed, unless it was asked to and did not answer. */
export class StoreError extends Error {
  readonly code: "store_unavailable" | "store_full";
  readonly mayBeDone: boolean;

  constructor(
    code: StoreError["code"],
    { mayBeDone = false, ...options }: ErrorOptions & { mayBeDone?: boolean } = {},
  ) {
    super(code, options);
    this.code = code;
    this.mayBeDone = mayBeDone;
  }
}
