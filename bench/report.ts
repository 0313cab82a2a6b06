import type { Idle, Return } from "./crowd.ts";
import type { Grown, Growth } from "./growth.ts";
import { atLeast, atMost, format, kilo, median } from "./figures.ts";
import { cost, type Run } from "./load.ts";
import { isNoisy } from "./noise.ts";
import type { Part, Plot, Table, Verdict } from "./part.ts";
import { best, perSecond, type Peak } from "./peak.ts";
import type { Result } from "./workloads.ts";

/** W1, W2, W6: what a delivery costs. */
export function fanOut(results: readonly Result[], missing: readonly string[]): Part {
  const peers = results.filter(
    ({ peers: runs, failed }) => Object.keys({ ...runs, ...failed }).length > 0,
  );
  return {
    key: "fan-out",
    title: "What a delivery costs",
    what: `One room with 1,000 connections (W1), 100 rooms of 10 (W2), and W1 with event streams (W6). CPU of the server for each message delivered, medians. Snug has every message on disk before anyone sees it; the others store nothing, and nchan, Mosquitto and NATS only pass on what the client has made.`,
    tables: [
      { head: FAN_OUT_HEAD, rows: results.map(fanOutRow) },
      ...(peers.length > 0 ? [peerTable(peers)] : []),
    ],
    notes: [...saturated(results), ...missing.map((line) => `${line}.`), ...failures(peers)],
    verdicts: fanOutVerdicts(results),
    ...noise(results.flatMap(all)),
    plots: peers.flatMap((result) => bars(result)),
  };
}

/** W4: what a durable answer costs. */
export function durable(results: readonly Result[]): Part {
  return {
    key: "durable",
    title: "What a durable answer costs",
    what: `W4: connections × posts unanswered on each. Each answer says that its message is on disk; c-each stores nothing. What comes faster than the search index can be written is put into it after the flood: later.`,
    tables: [{ head: DURABLE_HEAD, rows: results.map(durableRow) }],
    notes: [`One append + fdatasync on this disk: ${syncOf(results).toFixed(3)} ms (p50).`],
    verdicts: durableVerdicts(results),
    ...noise(results.flatMap(all)),
  };
}

export function peakPart({ ramps, overloads }: Peak): Part {
  const [own] = ramps;
  const top = own && best(own);
  const most = top ? perSecond(top.run) / 1e6 : 0;
  const runs = [...overloads, ...ramps.flatMap(({ steps }) => steps.map(({ run }) => run))];
  const grown = median(overloads, ({ rssMost, rssBefore }) => rssMost - rssBefore) / 2 ** 20;
  const drained = middle(overloads, "drainMs");
  const after = middle(overloads, "p99");
  return {
    key: "peak",
    title: "The peak, and twice as much",
    what: `One room of 1,000, the rate stepped up until the p99 passes 100 ms or something is lost; then twice the rate that Snug bore, for 4 s, each time with a new server: medians.`,
    tables: [
      {
        head: [
          "one core",
          "posts/s borne",
          "deliveries/s",
          "µs CPU each",
          "p99 ms",
          "what ended it",
        ],
        rows: ramps.map((ramp) => {
          const step = best(ramp);
          if (!step) return [ramp.name, "–", "–", "–", "–", ramp.end];
          const { run, rate } = step;
          return [
            ramp.name,
            String(rate),
            `${format(perSecond(run) / 1e6)} M`,
            format(cost(run)),
            format(run.p99),
            ramp.end,
          ];
        }),
      },
      {
        head: ["twice that", ""],
        rows: [
          [
            "posts/s asked for, and given",
            `${middle(overloads, "rate")}, ${format(middle(overloads, "given"))}`,
          ],
          ["deliveries outstanding at the end of the load", String(middle(overloads, "missing"))],
          ["all of them there after", `${format(drained)} ms`],
          ["connections closed as slow", String(middle(overloads, "closed"))],
          ["memory grown by", `${format(grown)} MiB`],
          ["p99 in the 2 s after it, at 20 posts/s", `${format(after)} ms`],
        ],
      },
    ],
    notes: [],
    verdicts: [
      atLeast("peak on one core, p99 ≤ 100 ms: ≥ 5 M deliveries/s", most, 5, "M"),
      atMost("overload: normal within 2 s", drained / 1000, 2, "s"),
      atMost("overload: p99 after it ≤ 100 ms", after, 100, "ms"),
      atMost("overload: memory is bounded, ≤ 512 MiB more", grown, 512, "MiB"),
    ],
    ...noise(runs),
    plots: [
      {
        kind: "lines",
        file: "ramp.svg",
        title: "CPU of the server for each delivery, one room of 1,000",
        x: "posts a second",
        y: "µs",
        lines: ramps.map(({ name, steps }) => ({
          name,
          points: steps.map(({ rate, run }) => [rate, cost(run)] as const),
        })),
      },
    ],
  };
}

