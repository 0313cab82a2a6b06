import { GENERAL, type Can, type Role, type RoomId, type UserId } from "@snug/protocol";
import type { Action } from "./authorize.ts";
import {
  clearedBody,
  deletedBody,
  editedBody,
  memberBody,
  pinnedBody,
  reactedBody,
  updatedBody,
} from "./event-text.ts";
import type { Draft, Ids, RoomChange } from "./ports.ts";

export interface Person {
  readonly id: UserId;
  readonly name: string;
}

// `needs` is what whoever does it must be allowed to when it is stored; see Draft.

/** Somebody comes in, by themselves or by somebody else. */
export function joinDraft(
  ids: Ids,
  room: RoomId,
  user: Person,
  {
    by = user.id,
    needs = null as Action | null,
    role = "member" as Role,
    invite = null as string | null,
  } = {},
): Draft {
  return {
    ...base(ids, room, by, needs),
    type: "member.joined",
    body: memberBody("member.joined", by, user, role === "member" ? undefined : role),
    effect: { kind: "join", user: user.id, role, invite },
  };
}

/**
 * Somebody comes in as a member; as a reader if they were one when they were in last:
 * going, or being sent out, and coming back must not undo a mute.
 */
export function memberDraft(...[ids, room, user, more]: Parameters<typeof joinDraft>): Draft {
  const instead = joinDraft(ids, room, user, { ...more, role: "reader" });
  return { ...joinDraft(ids, room, user, more), instead };
}

/** Somebody comes in by an invite, which is used up by it. */
export function invitedDraft(
  ids: Ids,
  user: Person,
  { room, can, hash }: { room: RoomId; can: Can; hash: string },
): Draft {
  const draft = can === "read" ? joinDraft : memberDraft;
  return draft(ids, room, user, { role: can === "read" ? "reader" : "member", invite: hash });
}

/** Somebody goes, or is made to go. */
export function leaveDraft(
  ids: Ids,
  room: RoomId,
  user: Person,
  { by = user.id, needs = null as Action | null, ban = false } = {},
): Draft {
  const type = by === user.id ? "member.left" : "member.removed";
  return {
    ...base(ids, room, by, needs),
    type,
    body: memberBody(type, by, user),
    effect: { kind: "leave", user: user.id, ban },
  };
}

export function roleDraft(
  ids: Ids,
  room: RoomId,
  user: Person,
  role: Role,
  by: UserId,
  needs: Action | null = null,
): Draft {
  return {
    ...base(ids, room, by, needs),
    type: "member.changed",
    body: memberBody("member.changed", by, user, role),
    effect: { kind: "role", user: user.id, role },
  };
}

/** Somebody has another name: whoever looks at the room sees it at once. */
export function renameDraft(ids: Ids, room: RoomId, user: Person): Draft {
  return {
    ...base(ids, room, user.id, null),
    type: "member.changed",
    body: memberBody("member.changed", user.id, user),
    effect: null,
  };
}

export function changeDraft(
  ids: Ids,
  room: RoomId,
  change: RoomChange,
  by: UserId,
  needs: Action | null = null,
): Draft {
  return {
    ...base(ids, room, by, needs),
    type: "room.updated",
    body: updatedBody(by, change),
    effect: { kind: "room", change },
  };
}

/** A message says something else now. */
export function editDraft(
  ids: Ids,
  room: RoomId,
  by: UserId,
  { target, text, mentions }: { target: number; text: string; mentions: readonly string[] },
): Draft {
  return {
    ...base(ids, room, by, "edit"),
    type: "message.edited",
    body: editedBody(by, target, text, mentions),
    effect: { kind: "edit", target, text, mentions },
  };
}

/** @param thread of a reply, the message in whose thread it is */
export function deleteDraft(
  ids: Ids,
  room: RoomId,
  by: UserId,
  { target, thread }: { target: number; thread: number | null },
): Draft {
  return {
    ...base(ids, room, by, "delete"),
    type: "message.deleted",
    body: deletedBody(by, target, thread),
    effect: { kind: "delete", target },
  };
}

export function reactDraft(
  ids: Ids,
  room: RoomId,
  by: UserId,
  { target, emoji, on }: { target: number; emoji: string; on: boolean },
): Draft {
  return {
    ...base(ids, room, by, "post"),
    type: on ? "reaction.added" : "reaction.removed",
    body: reactedBody(by, target, emoji, on),
    effect: { kind: "react", target, emoji, on },
  };
}

export function pinDraft(
  ids: Ids,
  room: RoomId,
  by: UserId,
  { target, on }: { target: number; on: boolean },
): Draft {
  return {
    ...base(ids, room, by, "pin"),
    type: on ? "message.pinned" : "message.unpinned",
    body: pinnedBody(by, target, on),
    effect: { kind: "pin", target, on },
  };
}

/** Everything that stands before it goes. */
export function clearDraft(ids: Ids, room: RoomId, by: UserId): Draft {
  return {
    ...base(ids, room, by, "clear"),
    type: "room.cleared",
    body: clearedBody(by),
    effect: { kind: "clear" },
  };
}

/** Everybody who comes without an invite is in this room. */
export function welcome(ids: Ids, user: Person): Draft[] {
  return [joinDraft(ids, GENERAL, user)];
}

function base(ids: Ids, room: RoomId, by: UserId, needs: Action | null) {
  return { room, id: ids.id(), by, needs, clientId: null };
}
