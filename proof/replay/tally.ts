import type { Reading, Verdict } from "../checker.ts";
import type { Entry, Transport } from "../history.ts";
import type { Played } from "./play.ts";

/** One reader's run: how their view differs from the log, and what they went through. */
export interface ReaderTally extends Reading {
  player: boolean;
  /** Times the room was opened again, and the events missed by then, which each brought. */
  resumes: number;
  caughtUp: number;
}

export interface Tally {
  /** Messages said, and the times they were sent. */
  said: number;
  sends: number;
  sentAgain: number;
  /** Of those sent again: somebody had seen the message already, so that only its answer was lost. */
  sentAgainInLog: number;
  acknowledged: number;
  refused: Record<string, number>;
  unanswered: number;
  lost: number;
  repeated: number;
  reordered: number;
  events: number;
  readers: ReaderTally[];
  gaps: Record<string, number>;
  closes: Record<string, number>;
  kills: number;
  away: number[];
  latency: Record<string, Latency>;
}

/** In milliseconds. */
export interface Latency {
  count: number;
  p50: number;
  p99: number;
}

export function tally(played: Played, verdict: Verdict): Tally {
  const { history, log } = played;
  const sends = tallySends(history);
  const firstSeen = seeFirst(history);
  const again = sentAgain(sends, firstSeen, log);
  const all = [...sends.values()];
  const unacknowledged = all.filter((send) => send.ackedAt === undefined);
  const refused = unacknowledged.filter((send) => send.code !== undefined);
  return {
    said: all.length,
    sends: all.length + again.length,
    sentAgain: again.length,
    sentAgainInLog: again.filter(Boolean).length,
    acknowledged: all.length - unacknowledged.length,
    refused: countBy(refused, (send) => send.code ?? ""),
    unanswered: unacknowledged.length - refused.length,
    ...verdict.sends,
    events: log.length,
    readers: tallyReaders(played, verdict, firstSeen),
    gaps: countBy(
      history.flatMap((entry) => (entry.kind === "gap" ? entry.reason : [])),
      String,
    ),
    closes: countBy(
      history.flatMap((entry) => (entry.kind === "close" ? entry.why : [])),
      String,
    ),
    kills: played.kills,
    away: played.away,
    latency: tallyLatency(played, sends),
  };
}

/** How many were sent again after they had been stored: what was lost was their answer alone. */
export function sentAgainInLog({ history, log }: Pick<Played, "history" | "log">): number {
  return sentAgain(tallySends(history), seeFirst(history), log).filter(Boolean).length;
}

/** For everything that was sent again, whether somebody had seen it by then. */
function sentAgain(
  sends: Map<string, SendTally>,
  firstSeen: Map<number, number>,
  log: Played["log"],
): boolean[] {
  const seqs = new Map(log.map((event) => [`${event.by} ${event.clientId}`, event.seq]));
  return [...sends].flatMap(([of, { triedAt }]) =>
    triedAt.slice(1).map((t) => (firstSeen.get(seqs.get(of) ?? 0) ?? Infinity) < t),
  );
}

function seeFirst(history: readonly Entry[]): Map<number, number> {
  const firstSeen = new Map<number, number>();
  for (const entry of history) {
    if (entry.kind === "observe" && !firstSeen.has(entry.seq)) firstSeen.set(entry.seq, entry.t);
  }
  return firstSeen;
}

interface SendTally {
  triedAt: number[];
  ackedAt: number | undefined;
  code: string | undefined;
}

function tallySends(history: readonly Entry[]): Map<string, SendTally> {
  const sends = new Map<string, SendTally>();
  for (const entry of history) {
    if (entry.kind !== "invoke" && entry.kind !== "ok" && entry.kind !== "fail") continue;
    const of = `${entry.sender} ${entry.clientId}`;
    const send = sends.get(of) ?? { triedAt: [], ackedAt: undefined, code: undefined };
    if (entry.kind === "invoke") {
      send.triedAt.push(entry.t);
      send.code = undefined;
    } else if (entry.kind === "ok") {
      send.ackedAt ??= entry.t;
    } else {
      send.code = entry.code;
    }
    sends.set(of, send);
  }
  return sends;
}

function tallyReaders(
  { history, plan }: Played,
  verdict: Verdict,
  firstSeen: Map<number, number>,
): ReaderTally[] {
  const watchers = new Set(plan.watchers.map(({ name }) => name));
  const opens = new Map<string, number[]>();
  const caughtUp = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind !== "open" && entry.kind !== "observe") continue;
    const before = opens.get(entry.client) ?? [];
    if (entry.kind === "open") opens.set(entry.client, [...before, entry.t]);
    if (entry.kind !== "observe" || before.length < 2) continue;
    const missed = (firstSeen.get(entry.seq) ?? Infinity) < (before.at(-1) ?? 0);
    if (missed) caughtUp.set(entry.client, (caughtUp.get(entry.client) ?? 0) + 1);
  }
  return verdict.readings.map((reading) => ({
    ...reading,
    player: !watchers.has(reading.client),
    resumes: Math.max(0, (opens.get(reading.client)?.length ?? 0) - 1),
    caughtUp: caughtUp.get(reading.client) ?? 0,
  }));
}

/**
 * Send to answer, apart for what had to be sent again; and send to sight for those who had the room
 * open all the while, because what was away cannot see.
 */
function tallyLatency(
  { history, log }: Played,
  sends: Map<string, SendTally>,
): Record<string, Latency> {
  const samples = {
    "sent to answered": [] as number[],
    "sent again to answered": [] as number[],
    "sent to seen on ws": [] as number[],
    "sent to seen on sse": [] as number[],
    "sent to seen by paging": [] as number[],
  };
  const seenOn = {
    ws: "sent to seen on ws",
    sse: "sent to seen on sse",
    http: "sent to seen by paging",
  } as const;
  for (const { triedAt, ackedAt } of sends.values()) {
    if (ackedAt === undefined) continue;
    const of = triedAt.length > 1 ? "sent again to answered" : "sent to answered";
    samples[of].push(ackedAt - (triedAt[0] ?? ackedAt));
  }
  const sentAt = new Map(
    log.map(({ seq, by, clientId }) => [seq, sends.get(`${by} ${clientId}`)?.triedAt[0]]),
  );
  const reading = new Map<string, { since: number; on: Transport }>();
  for (const entry of history) {
    if (entry.kind === "open") reading.set(entry.client, { since: entry.t, on: entry.transport });
    if (entry.kind === "close") reading.delete(entry.client);
    if (entry.kind !== "observe") continue;
    const sent = sentAt.get(entry.seq);
    const reader = reading.get(entry.client);
    if (sent !== undefined && reader && reader.since < sent)
      samples[seenOn[reader.on]].push(entry.t - sent);
  }
  return Object.fromEntries(
    Object.entries(samples).map(([of, values]) => [of, percentiles(values)]),
  );
}

export function percentiles(values: number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

function countBy<T>(of: readonly T[], name: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of of) counts[name(value)] = (counts[name(value)] ?? 0) + 1;
  return counts;
}
