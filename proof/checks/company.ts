import type { Company, Entry } from "../history.ts";
import type { Violation } from "../invariants.ts";

/** Milliseconds until what is so is known, where every connection that ended was seen to end, and where one may not have been. */
const CLEAN = 6_000;
const DEAD = 50_000;
/** And where a node ended without a word, and others go on. */
const DEAD_NODE = 20_000;
/** Milliseconds of being away that nobody is told of, with what the way takes. */
const SILENT = 3_500;
/** Milliseconds that what was said of somebody may be on its way. */
const ON_THE_WAY = 2_000;

/**
 * Whether somebody has the room open, and since when; `away`: their last absence before
 * they came; `came`: when they last did after one that is told.
 */
interface Truth {
  connections: number;
  since: number;
  away: number;
  came: number;
}

interface Observer {
  readonly since: number;
  online: Set<string> | null;
}

/** I14 in one room. While faults happen nothing is asked of anybody. */
export function* checkCompany(room: string, history: readonly Entry[]): Iterable<Violation> {
  const users = new Map<string, string>();
  const truths = new Map<string, Truth>();
  const observers = new Map<string, Observer>();
  const facts = { truths, openings: openingsIn(room, history) };
  const nodes = new Set<string>();
  /** From when on all is known; `null` while faults happen. */
  let due: number | null = null;
  let nodeKnown = 0;
  for (const entry of history) {
    const { t } = entry;
    if (entry.kind === "sign-in") users.set(entry.client, entry.user);
    const isKnown: boolean = due !== null && t >= Math.max(due, nodeKnown);
    if (entry.kind === "start") nodes.add(entry.node);
    if (entry.kind === "exit" && nodes.delete(entry.node) && nodes.size > 0)
      if (entry.how !== "SIGTERM") nodeKnown = t + DEAD_NODE;
    if (entry.kind === "calm") due ??= t + (entry.clean ? CLEAN : DEAD);
    if (entry.kind === "fault") {
      if (isKnown) yield* compare(t, observers, facts);
      due = null;
    }
    if (entry.kind === "stay" && entry.room === room) {
      if (isKnown) yield* compare(t, observers, facts);
      move(truths, users.get(entry.client) ?? entry.client, entry.opens ? 1 : -1, t);
      if (entry.opens) observers.set(entry.client, { since: t, online: null });
      else observers.delete(entry.client);
    }
    if (entry.kind === "company" && entry.room === room) {
      const observer = observers.get(entry.client);
      if (!entry.whole && isKnown) yield* checkMoves(entry.client, t, entry, facts);
      if (observer) hear(observer, entry);
    }
  }
  const { t = 0 } = history.at(-1) ?? {};
  if (due !== null && t >= Math.max(due, nodeKnown)) yield* compare(t, observers, facts);
}

interface Facts {
  readonly truths: ReadonlyMap<string, Truth>;
  readonly openings: ReadonlyMap<string, readonly number[]>;
}

function openingsIn(room: string, history: readonly Entry[]): Map<string, number[]> {
  const users = new Map<string, string>();
  const openings = new Map<string, number[]>();
  for (const entry of history) {
    if (entry.kind === "sign-in") users.set(entry.client, entry.user);
    if (entry.kind !== "stay" || entry.room !== room || !entry.opens) continue;
    const user = users.get(entry.client) ?? entry.client;
    openings.set(user, [...(openings.get(user) ?? []), entry.t]);
  }
  return openings;
}

/** Whether they come just now: others may be told of it before they know themselves. */
function comesAt(openings: Facts["openings"], user: string, t: number): boolean {
  return openings.get(user)?.some((at) => at >= t && at <= t + ON_THE_WAY) ?? false;
}

function move(truths: Map<string, Truth>, user: string, by: 1 | -1, t: number): void {
  const never = { connections: 0, since: -Infinity, away: Infinity, came: -Infinity };
  const truth = truths.get(user) ?? never;
  const before = truth.connections;
  truth.connections += by;
  if (before === 0) truth.away = t - truth.since;
  if (before === 0 && truth.away >= SILENT) truth.came = t;
  if (before === 0 || truth.connections === 0) truth.since = t;
  truths.set(user, truth);
}

function hear(observer: Observer, { whole, online, offline }: Company): void {
  const known = whole ? [] : [...(observer.online ?? [])];
  const gone = new Set(offline);
  observer.online = new Set([...known.filter((user) => !gone.has(user)), ...online]);
}

/** Of whom it is known by now, everybody knows it. */
function* compare(
  t: number,
  observers: ReadonlyMap<string, Observer>,
  { truths, openings }: Facts,
): Iterable<Violation> {
  for (const [client, { since, online }] of observers) {
    if (t < since + CLEAN) continue;
    const strangers = [...(online ?? [])].filter((user) => !truths.has(user));
    for (const user of strangers)
      yield { rule: "I14", what: `${client} sees ${user}, who was never there` };
    for (const [user, truth] of truths) {
      if (t < truth.since + CLEAN) continue;
      const [is, sees] = [truth.connections > 0, online?.has(user) ?? false];
      if (is === sees || comesAt(openings, user, t)) continue;
      const so = is ? "is there" : "is gone";
      const what = `${user} ${so} since ${seconds(t - truth.since)} s, and ${client} does not see it`;
      yield { rule: "I14", what };
    }
  }
}

/** Who is said to have come or gone did so, and for longer than nobody is told of. */
function* checkMoves(
  client: string,
  t: number,
  { online, offline }: Company,
  { truths, openings }: Facts,
): Iterable<Violation> {
  for (const user of online) {
    const truth = truths.get(user);
    const { connections = 0, since = 0, came: at = -Infinity } = truth ?? {};
    // Or they came, and went again while that was on its way.
    const came = t <= at + (connections > 0 ? CLEAN : ON_THE_WAY);
    const comes = connections === 0 && t - since >= SILENT && comesAt(openings, user, t);
    if (came || comes) continue;
    yield { rule: "I14", what: `${client} was told that ${user} came, who did not` };
  }
  for (const user of offline) {
    const { connections = 0, since = t, away = 0 } = truths.get(user) ?? {};
    const wasAway = connections === 0 ? t - since >= SILENT : away >= SILENT;
    if (wasAway && (connections === 0 || t <= since + ON_THE_WAY)) continue;
    yield { rule: "I14", what: `${client} was told that ${user} went, who did not` };
  }
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
