import type { Entry, Fault, Measure } from "../history.ts";
import type { Violation } from "../invariants.ts";

const MIB = 2 ** 20;
const QUEUED_AT_MOST = 1 * MIB;
const PER_CONNECTION = 40 * 1024;
const SPARE_MEMORY = 64 * MIB;
/** Milliseconds. */
const LAG_BELOW = 200;

/** I16. The first measure of a process is its base. */
export function* checkBounds(history: readonly Entry[]): Iterable<Violation> {
  const bases = new Map<string, Measure>();
  const lags = new Map<string, number[]>();
  for (const entry of history) {
    if (entry.kind === "start") bases.delete(entry.node);
    if (entry.kind !== "measure") continue;
    const { node, rss, connections, queued, lag } = entry;
    lags.set(node, [...(lags.get(node) ?? []), lag]);
    const base = bases.get(node) ?? entry;
    bases.set(node, base);
    if (queued > QUEUED_AT_MOST)
      yield { rule: "I16", what: `${node} kept ${queued} bytes for one connection` };
    const most = base.rss + PER_CONNECTION * connections + SPARE_MEMORY;
    if (rss > most) {
      const grown = `${node} grew from ${base.rss} to ${rss} bytes with ${connections} connections`;
      yield { rule: "I16", what: grown };
    }
  }
  for (const [node, all] of lags) {
    const p99 = all.toSorted((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? 0;
    if (p99 >= LAG_BELOW) yield { rule: "I16", what: `${node} was late by ${p99} ms (p99)` };
  }
}

/** The most that may be taken without loss, by the word that says so. */
const survives: Record<string, Fault["takes"]> = {
  memory: "connection",
  disk: "power",
  replicated: "node",
};
const harms: readonly Fault["takes"][] = ["connection", "process", "power", "node", "history"];

/** I18. A word may say less than is kept, never more. `lost`: acknowledged sends that are gone. */
export function* checkDurability(history: readonly Entry[], lost: number): Iterable<Violation> {
  const words = new Set(
    history.flatMap((entry) => (entry.kind === "durability" ? [entry.word] : [])),
  );
  if (words.size > 1)
    yield { rule: "I18", what: `the durability was called ${[...words].join(" and ")}` };
  // A history is too long to be spread into arguments.
  let worst = 0;
  for (const entry of history)
    if (entry.kind === "fault") worst = Math.max(worst, harms.indexOf(entry.takes));
  for (const word of words) {
    const kept = survives[word];
    if (kept === undefined) yield { rule: "I18", what: `no durability is called ${word}` };
    else if (lost > 0 && worst <= harms.indexOf(kept)) {
      const what = `${word} should survive what takes the ${harms[worst]}, and ${lost} acknowledged sends are lost`;
      yield { rule: "I18", what };
    }
  }
}

/** Shorter ones stand in a line by chance: a text of two letters is in every word. */
const SHORTEST_SECRET = 8;

/** I19. Lines are JSON, so that each secret is looked for as it is and as JSON spells it. */
export function* checkLogLines(history: readonly Entry[]): Iterable<Violation> {
  const secrets = new Map<string, string>();
  for (const entry of history) {
    if (entry.kind === "secret") secrets.set(entry.value, entry.name);
    else if (entry.kind === "invoke") secrets.set(entry.text, `the text of ${entry.clientId}`);
  }
  const known = [...secrets].filter(([value]) => value.length >= SHORTEST_SECRET);
  const spelled = known.map(([value, name]) => ({
    name,
    forms: [value, JSON.stringify(value).slice(1, -1)],
  }));
  const lines = new Set(history.flatMap((entry) => (entry.kind === "log-line" ? entry.line : [])));
  for (const line of lines) {
    const told = spelled.find(({ forms }) => forms.some((form) => line.includes(form)));
    if (told) yield { rule: "I19", what: `a server printed ${told.name}` };
  }
}

const UNCAUGHT = /unhandled ?rejection|uncaught ?exception/i;

/** I20 */
export function* checkProcesses(history: readonly Entry[]): Iterable<Violation> {
  const running = new Set<string>();
  for (const entry of history) {
    if (entry.kind === "start") {
      if (running.has(entry.node))
        yield { rule: "I20", what: `${entry.node} was gone, and nobody saw it end` };
      running.add(entry.node);
    } else if (entry.kind === "exit") {
      running.delete(entry.node);
      if (!entry.asked) yield { rule: "I20", what: `${entry.node} ended unasked: ${entry.how}` };
    } else if (entry.kind === "log-line" && UNCAUGHT.test(entry.line)) {
      yield { rule: "I20", what: `${entry.node} printed: ${entry.line}` };
    }
  }
}
