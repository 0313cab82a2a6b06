import type {
  Code,
  Event,
  InboxEntry,
  Level,
  Message,
  Result,
  Room,
  SharedFile,
  SignIn,
  SignUp,
  Status,
  User,
} from "@snug/protocol";
import type { CallInput, Calls } from "./calls.ts";
import type { Readable } from "./store.ts";

export interface ChatOptions {
  /** The server's address, such as `https://chat.example.org`; in a page that Snug serves it may be left out. */
  readonly url?: string;
  /**
   * A session's or room's token, or where to get one: called when connecting,
   * and again when the server no longer takes the last one. Without it, a page
   * of the server's own origin signs in by its cookie.
   */
  readonly token?: string | (() => string | Promise<string>);
}

/** The connection to one server. Nothing happens before something is subscribed to or sent. */
export interface Chat {
  readonly connection: Readable<ConnectionState>;
  /** The rooms one is in, and as what; kept true by the server. */
  readonly inbox: Readable<Inbox>;
  /** The public rooms, and one's own; kept true by the server, but for how many are in rooms of others, which is asked for every 30 s. */
  readonly directory: Readable<Directory>;
  /** What calls for oneself in all rooms together, by their levels: for a title or a badge. */
  readonly unread: Readable<Unread>;
  /** How people are with whom one shares a room, by their ids; empty while there is no connection. */
  readonly people: Readable<Readonly<Record<string, Status>>>;
  /** The same object for the same id. */
  room(id: string): ChatRoom;
  /**
   * Where a file is, for `<img>`, `<video>` and links; `preview`: the smaller picture where
   * there is one. `null` until it is known; with a token the address is signed for it.
   */
  fileUrl(id: string, options?: { readonly preview?: boolean }): Readable<string | null>;
  /**
   * Where a room, or without one all of one's own data, is taken away as one archive. A link to
   * it downloads it in a page of the server's own; elsewhere fetch it with the token.
   */
  exportUrl(room?: string): string;
  /** Becomes a guest of this name, and connects as that guest; with an invite, where it leads. */
  becomeGuest(name: string, invite?: string): Promise<Outcome<SignedIn>>;
  /** Makes an account and connects as it; a guest becomes it, and stays who they are. */
  signUp(account: SignUp): Promise<Outcome<SignedIn>>;
  signIn(account: SignIn): Promise<Outcome<SignedIn>>;
  /**
   * Messages in the rooms that one may read, or in one of them, the newest first. What
   * `q` may hold is told in docs/protocol.md. A page may have few hits, or none, and a `next`.
   */
  search(q: string, options?: SearchOptions): Promise<Outcome<SearchPage>>;
  /** Any other call of the HTTP door, as whoever one is: `chat.call("PATCH /v1/rooms/:room", {room, body: {topic}})`. */
  call<Name extends keyof Calls>(
    name: Name,
    input: CallInput<Name>,
  ): Promise<Outcome<Calls[Name]["answer"]>>;
  /** Whether whoever sits here is away from it. Others see somebody as away who is so everywhere. */
  setAway(away: boolean): void;
  /** Ends the session on the server. What waits to be sent stays kept. */
  signOut(): Promise<Outcome<null>>;
  /** Tries at once, also after `refused`. */
  reconnect(): void;
  /** Ends everything; what waits to be sent stays kept. Safe to call twice. */
  close(): void;
}

export interface SearchOptions {
  /** Left out: all rooms that one may read. */
  readonly room?: string;
  /** The `next` of an earlier page, for what is older. */
  readonly next?: string;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** `null` where there is nothing older to look at. */
  readonly next: string | null;
}

export interface SearchHit {
  readonly room: string;
  readonly message: Message;
  readonly author: Author | null;
  /** By id, whoever is mentioned in it, and the others of its page. */
  readonly users: Readonly<Record<string, User>>;
  /** Pieces of the text around what was looked for: every other one, from the second on, is that. */
  readonly highlight: readonly string[];
}

export type ConnectionState =
  | { readonly status: "connecting"; readonly user: User | null }
  | {
      readonly status: "live";
      readonly user: User;
      readonly transport: "websocket" | "sse" | "polling";
    }
  /** Trying again by itself in `retryIn` milliseconds from the moment this state began. */
  | {
      readonly status: "offline";
      readonly user: User | null;
      readonly problem: ClientProblem;
      readonly retryIn: number;
    }
  /** Not trying again by itself: one must sign in, or mend the client. See `problem.code`. */
  | { readonly status: "refused"; readonly user: null; readonly problem: ClientProblem };

export interface SignedIn {
  readonly user: User;
  readonly token: string;
}

export type Inbox =
  | { readonly status: "loading"; readonly rooms: readonly [] }
  | { readonly status: "loaded"; readonly rooms: readonly InboxEntry[] };

export type Directory =
  | { readonly status: "loading"; readonly rooms: readonly [] }
  | { readonly status: "loaded"; readonly rooms: readonly Room[] };

