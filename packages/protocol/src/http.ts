import * as v from "valibot";
import { RoomId, Time } from "./id.ts";
import { limits } from "./limit.ts";
import {
  Can,
  Event,
  Gap,
  InboxEntry,
  Invite,
  Level,
  Member,
  Message,
  PresenceSetting,
  Role,
  Room,
  RoomKind,
  Session,
  SharedFile,
  Token,
  User,
} from "./model.ts";
import { isSound, textSays } from "./plain-text.ts";
import { Avatar, hasAtMost, Name, Password, Topic, Username } from "./text.ts";

// Bodies, queries and answers of the HTTP door. What a command shares with it is in command.ts.

const Secret = v.string("must be a string");

export const BecomeGuest = v.object({ name: Name, invite: v.exactOptional(Secret) });
export type BecomeGuest = v.InferInput<typeof BecomeGuest>;

export const SignUp = v.object({
  username: Username,
  password: Password,
  name: v.exactOptional(Name),
  invite: v.exactOptional(Secret),
  /** The one-time word of the link that a server prints for its first administrator. */
  claim: v.exactOptional(Secret),
});
export type SignUp = v.InferInput<typeof SignUp>;

// Not the forms of sign-up: whatever was typed gets the same answer.
export const SignIn = v.object({
  username: v.pipe(v.string("must be a string"), v.maxLength(1_000, "is too long")),
  password: v.pipe(v.string("must be a string"), v.maxLength(4_000, "is too long")),
});
export type SignIn = v.InferInput<typeof SignIn>;

export const ChangeMe = v.pipe(
  v.object({
    name: v.exactOptional(Name),
    avatar: v.exactOptional(Avatar),
    password: v.exactOptional(Password),
    presence: v.exactOptional(PresenceSetting),
    /** Whether others see how far one has read. */
    receipts: v.exactOptional(v.boolean("must be true or false")),
    /** The one in force, to change it. */
    currentPassword: v.exactOptional(v.string("must be a string")),
  }),
  v.forward(
    v.check(
      ({ password, currentPassword }) => password === undefined || currentPassword !== undefined,
      "is needed to change the password",
    ),
    ["currentPassword"],
  ),
);
export type ChangeMe = v.InferInput<typeof ChangeMe>;