export function idlePart(all: readonly Idle[], failed: readonly string[]): Part {
  const own = all.find(({ name, roomsEach }) => name === "Snug" && roomsEach === 1)?.runs;
  return {
    key: "idle",
    title: "Connections that say nothing",
    what: `W3: 10,000 connections, 32 coming at a time, each with one of 1,000 rooms open, or each with 20 of them, where 200 people see each other come. Memory is what the server's resident set grew by, without the kernel's buffers. Medians, each window with a new server.`,
    tables: [
      {
        head: [
          "",
          "connections",
          "rooms each",
          "KB each",
          "µs CPU to connect",
          "connects/s",
          "µs CPU/s each, idle",
        ],
        rows: all.map(({ name, roomsEach, runs }) => [
          name,
          middle(runs, "connections").toLocaleString("en"),
          String(roomsEach),
          format(middle(runs, "bytes") / 1024),
          format(middle(runs, "connectUs")),
          kilo(middle(runs, "perSecond")),
          format(middle(runs, "idleUsPerSecond")),
        ]),
      },
    ],
    notes: failed,
    verdicts: own
      ? [
          atMost("W3: ≤ 5 KB for each connection", middle(own, "bytes") / 1024, 5, "KB"),
          atMost("W3: ≤ 45 µs to connect", middle(own, "connectUs"), 45, "µs"),
          atLeast("W3: ≥ 12 k connects/s", middle(own, "perSecond") / 1000, 12, "k"),
        ]
      : [],
    ...noise(all.flatMap(({ runs }) => runs)),
  };
}

export function growthPart({ all, most }: Growth): Part {
  const coming = ({ comingForeign }: Grown) => ({
    foreign: [comingForeign, 0] as [number, number],
  });
  return {
    key: "growth",
    title: "With more and more connections",
    what: `W9: connections that each have a room of ten open, and 400 posts a second among all of them, which is 4,000 deliveries. Medians, each window with a new server, on the same data folder of 20,000 people.`,
    tables: [
      {
        head: [
          "connections",
          "KB each",
          "µs CPU to connect",
          "µs CPU/s each, idle",
          "µs CPU per delivery",
          "p50/p99 ms",
        ],
        rows: all.map((runs) => [
          middle(runs, "connections").toLocaleString("en"),
          format(middle(runs, "bytes") / 1024),
          format(middle(runs, "connectUs")),
          format(middle(runs, "idleUsPerSecond")),
          format(median(runs, cost)),
          latency(runs),
        ]),
      },
    ],
    notes: most === null ? [] : [`${most.toLocaleString("en")} is what one process may have here.`],
    verdicts: [],
    ...noise(all.flat().flatMap((one) => [one, coming(one)])),
  };
}

