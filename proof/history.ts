/**
 * What a run writes down while it happens: one entry for each thing that a client did or saw, and for
 * each that happened to the server. The checker reads this and the final logs, and nothing else.
 */
export type Transport = "ws" | "sse" | "http";

/** `t` is monotonic milliseconds; the order of the entries is the order in which they happened. */
export type Entry = ClientEntry | RoomEntry | RunEntry;

/** What one client did or saw in one room. */
export type ClientEntry = { client: string; t: number; room: string; transport: Transport } & Said;

export type Said =
  | Invoke
  | Ok
  | Fail
  | Unknown
  | Change
  | Changed
  | Unchanged
  | Open
  | Observe
  | Gap
  | Anew
  | Ask
  | End
  | Page
  | Close
  | Stay
  | Company
  | Types
  | Typed
  | Typing;

/** Who may see a room. Only runs in which somebody is let in or kept out write these. */
export type RoomEntry = { t: number; room: string } & (Secluded | Admitted | Removed);

/** What belongs to no room. */
export type RunEntry = { t: number } & (
  SignIn | Fault | Calm | Measure | Durability | Secret | LogLine | Start | Exit
);

/** One try at sending; a send that is repeated is invoked again with the same `clientId`. */
export type Invoke = {
  kind: "invoke";
  sender: string;
  clientId: string;
  text: string;
  /** The message in whose thread it is to be. */
  thread?: number;
};
export type Ok = { kind: "ok"; sender: string; clientId: string; seq: number; id: string };
export type Fail = { kind: "fail"; sender: string; clientId: string; code: string };
/** The connection went before the answer came: sent or not, nobody knows. */
export type Unknown = { kind: "unknown"; sender: string; clientId: string };

/**
 * One try at changing what was said; tried again, it has the same `ref`, which is its asker's own.
 * `insists`: whoever asks tries again by themselves, and tells the last answer alone.
 */
export type Change = { kind: "change"; by: string; ref: string; want: Wanted; insists?: true };
/** It was answered: it is so now. */
export type Changed = { kind: "changed"; by: string; ref: string };
export type Unchanged = { kind: "unchanged"; by: string; ref: string; code: string };
/** A change as its event says it. */
export type Wanted =
  | { type: "message.edited"; target: number; text: string }
  | { type: "message.deleted" | "message.pinned" | "message.unpinned"; target: number }
  | { type: "reaction.added" | "reaction.removed"; target: number; emoji: string }
  | { type: "room.cleared" };

/** Begins to read the room, or goes on reading it, after `after`. */
export type Open = { kind: "open"; after: number; epoch: string };
/** An event of the room, with its whole content as `body` (see `canonical`). */
export type Observe = { kind: "observe"; seq: number; id: string; body: string };
/** `epoch`: of the log that it leads to. */
export type Gap = { kind: "gap"; reason: string; after: number; next: number; epoch?: string };
/** Had to let go of all it held, and begins anew with what the log came to at `seq`. */
export type Anew = { kind: "anew"; seq: number };
/** Asks for a page, of events or of messages, or to follow the room: what is told by it was read later. */
export type Ask = { kind: "ask" };
/** The page of events asked for last was empty: the log ends at `seq`. */
export type End = { kind: "end"; seq: number };
/**
 * The page of messages asked for last, of what is in no thread or of one thread: `until` is the seq of
 * its cursor, `head` that of the event after which it was read, a message's `body` its whole content.
 */
export type Page = {
  kind: "page";
  of: { at: "end" } | { at: "before" | "after" | "around"; seq: number };
  thread?: number;
  limit: number;
  messages: { seq: number; body: string }[];
  until: number;
  head: number;
};
export type Close = { kind: "close"; why: "cut" | "killed" | "slow" | "finished" | "unasked" };

/** The client has the room open from here on, by one connection more or less. */
export type Stay = { kind: "stay"; opens: boolean };
/** Who has the room open, as the client is told: all of them (`whole`), or who came and who went. */
export type Company = { kind: "company"; whole: boolean; online: string[]; offline: string[] };
/** Says that its user writes; and was answered. */
export type Types = { kind: "types" };
export type Typed = { kind: "typed" };
/** Is told that somebody writes. */
export type Typing = { kind: "typing"; user: string };

/** From here on a client is this user's. Only needed where somebody is let in or kept out, or seen by others. */
export type SignIn = { kind: "sign-in"; client: string; user: string };
/** Strangers see nothing of this room. Without it everybody may, but who was removed. */
export type Secluded = { kind: "secluded" };
/** Written before they are let in, or look in again as a stranger may: from here on they may see the room. */
export type Admitted = { kind: "admitted"; user: string };
/** Written when the removal or ban was answered. `seq` is its event's; the ban of a stranger has none. */
export type Removed = { kind: "removed"; user: string; seq: number | null };

/**
 * Something is about to be broken. `takes` is what may be lost by it at the most: a connection,
 * the process, what was not on the disk (a power cut), or a node of the store with its disk.
 * `history`: of what the store holds anything may be lost, which no durability is said to survive.
 */
export type Fault = {
  kind: "fault";
  what: string;
  takes: "connection" | "process" | "power" | "node" | "history";
};
/** All faults so far are over; none is until the next `fault`. `clean`: no connection is left of which one end does not know that it ended. */
export type Calm = { kind: "calm"; clean?: true };

/** `queued`: the most bytes that wait for any one connection. `lag`: how late a timer was, in ms. */
export type Measure = {
  kind: "measure";
  node: string;
  rss: number;
  connections: number;
  queued: number;
  lag: number;
};
/** What the start line or `/readyz` called the durability. */
export type Durability = { kind: "durability"; node: string; word: string };
/** A token, password or the like; the texts of messages are secrets without being named. */
export type Secret = { kind: "secret"; name: string; value: string };
/** One line that a server wrote to stdout or stderr. */
export type LogLine = { kind: "log-line"; node: string; line: string };
export type Start = { kind: "start"; node: string };
/** `asked`: somebody told it to, or killed it. */
export type Exit = { kind: "exit"; node: string; asked: boolean; how: string };

/** An event as the final log holds it. */
export interface LogEvent {
  seq: number;
  id: string;
  at: number;
  type: string;
  by: string;
  clientId?: string;
  text?: string;
  body: string;
}

/** JSON with sorted keys, so that two contents are equal when their texts are. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** One JSON line for each entry, then one for each event of the rooms' final logs. */
export async function writeHistory(
  path: string,
  history: readonly Entry[],
  logs: ReadonlyMap<string, readonly LogEvent[]>,
): Promise<void> {
  const file = Bun.file(path).writer();
  for (const entry of history) await file.write(`${JSON.stringify(entry)}\n`);
  for (const [room, log] of logs) {
    for (const event of log)
      await file.write(`${JSON.stringify({ kind: "log", room, ...event })}\n`);
  }
  await file.end();
}
