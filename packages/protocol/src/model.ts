import * as v from "valibot";
import { EventId, FileId, RoomId, Seq, SessionId, Time, UserId } from "./id.ts";

export const User = v.object({
  id: UserId,
  name: v.string(),
  guest: v.boolean(),
  /** Of an account. */
  username: v.exactOptional(v.string()),
  /** A picture of a few letters or one sign, such as an emoji. */
  avatar: v.exactOptional(v.string()),
});
export type User = v.InferOutput<typeof User>;

export const Role = v.picklist(
  ["owner", "moderator", "member", "reader"],
  'must be "owner", "moderator", "member" or "reader"',
);
export type Role = v.InferOutput<typeof Role>;

export const RoomKind = v.picklist(
  ["public", "private", "direct", "ephemeral"],
  'must be "public", "private", "direct" or "ephemeral"',
);
export type RoomKind = v.InferOutput<typeof RoomKind>;

/** What one may do by an invite or a token, beside seeing the room. */
export const Can = v.picklist(["read", "post"], 'must be "read" or "post"');
export type Can = v.InferOutput<typeof Can>;

export const Room = v.object({
  id: RoomId,
  kind: RoomKind,
  name: v.string(),
  topic: v.string(),
  createdAt: Time,
  /** `null` for a room that the server made itself. */
  createdBy: v.nullable(UserId),
  expiresAt: v.nullable(Time),
  capacity: v.nullable(v.number()),
  archived: v.boolean(),
  /** The newest event's number, 0 in an empty log. */
  seq: v.number(),
  cursor: v.string(),
  memberCount: v.number(),
});
export type Room = v.InferOutput<typeof Room>;

/** What of a room calls for its reader: everything, mentions alone, or nothing. */
export const Level = v.picklist(["all", "mentions", "none"], 'must be "all", "mentions" or "none"');
export type Level = v.InferOutput<typeof Level>;

/** A room of one's own, as one stands to it. */
export const InboxEntry = v.object({
  room: Room,
  role: Role,
  level: Level,
  /** When its newest event happened; when it was made, where none has. */
  at: Time,
  /** The read place: up to this number one has read. */
  read: v.number(),
  /** Messages of others after it, not deleted, threads apart. */
  unread: v.number(),
  /** Of those, and of the unread replies in threads, the ones that mention oneself or the whole room. */
  mentions: v.number(),
  /** Threads that one follows, with replies of others that one has not read. */
  threads: v.number(),
});
export type InboxEntry = v.InferOutput<typeof InboxEntry>;

/** How one wants others to see one: as one is, busy, or not at all. */
export const PresenceSetting = v.picklist(
  ["auto", "busy", "invisible"],
  'must be "auto", "busy" or "invisible"',
);
export type PresenceSetting = v.InferOutput<typeof PresenceSetting>;

/** Whether somebody is here at all, as others are told. */
export const Availability = v.picklist(["online", "away", "busy", "offline"]);
export type Availability = v.InferOutput<typeof Availability>;

/** How somebody is; `lastSeen` only of who is offline, and was here before. */
export const Status = v.object({
  availability: Availability,
  lastSeen: v.exactOptional(Time),
});
export type Status = v.InferOutput<typeof Status>;

export const Member = v.object({
  user: User,
  role: Role,
  joinedAt: Time,
  /** In rooms of at most `limits.presenceMax` members. */
  status: v.exactOptional(Status),
});
export type Member = v.InferOutput<typeof Member>;

/** A file as a message holds it: the same for everybody, so without a signed address. */
export const SharedFile = v.object({
  id: FileId,
  /** Safe to show and to save under: no path, no control characters. */
  name: v.string(),
  /** By its content, whatever its name says. */
  type: v.string(),
  /** Bytes. */
  size: v.number(),
  /** Of a picture, as it is to be shown. */
  width: v.exactOptional(v.number()),
  height: v.exactOptional(v.number()),
  /** A blurred likeness of it, as a `data:` address. */
  placeholder: v.exactOptional(v.string()),
});
export type SharedFile = v.InferOutput<typeof SharedFile>;

