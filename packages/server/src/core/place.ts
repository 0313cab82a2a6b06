import {
  fail,
  formatCursor,
  parseCursor,
  succeed,
  type Code,
  type Cursor,
  type Failure,
  type Message,
  type Problem,
  type Result,
  type Role,
  type Room,
  type RoomId,
  type UserId,
} from "@snug/protocol";
import { canIn, type Actor } from "./actor.ts";
import { authorize, type Action } from "./authorize.ts";
import type { Clock, LogStore, Refused, RoomFor, RoomRecord, RoomStore } from "./ports.ts";

export interface PlaceWorld {
  readonly store: Pick<RoomStore, "room" | "isGone" | "standing">;
  readonly clock: Pick<Clock, "now">;
}

/** Beside whom or what it is to be done to. */
interface Subject {
  readonly other?: UserId;
  /** Whether the message is the actor's own. */
  readonly own?: boolean;
}

/** A room that an actor may do something in, and as what. */
export interface Entered {
  readonly room: RoomRecord;
  readonly role: Role | null;
  /** The role of whoever it is to be done to. */
  readonly target: Role | null;
}

/** The room of this id, if this actor may do this there, to this other one. */
export async function enter(
  world: PlaceWorld,
  actor: Actor,
  action: Action,
  id: string,
  { other, own }: Subject = {},
): Promise<Result<Entered>> {
  // In the same breath: of a store that is elsewhere each question takes a way there and back.
  const standing = world.store.standing(id as RoomId, actor.user.id);
  standing.catch(() => {});
  const found = await find(world, id);
  if (!found.ok) return found;
  const room = found.value;
  const { role, banned } = await standing;
  const target = other === undefined ? null : (await world.store.standing(room.id, other)).role;
  const asker = { admin: actor.admin, can: canIn(actor, room.id) };
  const { kind, archived } = room;
  switch (authorize(asker, action, { kind, archived, role, banned, target, own })) {
    case "allowed":
      return succeed({ room, role, target });
    case "denied":
      return action === "edit" && own === false ? notOwn : denied(room, role);
    case "hidden":
      return hidden;
  }
}

/** The room of a message, if this actor may do this to it; what is not there is nobody's. */
export async function enterMessage(
  world: { readonly store: PlaceWorld["store"] & Pick<LogStore, "message"> } & PlaceWorld,
  actor: Actor,
  action: Action,
  { room: id, seq }: { room: string; seq: number },
): Promise<Result<Entered & { message: Message }>> {
  // As if it were one's own: whoever may not do even that learns nothing of it.
  const own = await enter(world, actor, action, id, { own: true });
  if (!own.ok) return own;
  const event = await world.store.message(own.value.room.id, seq);
  if (event === null) return notThere;
  const message = JSON.parse(event.json) as Message;
  const entered =
    message.by === actor.user.id ? own : await enter(world, actor, action, id, { own: false });
  return entered.ok ? succeed({ ...entered.value, message }) : entered;
}

/** The room of this id, and how this user stands to it. */
export async function roomFor(
  store: Pick<RoomStore, "room" | "standing">,
  user: UserId,
  id: string,
): Promise<RoomFor | null> {
  const room = await store.room(id);
  return room && { ...room, ...(await store.standing(room.id, user)) };
}

/** The room itself, whoever asks: `room_gone` is said to all who name a destroyed one. */
export async function find({ store, clock }: PlaceWorld, id: string): Promise<Result<RoomRecord>> {
  const room = await store.room(id);
  if (room !== null) return isOver(room, clock) ? gone : succeed(room);
  return (await store.isGone(id)) ? gone : hidden;
}

/** Its time has come: it is gone to everybody, also before it is destroyed. */
export function isOver(
  { expiresAt }: Pick<RoomRecord, "expiresAt">,
  clock: Pick<Clock, "now">,
): boolean {
  return expiresAt !== null && expiresAt <= clock.now();
}

/** A cursor as a client sent it, in the named field. */
export function readCursor(text: string, field: string): Result<Cursor> {
  const cursor = parseCursor(text);
  return cursor === null
    ? fail("invalid_cursor", "Use a cursor exactly as the server gave it, or leave it out.", {
        field,
      })
    : succeed(cursor);
}

export function toRoom(record: RoomRecord): Room {
  const { id, kind, name, topic, createdAt, createdBy, expiresAt, capacity } = record;
  const { archived, memberCount, epoch, head } = record;
  // Named one by one: taking the rest of an object costs five times as much, and
  // an inbox holds hundreds of rooms.
  return {
    id,
    kind,
    name,
    topic,
    createdAt,
    createdBy,
    expiresAt,
    capacity,
    archived,
    seq: head.seq,
    cursor: formatCursor(epoch, head),
    memberCount,
  };
}

/** Why the store did not do it, as the answer to whoever asked. */
export function refusal({ why }: Refused): Failure {
  const [code, detail] = refusals[why];
  return fail(code, detail, more[why]);
}

const more: Partial<Record<Refused["why"], Pick<Problem, "field" | "retryAfter">>> = {
  crowded: { field: "capacity" },
  file_not_found: { field: "files" },
  files_full: { retryAfter: 60 },
  uploads_busy: { retryAfter: 5 },
};

const refusals: Record<Refused["why"], readonly [Code, string]> = {
  room_full: ["room_full", "All places in this room are taken. Try again when somebody has left."],
  crowded: ["invalid_request", "There are more in the room already. Choose a larger capacity."],
  banned: ["forbidden", "You may not come into this room."],
  invite_spent: ["forbidden", "This invite is used up or over. Ask for another."],
  last_owner: [
    "forbidden",
    "A room keeps an owner. Make somebody else one first, or destroy the room.",
  ],
  not_allowed: [
    "forbidden",
    "The room, or somebody's role in it, was changed at this moment, and you may not any more.",
  ],
  archived: ["forbidden", "This room is archived: nobody joins it any more."],
  name_taken: ["name_taken", "Another public room has this name. Choose another."],
  room_gone: ["room_gone", "This room was destroyed, and all that was in it."],
  user_gone: ["user_not_found", "Their account was erased."],
  message_not_found: [
    "message_not_found",
    "There is no message with this number in the room, or it was deleted.",
  ],
  file_not_found: [
    "file_not_found",
    "Post files of your own that were uploaded to this room and are in no other message.",
  ],
  user_files_full: [
    "forbidden",
    "Your files take all the space that you may have. Delete messages with files first.",
  ],
  files_full: ["store_full", "There is no space for more files on this server."],
  uploads_busy: ["rate_limited", "Wait until one of your uploads has ended."],
  too_many: [
    "forbidden",
    "There are as many as there may be: the numbers are in /v1/limits. Take one away first; instead of one more edit, write anew.",
  ],
};

function denied(room: RoomRecord, role: Role | null): Failure {
  if (room.archived) return fail("forbidden", "This room is archived: it can only be read.");
  if (role === null) return fail("forbidden", "Join the room first.");
  return fail("forbidden", "Your role in this room, or your token, does not allow it.");
}

const notOwn = fail("forbidden", "Only whoever wrote a message may change what it says.");
export const gone = refusal({ kind: "refused", why: "room_gone" });
export const notThere = refusal({ kind: "refused", why: "message_not_found" });

// One value for both cases, so that a room one may not see and a room that
// does not exist cannot differ in a letter.
export const hidden = fail(
  "room_not_found",
  "There is no room of this id, or it is not open to you.",
);
