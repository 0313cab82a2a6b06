import {
  fail,
  formatCursor,
  parseCursor,
  succeed,
  type Cursor,
  type Result,
  type Room,
} from "@snug/protocol";
import { authorize, type Action } from "./authorize.ts";
import type { Actor } from "./actor.ts";
import type { RoomRecord, Store } from "./ports.ts";

/** The room of this id, if this actor may do this there. */
export async function enter(
  store: Store,
  actor: Actor,
  action: Action,
  id: string,
): Promise<Result<RoomRecord>> {
  const room = await store.room(id);
  if (room === null) return hidden;
  const role = await store.role(room.id, actor.user.id);
  switch (authorize(action, { kind: room.kind, role })) {
    case "allowed":
      return succeed(room);
    case "denied":
      return fail(
        "forbidden",
        role === null ? "Join the room first." : "Your role in this room does not allow it.",
      );
    case "hidden":
      return hidden;
  }
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
  const { epoch, head, ...rest } = record;
  return {
    ...rest,
    expiresAt: null,
    capacity: null,
    archived: false,
    seq: head.seq,
    cursor: formatCursor(epoch, head),
  };
}

// One value for both cases, so that a room one may not see and a room that
// does not exist cannot differ in a letter.
const hidden = fail("room_not_found", "There is no room of this id, or it is not open to you.");