export function returnPart(all: readonly Return[]): Part {
  const seconds = middle(all, "allMs") / 1000;
  const p99 = middle(all, "p99");
  return {
    key: "return",
    title: "All come back at once",
    what: `W5: ${middle(all, "connections")} people connect in the same moment, sign in, and open their room with a cursor ${middle(all, "events")} events old. Each gets exactly those, in order, and what is said next. Medians, each window with a new server.`,
    tables: [
      {
        head: ["all have all", "resume p50 ms", "resume p99 ms", "µs CPU each", "memory grown by"],
        rows: [
          [
            `${format(seconds)} s`,
            format(middle(all, "p50")),
            format(p99),
            format(middle(all, "cpuUs")),
            `${format(median(all, ({ rssMost, rssBefore }) => rssMost - rssBefore) / 2 ** 20)} MiB`,
          ],
        ],
      },
    ],
    notes: [],
    verdicts: [
      atMost("W5: all are back within 10 s", seconds, 10, "s"),
      atMost("W5: p99 of a resume ≤ 2 s", p99 / 1000, 2, "s"),
    ],
    ...noise(all),
  };
}

function fanOutVerdicts(results: readonly Result[]): Verdict[] {
  const find = (name: string) => results.filter((result) => result.workload.name.startsWith(name));
  return [
    ...find("W1 1 × 1000, 100/s").flatMap((busy) => [
      atMost("W1 100/s, durable: ≤ 0.65 × c-each", ratio(busy), 0.65, "×"),
      atMost("W1 100/s: p99 ≤ 40 ms", middle(busy.snug, "p99"), 40, "ms"),
    ]),
    ...find("W1 1 × 1000, 20/s").flatMap((quiet) => [
      atMost("W1 20/s, durable: ≤ 1.25 × c-each", ratio(quiet), 1.25, "×"),
      atMost(
        "W1 20/s: p99 ≤ 1.5 × c-each",
        middle(quiet.snug, "p99") / middle(quiet.reference, "p99"),
        1.5,
        "×",
      ),
    ]),
    ...find("W1 1 × 1000, 400/s").flatMap((full) => [
      atMost("W1 400/s, durable: ≤ 0.4 × c-loop", ratio(full), 0.4, "×"),
      atMost("W1 400/s: p99 ≤ 40 ms", middle(full.snug, "p99"), 40, "ms"),
    ]),
    ...find("W2").map((small) => atMost("W2, durable: ≤ 1.4 × c-each", ratio(small), 1.4, "×")),
    ...find("W6 SSE, 100/s").map((busy) =>
      atMost(
        "W6 100/s: ≤ 1.1 × our WebSocket",
        median(busy.snug, cost) / median(busy.sockets, cost),
        1.1,
        "×",
      ),
    ),
    ...find("W6 SSE, 20/s").map((quiet) =>
      atMost("W6 20/s: ≤ 1.3 × c-each", ratio(quiet), 1.3, "×"),
    ),
  ];
}

function durableVerdicts(results: readonly Result[]): Verdict[] {
  const find = (name: string) => results.find((result) => result.workload.name.startsWith(name));
  const alone = find("W4 1 × 1");
  const senders = find("W4 64 × 1");
  const streams = find("W4 64 × 16");
  if (!alone || !senders || !streams) return [];
  return [
    ...(
      [
        [senders, 50],
        [streams, 100],
      ] as const
    ).flatMap(([result, least]) => {
      const { name } = result.workload;
      return [
        atLeast(`${name}: ≥ ${least} k acks/s`, median(result.snug, ackRate) / 1000, least, "k"),
        atMost(`${name}: ≤ 15 µs/ack`, median(result.snug, cost), 15, "µs"),
      ];
    }),
    atMost(
      "W4 1 × 1: p50 ≤ 2 × one fdatasync",
      middle(alone.snug, "p50") / syncOf([alone]),
      2,
      "×",
    ),
  ];
}

const FAN_OUT_HEAD = [
  "µs CPU per delivery",
  "Snug",
  "reference",
  "ratio",
  "Snug p50/p99 ms",
  "reference p50/p99 ms",
  "events/frame",
  "user CPU",
];

