import { GENERAL, type Role, type RoomId, type UserId } from "@snug/protocol";
import type { Action } from "./authorize.ts";
import { memberBody, updatedBody } from "./event-text.ts";
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

/** Everybody who comes without an invite is in this room. */
export function welcome(ids: Ids, user: Person): Draft[] {
  return [joinDraft(ids, GENERAL, user)];
}

function base(ids: Ids, room: RoomId, by: UserId, needs: Action | null) {
  return { room, id: ids.id(), by, needs, clientId: null };
}
