import { canonical, type ClientEntry, type LogEvent } from "../history.ts";

export type Content = Record<string, unknown>;

/** An event as far as anybody knows it: the final log, and those who saw what is no longer in it. */
export interface KnownEvent extends LogEvent {
  /** With its words, if anybody saw them before they were deleted. */
  readonly content: Content;
  /** Its words were deleted, and nobody saw them. */
  readonly isVague: boolean;
}

export interface Deletion {
  readonly target: number;
  readonly seq: number;
  readonly at: number;
  readonly by: string;
}

/** All that is known of one room's log. */
export interface Known {
  /** Everything up to this number was cleared away, and stands in no log. */
  readonly base: number;
  readonly end: number;
  /** In the order of the log; of what was cleared, what somebody saw. */
  readonly events: readonly KnownEvent[];
  /** Whether what was cleared was all seen. */
  readonly isWhole: boolean;
  /** By the numbers of the messages that were deleted. */
  readonly deletions: ReadonlyMap<number, Deletion>;
  /** By the numbers of the events that carried the words of one of these. */
  readonly emptied: ReadonlyMap<number, Deletion>;
  /** The numbers up to which all was erased, each at the number of its event. */
  readonly clears: ReadonlyMap<number, number>;
}

export function learn(history: readonly ClientEntry[], log: readonly LogEvent[]): Known {
  let base = 0;
  for (const { type, body } of log)
    if (type === "room.cleared") base = Math.max(base, upToOf(JSON.parse(body) as Content));
  const seen = new Map<number, LogEvent>();
  const wholes = new Map<number, string>();
  const deletions = new Map<number, Deletion>();
  const inLog = new Map(log.map((event) => [event.seq, event]));
  for (const entry of history) {
    if (entry.kind !== "observe") continue;
    const { seq, body } = entry;
    if (seq <= base && !seen.has(seq)) seen.set(seq, logEventOf(entry.id, body));
    const { body: kept = body } = inLog.get(seq) ?? seen.get(seq) ?? {};
    if (kept !== body && !wholes.has(seq)) wholes.set(seq, body);
  }
  const remembered = [...seen.values()].sort((a, b) => a.seq - b.seq);
  const all = [...remembered, ...log];
  const clears = new Map<number, number>();
  for (const { seq, at, by, type, body } of all) {
    if (type !== "message.deleted" && type !== "room.cleared") continue;
    const content = JSON.parse(body) as Content;
    if (type === "room.cleared") clears.set(upToOf(content), seq);
    else {
      const target = Number(content["target"]);
      if (!deletions.has(target)) deletions.set(target, { target, seq, at, by });
    }
  }
  const emptied = new Map<number, Deletion>();
  const events = all.map((event): KnownEvent => {
    const deletion = deletions.size > 0 ? deletions.get(targetOf(event)) : undefined;
    if (deletion) emptied.set(event.seq, deletion);
    const whole = deletion && wholes.get(event.seq);
    const body = whole !== undefined && isWordless(event) ? whole : event.body;
    const content = JSON.parse(body) as Content;
    return { ...event, content, isVague: deletion !== undefined && content["text"] === "" };
  });
  return {
    base,
    end: log.at(-1)?.seq ?? base,
    events,
    isWhole: remembered.length === base,
    deletions,
    emptied,
    clears,
  };
}

/** What is left of an event that carried a message's words, once the message was deleted at this time. */
export function wordless(body: string, at: number): string {
  const { mentions: _, ...content } = JSON.parse(body) as Content;
  const left = { ...content, text: "" };
  const isMessage = content["type"] === "message.posted";
  return canonical(isMessage ? { ...left, files: [], deletedAt: at } : left);
}

/** The message whose words an event carries; 0 for none. */
function targetOf({ seq, type, body }: Pick<LogEvent, "seq" | "type" | "body">): number {
  if (type === "message.posted") return seq;
  return type === "message.edited" ? Number((JSON.parse(body) as Content)["target"]) : 0;
}

const isWordless = ({ text }: LogEvent) => text === "";
const upToOf = (content: Content) => Number(content["upTo"]);

function logEventOf(id: string, body: string): LogEvent {
  const { seq, at, type, by, clientId, text } = JSON.parse(body) as LogEvent;
  return {
    seq,
    id,
    at,
    type,
    by,
    ...(clientId !== undefined && { clientId }),
    ...(text !== undefined && { text }),
    body,
  };
}
