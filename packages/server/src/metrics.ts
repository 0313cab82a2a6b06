import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { GapReason } from "@snug/protocol";
import type { Gateway } from "./gateway/gateway.ts";

/** Figures for Prometheus. No name, id or text is ever among them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #gaps = new Counter({
    name: "snug_gaps_total",
    help: "Gaps told to readers, by reason.",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #slow = new Counter({
    name: "snug_slow_closes_total",
    help: "Connections closed because their queue was full or stood still.",
    registers: [this.#registry],
  });
  readonly #faults = new Counter({
    name: "snug_faults_total",
    help: "Faults of the store or of the server itself.",
    registers: [this.#registry],
  });
  readonly #commitSeconds = new Histogram({
    name: "snug_commit_seconds",
    help: "Time of one commit, until it is as durable as was promised.",
    buckets: [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
    registers: [this.#registry],
  });
  readonly #commitChanges = new Histogram({
    name: "snug_commit_changes",
    help: "Changes that shared one commit.",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers: [this.#registry],
  });

  readonly contentType = this.#registry.contentType;

  constructor() {
    for (const reason of ["too_far", "trimmed", "rewritten", "new_log"])
      this.#gaps.inc({ reason }, 0);
  }

  watch(gateway: Gateway): void {
    new Gauge({
      name: "snug_connections",
      help: "Open connections, by transport.",
      labelNames: ["transport"],
      registers: [this.#registry],
      collect() {
        for (const transport of ["websocket", "sse"] as const)
          this.set({ transport }, gateway.count(transport));
      },
    });
    new Gauge({
      name: "snug_queue_bytes",
      help: "Bytes that wait for readers who are behind.",
      registers: [this.#registry],
      collect() {
        this.set(gateway.postRoom.queuedBytes);
      },
    });
  }

  gap = (reason: GapReason): void => this.#gaps.inc({ reason });
  slow = (): void => this.#slow.inc();
  fault = (): void => this.#faults.inc();

  commit = (changes: number, seconds: number): void => {
    this.#commitSeconds.observe(seconds);
    this.#commitChanges.observe(changes);
  };

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