export interface Unread {
  /** Unread messages of rooms whose level is `all`. */
  readonly unread: number;
  /** Messages meant for oneself: mentions in all rooms but those whose level is `none`, and what is unread in direct rooms whose level is `all`. */
  readonly mentions: number;
  /** Followed threads with something unread, in rooms whose level is `all`. */
  readonly threads: number;
}

/** What is held of a list of messages, and how more of it is had. */
export interface MessageList {
  readonly messages: Readable<readonly ChatMessage[]>;
  /**
   * Shows the message at once and sends it when it can be sent, in order, once.
   * Refuses what no server would take (empty, too long), and shows nothing then.
   * Where newer messages are not loaded, the list goes to its end.
   */
  readonly post: (text: string, options?: PostOptions) => Result<Posting>;
  /** Loads the page before the oldest message held. */
  readonly loadOlder: () => Promise<void>;
  /** Loads the page after the newest message held, until the list has joined its end. */
  readonly loadNewer: () => Promise<void>;
  /**
   * Makes the list hold what is around this number, unless it does already. Where it
   * fails, the list stays as it is.
   */
  readonly loadAround: (seq: number) => Promise<Outcome<null>>;
  /** Makes the list hold its end again, and follow it. */
  readonly loadLatest: () => Promise<Outcome<null>>;
  /**
   * One has read up to this number; left out: all that is held. Moves forward only,
   * and is told to the server about once a second.
   */
  readonly markRead: (seq?: number) => void;
  /** What goes with the next message; the same object for the same list. */
  readonly uploads: Uploads;
}

export interface PostOptions {
  /** The message that this one answers. */
  readonly replyTo?: number;
  /** Uploads of one's own into this room, such as `uploads.take()` gives; the text may then be empty. */
  readonly files?: readonly SharedFile[];
}

export interface UploadOptions {
  /** The blob's own, if it is a `File`. */
  readonly name?: string;
  /** Called with the part that was sent, 0 to 1; where there is no `XMLHttpRequest`, at the ends alone. */
  readonly onProgress?: (part: number) => void;
  readonly signal?: AbortSignal;
}

/** Files that are to go with the next message of a list. They are not kept over a reload. */
export interface Uploads {
  readonly items: Readable<readonly PendingUpload[]>;
  /** Begins at once; the key of what is shown. */
  readonly add: (blob: Blob, name?: string) => string;
  /** Sends one that failed again, from its beginning. */
  readonly retry: (key: string) => void;
  /** Takes one back, wherever it is. */
  readonly remove: (key: string) => void;
  /** The files, for a message; nothing is left then. `null`, and nothing is taken, while one is not there. */
  readonly take: () => readonly SharedFile[] | null;
}

export interface PendingUpload {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** As the browser says. */
  readonly type: string;
  readonly blob: Blob;
  readonly state: "sending" | "sent" | "failed";
  /** 0 to 1. */
  readonly progress: number;
  /** Once it is sent. */
  readonly file: SharedFile | null;
  readonly problem: ClientProblem | null;
}

/** The replies in a message's thread. Followed while anybody looks at it, and its room with it. */
export interface ChatThread extends MessageList {
  /** The number of the message that began it. */
  readonly seq: number;
  readonly state: Readable<ThreadState>;
}

export interface ThreadState {
  /** That of the room; `catching up` also until its first page came. */
  readonly status: RoomState["status"];
  /** Why it is offline or refused. */
  readonly problem: ClientProblem | null;
  /** The message that began it; `null` until it is known, or where there is none. */
  readonly root: SentMessage | null;
  /** The replies, without the message that began it. */
  readonly messages: readonly ChatMessage[];
  readonly older: Edge;
  readonly newer: Edge;
}

/** What is beyond what is held of a list: `unknown` until the first page came. */
export type Edge = "unknown" | "some" | "none" | "loading" | "failed";

/** Who has the room open now. Empty while that is not known. */
export interface RoomPresence {
  /** By name while they are few; see PRS4 in docs/protocol.md. */
  readonly online: readonly User[];
  readonly count: number;
}

/** A message that was looked for by its number. */
export type FoundMessage =
  | { readonly status: "found"; readonly message: SentMessage }
  /** `missing`: there is no such message. */
  | { readonly status: "loading" | "missing"; readonly message: null };

