import type { GapReason } from "@snug/protocol";
import type { Gateway } from "./gateway/gateway.ts";

/** Figures for Prometheus, in its text format. No name, id or text is ever among them. */
export class Metrics {
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";

  readonly #gaps: Record<GapReason, number> = { too_far: 0, trimmed: 0, rewritten: 0, new_log: 0 };
  #slow = 0;
  #faults = 0;
  readonly #commitSeconds = new Histogram([
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2,
  ]);
  readonly #commitChanges = new Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  #gateway: Gateway | null = null;

  watch(gateway: Gateway): void {
    this.#gateway = gateway;
  }

  gap = (reason: GapReason): void => void this.#gaps[reason]++;
  slow = (): void => void this.#slow++;
  fault = (): void => void this.#faults++;

  commit = (changes: number, seconds: number): void => {
    this.#commitSeconds.observe(seconds);
    this.#commitChanges.observe(changes);
  };

  text(): string {
    const transports = ["websocket", "sse"] as const;
    const open = transports.map((name): Sample => [name, this.#gateway?.count(name) ?? 0]);
    const figures: Figure[] = [
      {
        name: "snug_gaps_total",
        type: "counter",
        help: "Gaps told to readers, by reason.",
        samples: by("reason", Object.entries(this.#gaps)),
      },
      {
        name: "snug_slow_closes_total",
        type: "counter",
        help: "Connections closed because their queue was full or stood still.",
        samples: [["", this.#slow]],
      },
      {
        name: "snug_faults_total",
        type: "counter",
        help: "Faults of the store or of the server itself.",
        samples: [["", this.#faults]],
      },
      {
        name: "snug_commit_seconds",
        type: "histogram",
        help: "Time of one durable commit.",
        samples: this.#commitSeconds.samples(),
      },
      {
        name: "snug_commit_changes",
        type: "histogram",
        help: "Changes that shared one commit.",
        samples: this.#commitChanges.samples(),
      },
      {
        name: "snug_connections",
        type: "gauge",
        help: "Open connections, by transport.",
        samples: by("transport", open),
      },
      {
        name: "snug_queue_bytes",
        type: "gauge",
        help: "Bytes that wait for readers who are behind.",
        samples: [["", this.#gateway?.postRoom.queuedBytes ?? 0]],
      },
    ];
    return figures.map(told).join("\n");
  }
}

interface Figure {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What follows the figure's name, and the value. */
type Sample = readonly [suffix: string, value: number];

class Histogram {
  readonly #bounds: readonly number[];
  /** How many were at most this bound and above the one before; the last, above all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  samples(): Sample[] {
    let count = 0;
    const buckets = this.#counts.map((more, bucket): Sample => {
      count += more;
      return [`_bucket{le="${this.#bounds[bucket] ?? "+Inf"}"}`, count];
    });
    return [...buckets, ["_sum", this.#sum], ["_count", count]];
  }
}

const by = (label: string, values: readonly Sample[]): Sample[] =>
  values.map(([name, value]) => [`{${label}="${name}"}`, value]);

function told({ name, type, help, samples }: Figure): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
