import type { ClientEntry, Wanted } from "../history.ts";
import type { Violation } from "../invariants.ts";
import { baseAt, take, type Now } from "./fold.ts";
import type { Known, KnownEvent } from "./known.ts";

/** All that is known of one change that somebody asked for. */
interface Asked {
  readonly name: string;
  readonly by: string;
  readonly want: Wanted;
  /** The newest seq that anybody had an answer with when it was asked for first. */
  readonly after: number;
  readonly insists: boolean;
  tries: number;
  refusals: string[];
  isAnswered: boolean;
}

/** By how the entries name them. */
export type Changes = ReadonlyMap<string, Asked>;

export const changeKinds: ReadonlySet<string> = new Set([
  "message.edited",
  "message.deleted",
  "message.pinned",
  "message.unpinned",
  "reaction.added",
  "reaction.removed",
  "room.cleared",
]);

/**
 * What an answer says of the log: the seq of a send, or that of a change's event, where there is
 * but one that it can be; else 0.
 */
export function answers(history: readonly ClientEntry[], { events, deletions }: Known) {
  const wants = new Map<string, Wanted>();
  const named = new Map<string, Set<string>>();
  for (const entry of history) {
    if (entry.kind !== "change") continue;
    wants.set(`${entry.by} ${entry.ref}`, entry.want);
    const all = named.get(nameOf(entry.by, entry.want)) ?? new Set();
    named.set(nameOf(entry.by, entry.want), all.add(entry.ref));
  }
  const places = new Map<string, number>();
  if (wants.size > 0) {
    for (const event of events) {
      if (!changeKinds.has(event.type)) continue;
      const name = nameOf(event.by, event.content);
      places.set(name, places.has(name) ? 0 : event.seq);
    }
  }
  const placeOf = (by: string, want: Wanted) => {
    if (want.type === "message.deleted") return deletions.get(want.target)?.seq ?? 0;
    const name = nameOf(by, want);
    return named.get(name)?.size === 1 ? (places.get(name) ?? 0) : 0;
  };
  return (entry: ClientEntry): number => {
    if (entry.kind === "ok") return entry.seq;
    const want = entry.kind === "changed" && wants.get(`${entry.by} ${entry.ref}`);
    return want ? placeOf(entry.by, want) : 0;
  };
}

export function gatherChanges(
  history: readonly ClientEntry[],
  answeredWith: (entry: ClientEntry) => number,
): Changes {
  const all = new Map<string, Asked>();
  let newest = 0;
  for (const entry of history) {
    newest = Math.max(newest, answeredWith(entry));
    if (entry.kind !== "change" && entry.kind !== "changed" && entry.kind !== "unchanged") continue;
    const { by, ref, client } = entry;
    const known = all.get(`${by} ${ref}`);
    if (entry.kind === "change") {
      if (known) known.tries++;
      else {
        const { want, insists = false } = entry;
        const name = `${ref} of ${client}, ${JSON.stringify(want)},`;
        const asked = { name, by, want, after: newest, insists };
        all.set(`${by} ${ref}`, { ...asked, tries: 1, refusals: [], isAnswered: false });
      }
    } else if (entry.kind === "changed") {
      if (known) known.isAnswered = true;
    } else known?.refusals.push(entry.code);
  }
  return all;
}

/** I3 and I4 of changes, and that none in the log changed nothing (I5). */
export function* checkChanges(
  changes: Changes,
  known: Known,
  counts: { lost: number },
): Iterable<Violation> {
  const byName = Map.groupBy(changes.values(), ({ by, want }) => nameOf(by, want));
  const messages = new Map<number, Now>();
  /** By what is wanted, whoever wants it: between which seqs it was so. */
  const spans = new Spans();
  for (const event of known.events) {
    if (changeKinds.has(event.type)) {
      yield* checkAsked(event, byName, changes, known);
      if (known.isWhole || event.seq > known.base) yield* checkMade(event, messages, known);
    }
    take(messages, event);
    spans.look(event, messages);
  }
  for (const asked of changes.values()) {
    if (!asked.isAnswered || spans.wasSo(asked, known)) continue;
    counts.lost++;
    const what = `${asked.name} was answered, and the log never came to it after seq ${asked.after}`;
    yield { rule: "I3", what };
  }
}