/** One room as this client knows it. Its list is what is in no thread. */
export interface ChatRoom extends MessageList {
  readonly id: string;
  /** Following the room begins with the first subscriber of `state` or `messages`, or the first `on`. */
  readonly state: Readable<RoomState>;
  /** Who has it open now. */
  readonly presence: Readable<RoomPresence>;
  /** Who writes now, oneself apart, longest first. */
  readonly typing: Readable<readonly User[]>;
  /** How far each member has read who read since they came in, by their ids; empty in rooms that are too large for it. */
  readonly reads: Readable<Readonly<Record<string, number>>>;
  /**
   * Calls back for each event of this type from now on: each once, in the log's
   * order, without a hole, however often the connection breaks. Returns its undo.
   */
  on<Type extends Event["type"]>(
    type: Type,
    listener: (event: Extract<Event, { type: Type }>) => void,
  ): () => void;
  /** Calls back when the log no longer fits what was seen: it was trimmed, replaced or begun anew, or somebody else signed in. */
  onReset(listener: () => void): () => void;
  /** Whose id this is, when it was seen in this room. */
  readonly user: (id: string) => Author | null;
  /** Sends a failed message again; nothing happens for any other. */
  readonly retry: (key: string) => void;
  /** Takes back a message that waits or failed; nothing happens for one that was sent. */
  readonly discard: (key: string) => void;
  // The following show at once what they do, and take it back if the server refuses.
  // Without a connection they wait for one: what they ask for may be asked for twice.
  /** Says something else in a message of one's own. */
  readonly edit: (seq: number, text: string) => Promise<Outcome<null>>;
  /** Deletes a message; what is left says `deletedAt`. */
  readonly remove: (seq: number) => Promise<Outcome<null>>;
  /** Adds one's reaction, or with `on` false takes it away. */
  readonly react: (seq: number, emoji: string, on?: boolean) => Promise<Outcome<null>>;
  readonly pin: (seq: number, on?: boolean) => Promise<Outcome<null>>;
  // The following do not.
  /** The thread that this message began, or may begin; the same object for the same number. */
  readonly thread: (seq: number) => ChatThread;
  /** The message of this number, in a thread or not: from what is held, else asked for, and kept true. */
  readonly find: (seq: number) => Readable<FoundMessage>;
  /** Sends a file into the room, to be posted there; see `uploads` for what a composer needs. */
  readonly upload: (blob: Blob, options?: UploadOptions) => Promise<Outcome<SharedFile>>;
  /** Makes this message and what follows unread; without a connection it waits for one, and may be told twice. */
  readonly markUnread: (seq: number) => Promise<Outcome<null>>;
  readonly setLevel: (level: Level) => Promise<Outcome<null>>;
  /** One is writing; call it with each key. */
  readonly setTyping: () => void;
}

export interface Posting {
  /** The message's key in `messages`. */
  readonly key: string;
  /**
   * Settles when the message is stored or has failed; never rejects. What failed as
   * `unauthorized`, `outdated` or `other_sender` goes out by itself once its writer is
   * connected again, unless it is discarded.
   */
  readonly sent: Promise<Outcome<Message>>;
}

export interface RoomState {
  readonly status: "connecting" | "catching up" | "live" | "offline" | "refused";
  /** Why it is offline or refused. */
  readonly problem: ClientProblem | null;
  /** `null` until it was opened once. */
  readonly room: Room | null;
  readonly messages: readonly ChatMessage[];
  /** All that waits to be sent into the room or failed, in its threads too, which nobody may look at. */
  readonly unsent: readonly UnsentMessage[];
  /** What is before the oldest message held. */
  readonly older: Edge;
  /** What is after the newest message held; `none` while the list follows its end. */
  readonly newer: Edge;
  /** Whether what waits to be sent would survive the end of this page or process. */
  readonly kept: boolean;
}

/**
 * One line of the room, in the room's order: what is in the log first, by `seq`,
 * then what waits to be sent. The object stays the same until it changes, and
 * `key` stays the same from the first echo on.
 */
export type ChatMessage = SentMessage | UnsentMessage | UnreadableMessage;

/** Who said it. Of somebody whose coming was seen, but who was not looked up, there is only the name. */
export type Author = Pick<User, "id" | "name"> & Partial<User>;

export interface SentMessage extends Message {
  readonly key: string;
  readonly state: "sent";
  /** `null` until it is known who this is. */
  readonly author: Author | null;
  readonly mine: boolean;
  /** Shows a change of one's own that is not known to be stored yet. */
  readonly saving: boolean;
}

export interface UnsentMessage {
  readonly key: string;
  /** `sending`: on its way. `waiting`: for the connection, or for the one before it. `failed`: for a person to decide. */
  readonly state: "sending" | "waiting" | "failed";
  readonly seq: null;
  readonly at: null;
  readonly by: string | null;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo: number | null;
  readonly thread: number | null;
  readonly files: readonly SharedFile[];
  readonly author: Author | null;
  readonly mine: true;
  /** Why it failed, or what went wrong the last time. */
  readonly problem: ClientProblem | null;
}

/** Stands where the server could not read its record. */
export interface UnreadableMessage {
  readonly key: string;
  readonly state: "unreadable";
  readonly seq: number;
  readonly at: null;
  readonly text: "";
  readonly author: null;
  readonly mine: false;
}

/** The server's codes, and what only a client can meet. */
export type ClientCode =
  | Code
  /** No answer, or none of Snug's. */
  | "no_connection"
  /** The token provider failed or took too long. */
  | "no_token"
  /** The server does not understand this client: it is of another version. */
  | "outdated"
  /** Written under a name that was signed out since. */
  | "other_sender"
  /** Taken back before it was sent. */
  | "discarded"
  /** Overtaken by something else that was asked for, or the chat was closed. */
  | "given_up";

export interface ClientProblem {
  readonly code: ClientCode;
  /** For people: what happened, and what to do next. */
  readonly detail: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: ClientProblem };