const message = {
  seq: Seq,
  id: EventId,
  at: Time,
  by: UserId,
  clientId: v.string(),
  text: v.string(),
  replyTo: v.nullable(Seq),
  thread: v.nullable(Seq),
  files: v.array(SharedFile),
  reactions: v.record(v.string(), v.array(UserId)),
  editedAt: v.nullable(Time),
  deletedAt: v.nullable(Time),
  pinned: v.boolean(),
  /** Who is called by it: ids of users, and `@room` for everybody. Left out where nobody is. */
  mentions: v.exactOptional(v.array(v.string())),
};

/** What was said in a message's thread, for the message that began it. */
export const Replies = v.object({
  /** Those that are not deleted. */
  count: v.number(),
  /** The newest reply's number and time, deleted or not. */
  seq: Seq,
  at: Time,
});
export type Replies = v.InferOutput<typeof Replies>;

/** A message as it is now: edits, reactions and pins folded in. */
export const Message = v.object({
  ...message,
  /** Left out until somebody replies in its thread. */
  replies: v.exactOptional(Replies),
});
export type Message = v.InferOutput<typeof Message>;

const entry = { seq: Seq, id: EventId, at: Time, by: UserId };

const memberEvent = <const Type extends string>(type: Type) =>
  v.object({
    type: v.literal(type),
    ...entry,
    user: v.object({ id: UserId, name: v.string() }),
    role: v.exactOptional(Role),
  });

const targetEvent = <const Type extends string>(type: Type) =>
  v.object({ type: v.literal(type), ...entry, target: Seq });

const reactionEvent = <const Type extends string>(type: Type) =>
  v.object({ type: v.literal(type), ...entry, target: Seq, emoji: v.string() });

/** The log's entries. A reader must step over types it does not know: their `seq` counts too. */
export const Event = v.variant("type", [
  v.object({ type: v.literal("message.posted"), ...message }),
  /** `text` is empty once the message was deleted. */
  v.object({
    type: v.literal("message.edited"),
    ...entry,
    target: Seq,
    text: v.string(),
    mentions: v.exactOptional(v.array(v.string())),
  }),
  /** `thread`: of a reply, the message in whose thread it was. */
  v.object({
    type: v.literal("message.deleted"),
    ...entry,
    target: Seq,
    thread: v.exactOptional(Seq),
  }),
  targetEvent("message.pinned"),
  targetEvent("message.unpinned"),
  reactionEvent("reaction.added"),
  reactionEvent("reaction.removed"),
  memberEvent("member.joined"),
  memberEvent("member.left"),
  memberEvent("member.removed"),
  memberEvent("member.changed"),
  v.object({
    type: v.literal("room.updated"),
    ...entry,
    name: v.exactOptional(v.string()),
    topic: v.exactOptional(v.string()),
    capacity: v.exactOptional(v.nullable(v.number())),
    archived: v.exactOptional(v.boolean()),
  }),
  /** Everything up to this number was erased. */
  v.object({ type: v.literal("room.cleared"), ...entry, upTo: Seq }),
  /** Stands where a stored record cannot be read, so that a page never stops there. */
  v.object({ type: v.literal("event.unreadable"), seq: Seq, id: v.string() }),
]);
export type Event = v.InferOutput<typeof Event>;

export const GapReason = v.picklist(["too_far", "trimmed", "rewritten", "new_log"]);
export type GapReason = v.InferOutput<typeof GapReason>;

/** "The log cannot bring you from `after` to now in one go"; it can be read on from `next`. */
export const Gap = v.object({
  after: v.string(),
  next: v.string(),
  reason: GapReason,
});
export type Gap = v.InferOutput<typeof Gap>;

export const Session = v.object({
  id: SessionId,
  device: v.string(),
  createdAt: Time,
  usedAt: Time,
  current: v.boolean(),
});
export type Session = v.InferOutput<typeof Session>;

/** A way into a room, for whoever has it. */
export const Invite = v.object({
  id: v.string(),
  can: Can,
  /** How many may still use it; `null`: any number. */
  uses: v.nullable(v.number()),
  expiresAt: v.nullable(Time),
  createdAt: Time,
  createdBy: UserId,
});
export type Invite = v.InferOutput<typeof Invite>;

/** A program's way in: as oneself, or into one room alone. */
export const Token = v.object({
  id: v.string(),
  room: v.nullable(RoomId),
  can: Can,
  expiresAt: v.nullable(Time),
  createdAt: Time,
  usedAt: Time,
});
export type Token = v.InferOutput<typeof Token>;
