import type { Entry } from "../history.ts";
import type { Violation } from "../invariants.ts";

/** Milliseconds, once the faults are over. */
const ANSWERED_WITHIN = 15_000;
const BACK_WITHIN = 30_000;
const GAPS_WITHIN = 30_000;
const GAPS_AT_MOST = 3;

interface Span {
  from: number;
  to: number;
}

/** The timed half of I17; that nothing is unanswered for ever needs no times and is checked with I3. */
export function* checkLiveness(history: readonly Entry[]): Iterable<Violation> {
  const over = history.at(-1)?.t ?? 0;
  const calms = calmsOf(history, over);
  if (calms.length === 0) return;
  const longest = (span: Span) =>
    Math.max(...calms.map(({ from, to }) => Math.min(to, span.to) - Math.max(from, span.from)));

  for (const [name, span] of pendings(history, over)) {
    if (longest(span) <= ANSWERED_WITHIN) continue;
    yield { rule: "I17", what: `${name} waited ${seconds(longest(span))} s though all was well` };
  }
  for (const { name, span, back } of absences(history, over)) {
    if (longest(span) > BACK_WITHIN) {
      yield {
        rule: "I17",
        what: `${name} was away ${seconds(longest(span))} s though all was well`,
      };
    } else if (!back && longest(span) > 0) {
      yield { rule: "I17", what: `${name} was still away when the run was over` };
    }
  }
  for (const [client, times] of gapTimes(history)) {
    for (const { from, to } of calms) {
      const calm = times.filter((t) => t >= from && t < to);
      const crowded = calm.find(
        (t, index) => (calm[index + GAPS_AT_MOST] ?? Infinity) - t <= GAPS_WITHIN,
      );
      if (crowded === undefined) continue;
      const what = `${client} met more than ${GAPS_AT_MOST} gaps in ${GAPS_WITHIN / 1000} s`;
      yield { rule: "I17", what };
    }
  }
}

function calmsOf(history: readonly Entry[], over: number): Span[] {
  const calms: Span[] = [];
  let from: number | undefined;
  for (const entry of history) {
    if (entry.kind === "calm") from ??= entry.t;
    if (entry.kind !== "fault" || from === undefined) continue;
    calms.push({ from, to: entry.t });
    from = undefined;
  }
  return from === undefined ? calms : [...calms, { from, to: over }];
}

/** From the first try of each send to its answer; a refusal counts when nothing better followed. */
function pendings(history: readonly Entry[], over: number): Map<string, Span> {
  const spans = new Map<string, Span>();
  const done = new Set<string>();
  for (const entry of history) {
    if (entry.kind !== "invoke" && entry.kind !== "ok" && entry.kind !== "fail") continue;
    const name = `${entry.clientId} of ${entry.sender} in ${entry.room}`;
    const span = spans.get(name);
    if (span === undefined) spans.set(name, { from: entry.t, to: over });
    else if (entry.kind === "invoke") span.to = done.has(name) ? span.to : over;
    else if (!done.has(name)) span.to = entry.t;
    if (entry.kind === "ok") done.add(name);
  }
  return spans;
}

/** From each end of a client's reading to its next beginning; `finished` is no absence. */
function* absences(history: readonly Entry[], over: number) {
  const away = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind !== "open" && entry.kind !== "close") continue;
    const name = `${entry.client} in ${entry.room}`;
    const since = away.get(name);
    if (entry.kind === "open") {
      if (since !== undefined) yield { name, span: { from: since, to: entry.t }, back: true };
      away.delete(name);
    } else if (entry.why === "finished") {
      away.delete(name);
    } else if (since === undefined) {
      away.set(name, entry.t);
    }
  }
  for (const [name, from] of away) yield { name, span: { from, to: over }, back: false };
}

function gapTimes(history: readonly Entry[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const entry of history) {
    if (entry.kind === "gap")
      times.set(entry.client, [...(times.get(entry.client) ?? []), entry.t]);
  }
  return times;
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