const count = (least: number, most: number) =>
  v.pipe(
    v.number("must be a number"),
    v.safeInteger("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

export const CreateRoom = v.object({
  kind: RoomKind,
  name: v.exactOptional(Name),
  topic: v.exactOptional(Topic),
  /** Who else is in a direct room. */
  with: v.exactOptional(
    v.pipe(
      v.array(v.string("must be a user id"), "must be a list of user ids"),
      v.minLength(1, "must name somebody"),
      v.maxLength(limits.directMembers - 1, `may name ${limits.directMembers - 1} at most`),
    ),
  ),
  /** Seconds that an ephemeral room lives. */
  ttl: v.exactOptional(count(1, limits.ttlMax)),
  capacity: v.exactOptional(count(1, limits.capacityMax)),
});
export type CreateRoom = v.InferInput<typeof CreateRoom>;

export const ChangeRoom = v.object({
  name: v.exactOptional(Name),
  topic: v.exactOptional(Topic),
  capacity: v.exactOptional(v.nullable(count(1, limits.capacityMax))),
  archived: v.exactOptional(v.boolean("must be true or false")),
});
export type ChangeRoom = v.InferInput<typeof ChangeRoom>;

export const JoinRoom = v.object({ invite: v.exactOptional(Secret) });
export type JoinRoom = v.InferInput<typeof JoinRoom>;

export const AddMember = v.object({ role: v.optional(Role, "member") });
export type AddMember = v.InferInput<typeof AddMember>;

export const ChangeMember = v.object({ role: Role });
export type ChangeMember = v.InferInput<typeof ChangeMember>;

/** What of the room calls for oneself. */
export const SetLevel = v.object({ level: Level });
export type SetLevel = v.InferInput<typeof SetLevel>;

export const CreateInvite = v.object({
  can: v.optional(Can, "post"),
  uses: v.exactOptional(count(1, limits.inviteUsesMax)),
  /** Seconds. */
  ttl: v.exactOptional(count(1, limits.inviteTtlMax)),
});
export type CreateInvite = v.InferInput<typeof CreateInvite>;

export const CreateToken = v.object({
  /** Left out: a token that is oneself. */
  room: v.exactOptional(v.string("must be a string")),
  can: v.optional(Can, "post"),
  /** Seconds. */
  ttl: v.exactOptional(count(1, limits.inviteTtlMax)),
});
export type CreateToken = v.InferInput<typeof CreateToken>;

export const UploadQuery = v.object({ name: v.optional(v.string(), "") });

export const FileQuery = v.object({
  /** With any value: the smaller picture, where there is one. */
  preview: v.optional(v.string()),
  /** What a signed address says: for which session, until when, and the proof of it. */
  for: v.optional(v.string()),
  until: v.optional(v.string()),
  proof: v.optional(v.string()),
});

export const UsersQuery = v.object({ q: v.optional(v.string(), "") });

const whole = (least: number) =>
  v.pipe(
    v.string(),
    v.regex(/^(0|[1-9][0-9]{0,15})$/, "must be a whole number"),
    v.toNumber(),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(Number.MAX_SAFE_INTEGER, "is too large a number"),
  );

const limit = v.optional(
  v.pipe(whole(1), v.maxValue(limits.pageMax, `must be at most ${limits.pageMax}`)),
  String(limits.pageDefault),
);

export const EventsQuery = v.object({ after: v.optional(v.string()), limit });

export const MessagesQuery = v.pipe(
  v.object({
    before: v.optional(whole(1)),
    /** A number, or a cursor as any other call gives it. */
    after: v.optional(v.string()),
    around: v.optional(whole(1)),
    /** Of this message's thread, itself first; left out: all that is in no thread. */
    thread: v.optional(whole(1)),
    limit,
  }),
  v.forward(
    v.check(
      ({ before, after, around }) =>
        [before, after, around].filter((place) => place !== undefined).length <= 1,
      "must stand alone; give only one of before, after and around",
    ),
    ["before"],
  ),
);

export const SearchQuery = v.object({
  /** Words, phrases in quotes, from:, in:, before:, after:, and - before what is not wanted. */
  q: v.pipe(
    v.string("must be a string"),
    v.check(
      (q) => hasAtMost(limits.searchLength, q),
      `must have at most ${limits.searchLength} characters`,
    ),
    v.check(isSound, textSays.unsound),
  ),
  /** Left out: all rooms that one may read. */
  room: v.optional(v.string()),
  /** As an earlier answer gave it: what is older. */
  next: v.optional(v.string()),
  limit,
});

export const answers = {
  Alive: v.object({ alive: v.literal(true) }),
  Ready: v.object({
    ready: v.literal(true),
    durability: v.picklist(["memory", "disk", "replicated"]),
  }),
  Limits: v.record(v.string(), v.number()),
  Doors: v.object({
    guests: v.picklist(["open", "invite", "off"]),
    signUp: v.picklist(["open", "invite", "off"]),
    demo: v.array(v.object({ username: v.string(), name: v.string(), password: v.string() })),
  }),
  Guest: v.object({ user: User, token: v.string() }),
  Me: v.object({
    user: User,
    admin: v.boolean(),
    presence: PresenceSetting,
    receipts: v.boolean(),
    rooms: v.array(InboxEntry),
  }),
  User: v.object({ user: User }),
  Sessions: v.object({ sessions: v.array(Session) }),
  Users: v.object({ users: v.array(User) }),
  Invites: v.object({ invites: v.array(Invite) }),
  NewInvite: v.object({ id: v.string(), invite: v.string(), url: v.string() }),
  Tokens: v.object({ tokens: v.array(Token) }),
  NewToken: v.object({ id: v.string(), token: v.string() }),
  People: v.object({
    people: v.array(v.object({ user: User, admin: v.boolean(), createdAt: v.number() })),
  }),
  Rooms: v.object({ rooms: v.array(Room) }),
  Room: v.object({ room: Room }),
  Members: v.object({ members: v.array(Member) }),
  Message: v.object({ message: Message }),
  /** `url` is good for the session that asked, for a while. */
  File: v.object({ file: v.object({ ...SharedFile.entries, url: v.string() }) }),
  FileLink: v.object({ url: v.string(), until: Time }),
  Edits: v.object({ edits: v.array(v.object({ text: v.string(), at: Time })) }),
  Pins: v.object({ messages: v.array(Message), users: v.record(v.string(), User) }),
  Threads: v.object({
    threads: v.array(v.object({ message: Message, read: v.number(), unread: v.number() })),
    users: v.record(v.string(), User),
    /** Those whose beginning cannot be read, by its number. */
    unreadable: v.exactOptional(
      v.array(v.object({ seq: v.number(), read: v.number(), unread: v.number() })),
    ),
  }),
  Search: v.object({
    hits: v.array(
      v.object({
        room: RoomId,
        message: Message,
        /** Pieces of its text around what was looked for: every other one, from the second on, is that. */
        highlight: v.array(v.string()),
      }),
    ),
    users: v.record(v.string(), User),
    /** Left out where there is nothing older to look at. */
    next: v.exactOptional(v.string()),
  }),
  Reads: v.object({ reads: v.record(v.string(), v.number()) }),
  Presence: v.object({ online: v.array(User), count: v.number() }),
  Messages: v.object({
    messages: v.array(Message),
    users: v.record(v.string(), User),
    cursor: v.string(),
    /** The log's newest number: the messages are as they were right after that event. */
    head: v.number(),
    gap: v.exactOptional(Gap),
    /** Numbers of stored records that cannot be read. */
    unreadable: v.exactOptional(v.array(v.number())),
  }),
  Events: v.object({
    events: v.array(Event),
    users: v.record(v.string(), User),
    cursor: v.string(),
    gap: v.exactOptional(Gap),
  }),
  Problem: v.object({
    type: v.string(),
    title: v.string(),
    status: v.number(),
    detail: v.string(),
    code: v.string(),
    field: v.exactOptional(v.string()),
    retryAfter: v.exactOptional(v.number()),
  }),
};

/** The answers of the HTTP door, by their names. */
export type Answers = {
  readonly [Name in keyof typeof answers]: v.InferOutput<(typeof answers)[Name]>;
};
