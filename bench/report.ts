import { cost, isNoisy, type Result, type Run } from "./workloads.ts";

export interface Verdict {
  goal: string;
  seen: string;
  reached: boolean;
}

/** The tables and the goals, as text. */
export function report(results: readonly Result[]): string {
  const fanOut = results.filter((result) => result.workload.mode === "paced");
  const durable = results.filter((result) => result.workload.mode === "closed");
  const parts: string[] = [];
  if (fanOut.length > 0) parts.push(table(FAN_OUT_HEAD, fanOut.map(fanOutRow)));
  if (durable.length > 0) {
    parts.push(table(DURABLE_HEAD, durable.map(durableRow)));
    parts.push(`one append + fdatasync on this disk: ${syncOf(durable).toFixed(3)} ms (p50)`);
  }
  const goals = verdicts(results).map(({ goal, seen, reached }) => [
    goal,
    seen,
    reached ? "reached" : "NOT reached",
  ]);
  parts.push(table(["goal", "seen", ""], goals));
  const all = results.flatMap((result) => [...result.snug, ...result.reference]);
  const noisy = all.filter(isNoisy).length;
  if (noisy > 0)
    parts.push(
      `${noisy} of ${all.length} windows had more than 0.25 core of foreign work: not to be trusted.`,
    );
  const saturated = results.filter(
    (result) => median(result.snug, (run) => run.generatorBusy) > 0.9,
  );
  if (saturated.length > 0)
    parts.push(
      `The generator was over 90 % busy, so Snug may be faster: ${saturated.map((result) => result.workload.name).join("; ")}.`,
    );
  return parts.join("\n\n");
}

/** What was promised, against the medians seen. */
export function verdicts(results: readonly Result[]): Verdict[] {
  const list: Verdict[] = [];
  const find = (name: string) => results.find((result) => result.workload.name.startsWith(name));
  const judge = (goal: string, seen: number, most: number, unit: string) =>
    list.push({ goal, seen: `${format(seen)} ${unit}`, reached: Number(format(seen)) <= most });
  const busy = find("W1 1 × 1000, 100/s");
  if (busy) {
    judge("G1  W1 100/s, durable: ≤ 0.65 × c-each", ratio(busy), 0.65, "×");
    judge("G1  W1 100/s: p99 ≤ 40 ms", median(busy.snug, p99), 40, "ms");
  }
  const quiet = find("W1 1 × 1000, 20/s");
  if (quiet) {
    judge("G3  W1 20/s, durable: ≤ 1.25 × c-each", ratio(quiet), 1.25, "×");
    judge(
      "G3  W1 20/s: p99 ≤ 1.5 × c-each",
      median(quiet.snug, p99) / median(quiet.reference, p99),
      1.5,
      "×",
    );
  }
  const small = find("W2");
  if (small) judge("G5  W2, durable: ≤ 1.4 × c-each", ratio(small), 1.4, "×");
  const alone = find("W4 1 × 1");
  const senders = find("W4 64 × 1");
  const streams = find("W4 64 × 16");
  if (!alone || !senders || !streams) return list;
  for (const [result, least] of [
    [senders, 50],
    [streams, 100],
  ] as const) {
    const rate = median(result.snug, ackRate) / 1000;
    list.push({
      goal: `G7  ${result.workload.name}: ≥ ${least} k acks/s`,
      seen: `${format(rate)} k`,
      reached: rate >= least,
    });
    judge(`G7  ${result.workload.name}: ≤ 15 µs/ack`, median(result.snug, cost), 15, "µs");
  }
  judge("G7  W4 1 × 1: p50 ≤ 2 × one fdatasync", median(alone.snug, p50) / syncOf([alone]), 2, "×");
  return list;
}

const FAN_OUT_HEAD = [
  "µs CPU per delivery",
  "Snug",
  "c-each",
  "ratio",
  "Snug p50/p99 ms",
  "c-each p50/p99 ms",
  "events/frame",
  "user CPU",
];

function fanOutRow({ workload, snug, reference }: Result): string[] {
  return [
    workload.name,
    format(median(snug, cost)),
    format(median(reference, cost)),
    (median(snug, cost) / median(reference, cost)).toFixed(2),
    latency(snug),
    latency(reference),
    format(median(snug, (run) => run.delivered / run.frames)),
    `${Math.round(median(snug, (run) => run.serverUserShare) * 100)} %`,
  ];
}

const DURABLE_HEAD = [
  "durable acks",
  "acks/s",
  "µs CPU/ack",
  "p50/p99 ms",
  "c-each, which stores nothing: acks/s",
  "µs CPU/ack",
  "p50/p99 ms",
];

function durableRow({ workload, snug, reference }: Result): string[] {
  return [
    workload.name,
    ...[snug, reference].flatMap((runs) => [
      kilo(median(runs, ackRate)),
      format(median(runs, cost)),
      latency(runs),
    ]),
  ];
}

function ratio({ snug, reference }: Result): number {
  return median(snug, cost) / median(reference, cost);
}

function syncOf(results: readonly Result[]): number {
  return median(
    results.flatMap((result) => result.sync),
    (value) => value,
  );
}

const p50 = (run: Run) => run.p50;
const p99 = (run: Run) => run.p99;
const ackRate = (run: Run) => run.acks / run.seconds;

function latency(runs: readonly Run[]): string {
  return `${format(median(runs, p50))} / ${format(median(runs, p99))}`;
}

function kilo(value: number): string {
  return `${format(value / 1000)} k`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function median<Item>(items: readonly Item[], value: (item: Item) => number): number {
  const sorted = items.map(value).toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (
    ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const draw = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return lines.map(draw).join("\n");
}