function* checkAsked(
  event: KnownEvent,
  byName: ReadonlyMap<string, readonly Asked[]>,
  changes: Changes,
  known: Known,
): Iterable<Violation> {
  const { seq, by, type, content, isVague } = event;
  // Of an edit whose words are gone it is not known what it said.
  const asked = isVague
    ? [...changes.values()].filter(
        ({ by: who, want }) =>
          who === by && want.type === "message.edited" && want.target === content["target"],
      )
    : (byName.get(nameOf(by, content)) ?? []);
  if (asked.length === 0) yield { rule: "I4", what: `nobody asked for the ${type} at seq ${seq}` };
  else if (asked.every((one) => isRefused(one, known))) {
    const codes = asked.flatMap(({ refusals }) => refusals).join(", ");
    yield { rule: "I4", what: `${asked[0]?.name} was refused (${codes}) and is at seq ${seq}` };
  }
}

function isRefused({ want, insists, tries, refusals, isAnswered }: Asked, known: Known): boolean {
  if (isAnswered || refusals.length < tries) return false;
  // An earlier try may have done it, and its answer was lost before the message was gone.
  const isGone =
    want.type !== "room.cleared" &&
    (known.deletions.has(want.target) ||
      [...known.clears.keys()].some((upTo) => want.target <= upTo));
  return !(insists && isGone && refusals.every((code) => code === "message_not_found"));
}

/** Whether what it changes was there to be changed so by this one, and was not so already. */
function* checkMade(
  { seq, by, type, content }: KnownEvent,
  messages: ReadonlyMap<number, Now>,
  { clears }: Known,
): Iterable<Violation> {
  if (type === "room.cleared") return;
  const target = Number(content["target"]);
  const now = target > baseAt(clears, seq) ? messages.get(target) : undefined;
  const message = now?.content;
  if (message === undefined || typeof message["deletedAt"] === "number") {
    yield { rule: "I4", what: `the ${type} at seq ${seq} is of seq ${target}, which is not there` };
    return;
  }
  if (type === "message.edited" && message["by"] !== by)
    yield { rule: "I4", what: `${by} edited at seq ${seq} what ${String(message["by"])} had said` };
  if (now?.isVague !== true && isSo(content, by, message))
    yield { rule: "I5", what: `the ${type} at seq ${seq} changes nothing` };
}

function isSo(want: Record<string, unknown>, by: string, message: Record<string, unknown>) {
  switch (want["type"]) {
    case "message.edited":
      return want["text"] === message["text"];
    case "message.deleted":
      return typeof message["deletedAt"] === "number";
    case "message.pinned":
    case "message.unpinned":
      return (message["pinned"] === true) === (want["type"] === "message.pinned");
    default: {
      const reactions = (message["reactions"] ?? {}) as Record<string, string[]>;
      const has = reactions[String(want["emoji"])]?.includes(by) ?? false;
      return has === (want["type"] === "reaction.added");
    }
  }
}

/** How each message was, and from which seq on. */
class Spans {
  readonly #states = new Map<number, { from: number; now: Now }[]>();

  look({ seq, type, content }: KnownEvent, messages: ReadonlyMap<number, Now>): void {
    const target = type === "message.posted" ? seq : Number(content["target"] ?? 0);
    const now = messages.get(target);
    if (now === undefined) return;
    const states = this.#states.get(target) ?? [];
    states.push({ from: seq, now });
    this.#states.set(target, states);
  }

  /** Whether it was so at some moment from when it was asked for. */
  wasSo({ by, want, after }: Asked, { clears, base, events }: Known): boolean {
    if (want.type === "room.cleared")
      return base > 0 || clears.size > 0 || events.every(({ seq }) => seq <= base);
    const { target } = want;
    if (target <= base) return true;
    const states = this.#states.get(target) ?? [];
    return states.some(({ now: { content, isVague } }, index) => {
      const until = states[index + 1]?.from ?? Infinity;
      if (until <= after) return false;
      if (want.type === "message.edited" && isVague) return true;
      return isSo(want, by, content);
    });
  }
}

/** Two changes of the same name cannot be told apart by their events. */
function nameOf(by: string, of: Readonly<Record<string, unknown>> | Wanted): string {
  const { type, target, text, emoji } = of as Record<string, unknown>;
  return JSON.stringify([by, type, target ?? null, text ?? null, emoji ?? null]);
}