function fanOutRow({ workload, snug, reference }: Result): string[] {
  return [
    workload.name,
    format(median(snug, cost)),
    `${format(median(reference, cost))} (${workload.reference})`,
    (median(snug, cost) / median(reference, cost)).toFixed(2),
    latency(snug),
    latency(reference),
    format(median(snug, (run) => run.delivered / run.frames)),
    `${Math.round(median(snug, (run) => run.serverUserShare) * 100)} %`,
  ];
}

function peerTable(results: readonly Result[]): Table {
  const names = [
    ...new Set(results.flatMap(({ peers, failed }) => Object.keys({ ...peers, ...failed }))),
  ];
  const row = (name: string, runsOf: (result: Result) => readonly Run[] | undefined) => [
    name,
    ...results.flatMap((result) => {
      const runs = runsOf(result);
      if (!runs || runs.length === 0) return ["failed", "", ""];
      const times = median(runs, cost) / median(result.reference, cost);
      return [format(median(runs, cost)), `${times.toFixed(2)} ×`, format(middle(runs, "p99"))];
    }),
  ];
  return {
    head: [
      "beside its peers",
      ...results.flatMap(({ workload }) => [`${workload.name}: µs`, "× c-each", "p99 ms"]),
    ],
    rows: [
      row("Snug", ({ snug }) => snug),
      row("c-each", ({ reference }) => reference),
      ...names.map((name) => row(name, ({ peers }) => peers[name])),
    ],
  };
}

function bars({ workload, snug, reference, peers }: Result): Plot[] {
  const runs: (readonly [string, readonly Run[]])[] = [
    ["Snug", snug],
    [workload.reference, reference],
    ...Object.entries(peers),
  ];
  return [
    {
      kind: "bars",
      file: `${workload.group}-${workload.amount}.svg`,
      title: `${workload.name}: CPU of the server for each delivery`,
      unit: "µs",
      bars: runs.map(([name, of]) => [name, median(of, cost)] as const),
    },
  ];
}

function failures(results: readonly Result[]): string[] {
  return results.flatMap(({ workload, failed }) =>
    Object.entries(failed).map(([name, why]) => `${workload.name}, ${name}: ${why}.`),
  );
}

function saturated(results: readonly Result[]): string[] {
  const busy = results.filter((result) => median(result.snug, (run) => run.generatorBusy) > 0.9);
  if (busy.length === 0) return [];
  return [
    `The generator was over 90 % busy, so Snug may be faster: ${busy.map((result) => result.workload.name).join("; ")}.`,
  ];
}

const DURABLE_HEAD = [
  "durable acks",
  "acks/s",
  "µs CPU/ack",
  "p50/p99 ms",
  "µs later",
  "c-each, which stores nothing: acks/s",
  "µs CPU/ack",
  "p50/p99 ms",
];

function durableRow({ workload, snug, reference, later }: Result): string[] {
  const answers = (runs: readonly Run[]) => [
    kilo(median(runs, ackRate)),
    format(median(runs, cost)),
    latency(runs),
  ];
  const put = format(median(later, (value) => value));
  return [workload.name, ...answers(snug), put, ...answers(reference)];
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

const all = ({ snug, sockets, reference, peers }: Result): Run[] => [
  ...snug,
  ...sockets,
  ...reference,
  ...Object.values(peers).flat(),
];

/** The median of one figure. */
function middle<Key extends string>(runs: readonly Record<Key, number>[], key: Key): number {
  return median(runs, (run) => run[key]);
}

function noise(runs: readonly { foreign: [number, number] }[]) {
  return { noisy: runs.filter(isNoisy).length, windows: runs.length };
}

const ackRate = (run: Run) => run.acks / run.seconds;

function latency(runs: readonly Pick<Run, "p50" | "p99">[]): string {
  return `${format(middle(runs, "p50"))} / ${format(middle(runs, "p99"))}`;
}
