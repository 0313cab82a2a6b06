import { limits, type RoomId, type SessionId, type UserId } from "@snug/protocol";
import type { ChatOptions } from "./core/chat.ts";
import { postedBody } from "./core/event-text.ts";
import type {
  BackplaneListener,
  Draft,
  Effect,
  NewRoom,
  NewSession,
  NewUser,
} from "./core/ports.ts";

// Shapes as tests put them into a store: what a test does not name is usual.

export function newRoom(id: string, more: Partial<NewRoom> = {}): NewRoom {
  return {
    id: id as RoomId,
    kind: "public",
    name: id,
    topic: "",
    createdAt: 1,
    createdBy: null,
    epoch: `epoch-${id}`,
    expiresAt: null,
    capacity: null,
    directKey: null,
    ...more,
  };
}

/** A guest who is called as their id says. */
export function newUser(id: string, more: Partial<NewUser> = {}): NewUser {
  return { id: id as UserId, name: id, createdAt: 1, account: null, ...more };
}

/** A device's session, whose token has the hash `h-` and the session's id. */
export function newSession(id: string, more: Partial<NewSession> = {}): NewSession {
  return {
    id: id as SessionId,
    kind: "device",
    tokenHash: `h-${id}`,
    device: "test",
    createdAt: Date.now(),
    scope: null,
    expiresAt: null,
    ...more,
  };
}

export function posting(
  room: string,
  by: string,
  text: string,
  clientId: string | null = crypto.randomUUID(),
  more: Partial<Omit<Extract<Effect, { kind: "post" }>, "kind">> = {},
): Draft {
  const place = { replyTo: null, thread: null, mentions: [], files: [], ...more };
  const isPlain = Object.keys(more).length === 0;
  return {
    room: room as RoomId,
    id: crypto.randomUUID(),
    type: "message.posted",
    by: by as UserId,
    needs: "post",
    clientId,
    body: postedBody(by as UserId, clientId ?? "", text, {
      ...place,
      files: place.files.map((id) => ({ id })),
    }),
    effect: isPlain ? null : { kind: "post", ...place },
  };
}

/** For a chat in which files are not the subject. */
export const noFiles: Pick<ChatOptions, "pictures" | "removal" | "limits"> = {
  pictures: { prepare: async () => null },
  removal: { hold: () => () => {}, soon() {} },
  limits,
};

/** Hears nothing but what it is given ears for. */
export function listener(ears: Partial<BackplaneListener>): BackplaneListener {
  return {
    committed() {},
    readMoved() {},
    levelChanged() {},
    presenceChanged() {},
    sessionEnded() {},
    userErased() {},
    roomDestroyed() {},
    async storeReplaced() {},
    wasDeaf() {},
    ...ears,
  };
}
