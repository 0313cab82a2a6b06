import type { Event, Gap, InboxEntry, Message, Presence, Room, Status, User } from "@snug/protocol";
import type { ClientProblem, Outcome } from "./api.ts";

/** One live way to the server, whatever it is made of. It ends once, and never comes back. */
export interface Link {
  readonly transport: "websocket" | "sse" | "polling";
  /** Resolves when it has ended, and says why. */
  readonly ended: Promise<Ending>;
  /** Follows a room from a cursor on; returns its undo. */
  follow(room: string, after: string, sink: RoomSink): () => void;
  /** One send. `no_connection`: nobody knows whether it arrived. */
  post(room: string, send: Send): Promise<Outcome<Message>>;
  /** What may be said again, and lost. `no_connection`: nobody knows whether it arrived. */
  tell(command: Telling): Promise<Outcome<unknown>>;
  /** Ends the link unless the server shows within `patience` milliseconds that it is there. */
  check(patience?: number): void;
  /** Ends it as lost: what came over it cannot be right. */
  fail(): void;
  close(): void;
}

export interface Send {
  readonly clientId: string;
  readonly text: string;
  readonly replyTo?: number;
  readonly thread?: number;
  readonly files?: readonly string[];
}

export type Telling =
  | {
      readonly type: "mark-read";
      readonly room: string;
      readonly seq: number;
      readonly back?: boolean;
      readonly thread?: number;
    }
  | { readonly type: "set-typing"; readonly room: string }
  | { readonly type: "set-away"; readonly away: boolean };

export type Opened = { readonly link: Link } | { readonly ended: Ending };

export type Ending =
  | { readonly why: "lost" }
  /** The server restarts; come back after so many milliseconds. */
  | { readonly why: "restart"; readonly retry: number }
  /** Coming back as before would end the same. */
  | { readonly why: "refused"; readonly problem: ClientProblem };

/** What comes over a link without having been asked for. */
export type News =
  | { readonly type: "inbox"; readonly rooms: readonly InboxEntry[] }
  | {
      readonly type: "inbox";
      readonly changed: readonly InboxEntry[];
      readonly gone: readonly string[];
    }
  /** A public room appeared, or is another now. */
  | { readonly type: "signal"; readonly kind: "room"; readonly room: Room }
  /** A public room was destroyed. */
  | { readonly type: "signal"; readonly kind: "room-gone"; readonly room: string }
  /** How people are with whom one shares a room; `whole`: and of nobody else anything is known. */
  | {
      readonly type: "signal";
      readonly kind: "status";
      readonly whole?: true;
      readonly people: Readonly<Record<string, Status>>;
    };

export const roomSignals: ReadonlySet<unknown> = new Set(["typing", "presence", "read"]);

/** What is told of an open room and may be lost. */
export type RoomSignal =
  | { readonly kind: "typing"; readonly user: User }
  | ({ readonly kind: "presence" } & Presence)
  | { readonly kind: "read"; readonly user: string; readonly seq: number };

/** Why a room was closed, for people. */
export function closedBecause(code: string): ClientProblem {
  return code === "room_gone"
    ? { code, detail: "This room was destroyed, and all that was in it." }
    : { code: "forbidden", detail: "You are not in this room any more." };
}

/** Where what a room's log says goes. */
export interface RoomSink {
  /** The room, and the head of its log at that time. */
  opened(room: Room, head: string): void;
  /** Consecutive events, and the place after the last of them. */
  events(events: readonly Event[], cursor: string): void;
  gap(gap: Gap): void;
  signal(signal: RoomSignal): void;
  refused(problem: ClientProblem): void;
}

/** Milliseconds in which a peer that was asked must answer. */
export const PATIENCE = 5_000;
/** The same where the system says that the network is gone; it may be wrong, for a server on this machine. */
export const DOUBT = 1_500;
/** Milliseconds without a sign of life after which it is asked for one. */
export const QUIET = 25_000;
