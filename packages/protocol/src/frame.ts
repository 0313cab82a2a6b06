import type { Ref } from "./command.ts";
import type { Code } from "./error.ts";
import type { Gap, InboxEntry, Room, Status, User } from "./model.ts";
import type { Problem } from "./error.ts";

/** Why a socket was closed; the code says whether to try again. */
export const closeCodes = {
  /** A frame that is not JSON text with a usable `ref`. Do not repeat it. */
  badFrame: 4400,
  /** No session, or it ended. Sign in again. */
  unauthorized: 4401,
  /** The queue was full or stood still. Reconnect and resume by cursor. */
  slow: 4008,
  /** Its user has too many connections. Reconnect after `retry` milliseconds. */
  tooMany: 1013,
  /** The server restarts. Reconnect after `retry` milliseconds. */
  restart: 1012,
} as const;

/** What a server sends, as values. `events` and replies that hold a message are spliced as text below. */
export const frames = {
  /** `limits` are JSON: the same for all. */
  welcome: (user: User, limits: string) =>
    `{"type":"welcome","user":${JSON.stringify(user)},"limits":${limits}}`,
  bye: (code: number, retry: number) => JSON.stringify({ type: "bye", code, retry }),
  gap: (room: string, gap: Gap) => JSON.stringify({ type: "gap", room, ...gap }),
  /** `events` are JSON texts: the stored text is the text that is sent. */
  events: (room: string, events: readonly string[], cursor: string) =>
    `{"type":"events","room":"${room}","events":[${events.join(",")}],"cursor":"${cursor}"}`,
  inbox: (rooms: readonly InboxEntry[]) => JSON.stringify({ type: "inbox", rooms }),
  /** `changed` are JSON texts: what they say of the room is the same for many. */
  inboxChanged: (changed: readonly string[], gone: readonly string[]) =>
    `{"type":"inbox","changed":[${changed.join(",")}],"gone":${JSON.stringify(gone)}}`,
  /** An entry of an inbox, of which the room is JSON already. */
  inboxEntry: (room: string, entry: Omit<InboxEntry, "room">) =>
    `{"room":${room},${JSON.stringify(entry).slice(1)}`,
  /** A public room appeared or is another now. */
  roomSignal: (room: Room) => JSON.stringify({ type: "signal", kind: "room", room }),
  /** A public room was destroyed. */
  roomGoneSignal: (room: string) => JSON.stringify({ type: "signal", kind: "room-gone", room }),
  /** Somebody is writing in this room. Over by itself after `limits.typingMs`. */
  typingSignal: (room: string, user: User) =>
    JSON.stringify({ type: "signal", room, kind: "typing", user }),
  /** Who is in an open room; see `Presence`. */
  presenceSignal: (room: string, presence: Presence) =>
    JSON.stringify({ type: "signal", room, kind: "presence", ...presence }),
  /** Up to where somebody else has read. */
  readSignal: (room: string, user: string, seq: number) =>
    JSON.stringify({ type: "signal", room, kind: "read", user, seq }),
  /** How people are with whom one shares a room, by their ids. `whole`: and of nobody else anything is known. */
  statusSignal: (people: Iterable<readonly [string, Status]>, whole: boolean) => {
    // By hand: whoever comes is told of hundreds, by ids of ours and words of ours.
    let all = "";
    for (const [user, { availability, lastSeen }] of people) {
      const since = lastSeen === undefined ? "" : `,"lastSeen":${lastSeen}`;
      all += `${all && ","}"${user}":{"availability":"${availability}"${since}}`;
    }
    return `{"type":"signal","kind":"status",${whole ? '"whole":true,' : ""}"people":{${all}}}`;
  },
  /** The room ended (`room_gone`), or one lost it (`forbidden`). The socket stays. */
  closed: (room: string, code: Code) => JSON.stringify({ type: "closed", room, code }),
  refused: (ref: Ref, error: Problem) => JSON.stringify({ type: "reply", ref, ok: false, error }),
  done: (ref: Ref) => `{"type":"reply","ref":${JSON.stringify(ref)},"ok":true}`,
  opened: (ref: Ref, room: Room, cursor: string) =>
    JSON.stringify({ type: "reply", ref, ok: true, room, cursor }),
  /** `message` is JSON. */
  posted: (ref: Ref, message: string) =>
    `{"type":"reply","ref":${JSON.stringify(ref)},"ok":true,"message":${message}}`,
};

/** Who came into a room and who went (ids), by name while at most `limits.presenceMax` are there. */
export interface Presence {
  /** `online` is all who are there: what was told before is forgotten. */
  readonly whole?: true;
  readonly online: readonly User[];
  readonly offline: readonly string[];
  readonly count: number;
}
