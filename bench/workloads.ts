import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, out } from "./build.ts";
import { timeSync } from "./disk.ts";
import { calm, FOREIGN } from "./noise.ts";
import { runLoad, startServer, type Server } from "./server.ts";
import { startSnug, type Seeded } from "./snug.ts";

export type Group = "w1" | "w2" | "w4";

/** `paced`: every connection has its room open. `closed`: nobody has, so that only replies return. */
export interface Workload {
  group: Group;
  name: string;
  connections: number;
  rooms: "general" | "hundred";
  mode: "paced" | "closed";
  /** Posts a second in all when paced; posts in flight on each connection when closed. */
  amount: number;
}

export const workloads: readonly Workload[] = [
  {
    group: "w1",
    name: "W1 1 × 1000, 100/s",
    connections: 1000,
    rooms: "general",
    mode: "paced",
    amount: 100,
  },
  {
    group: "w1",
    name: "W1 1 × 1000, 20/s",
    connections: 1000,
    rooms: "general",
    mode: "paced",
    amount: 20,
  },
  {
    group: "w2",
    name: "W2 100 × 10, 1000/s",
    connections: 1000,
    rooms: "hundred",
    mode: "paced",
    amount: 1000,
  },
  { group: "w4", name: "W4 1 × 1", connections: 1, rooms: "general", mode: "closed", amount: 1 },
  { group: "w4", name: "W4 64 × 1", connections: 64, rooms: "general", mode: "closed", amount: 1 },
  {
    group: "w4",
    name: "W4 64 × 16",
    connections: 64,
    rooms: "general",
    mode: "closed",
    amount: 16,
  },
];

export interface Pace {
  repeats: number;
  warmUp: number;
  seconds: number;
}

/** What the generator saw in one measured window. */
export interface Run {
  seconds: number;
  delivered: number;
  acks: number;
  frames: number;
  serverCpuUs: number;
  serverUserShare: number;
  /** Milliseconds: delivery when paced, reply when closed. */
  p50: number;
  p99: number;
  max: number;
  /** The payload of a frame with one event. */
  loneFrameBytes: number;
  /** The worst delay of a paced post behind its time. */
  lateMs: number;
  generatorBusy: number;
  /** Cores' worth of work by others on core 0 and core 1. */
  foreign: [number, number];
}

export interface Result {
  workload: Workload;
  snug: Run[];
  reference: Run[];
  /** Milliseconds for one small append + fdatasync, timed before each repeat. */
  sync: number[];
}

const ATTEMPTS = 3;
const WARM_UP: Pace = { repeats: 1, warmUp: 2, seconds: 1 };

/** Measures a group's workloads, Snug and the reference in turn within each repeat. */
export async function measure(
  group: Group,
  pace: Pace,
  folder: string,
  onRun: (line: string) => void,
): Promise<Result[]> {
  const programs = build();
  const { server: snug, seeded } = await startSnug(join(folder, group));
  const results: Result[] = [];
  try {
    await warmUp(programs.load, snug, seeded);
    for (const workload of workloads.filter((candidate) => candidate.group === group)) {
      const plan = writePlan(workload, seeded);
      const result: Result = { workload, snug: [], reference: [], sync: [] };
      results.push(result);
      let reference: Server | undefined;
      try {
        for (let repeat = 0; repeat < pace.repeats; repeat++) {
          await calm();
          result.sync.push(timeSync(folder));
          const run = await window(programs.load, snug, plan, workload, pace);
          result.snug.push(run);
          reference ??= await startServer("c-each", [
            programs.reference,
            String(run.loneFrameBytes),
          ]);
          const bare = await window(programs.load, reference, plan, workload, pace);
          result.reference.push(bare);
          onRun(`${workload.name}: Snug ${brief(run)}, c-each ${brief(bare)}`);
        }
      } finally {
        await reference?.close();
      }
    }
  } finally {
    await snug.close();
  }
  return results;
}

/** CPU of the server for one message delivered, or for one reply when only replies return. */
export function cost(run: Run): number {
  return run.serverCpuUs / (run.delivered || run.acks || Number.NaN);
}

export function isNoisy(run: Run): boolean {
  return Math.max(...run.foreign) > FOREIGN;
}

// What a server costs that runs for long, not what its compiler costs that meets the code for the first time.
async function warmUp(load: string, server: Server, seeded: Seeded): Promise<void> {
  const burst: Workload = {
    group: "w4",
    name: "warm-up",
    connections: 64,
    rooms: "general",
    mode: "closed",
    amount: 16,
  };
  await runLoad(loadCommand(load, server, writePlan(burst, seeded), burst, WARM_UP), 3);
}

// A window with much foreign work is measured again, a few times at most.
async function window(
  load: string,
  server: Server,
  plan: string,
  workload: Workload,
  pace: Pace,
): Promise<Run> {
  const command = loadCommand(load, server, plan, workload, pace);
  for (let attempt = 1; ; attempt++) {
    await calm();
    const run = JSON.parse(await runLoad(command, pace.warmUp + pace.seconds)) as Run;
    if (!isNoisy(run) || attempt === ATTEMPTS) return run;
  }
}

function loadCommand(
  load: string,
  { port, pid }: Server,
  plan: string,
  { mode, amount }: Workload,
  { warmUp: before, seconds }: Pace,
): string[] {
  return [load, ...[port, pid, plan, mode, amount, before, seconds].map(String)];
}

function writePlan(workload: Workload, { tokens, rooms }: Seeded): string {
  const path = join(out, "plan");
  const lines = tokens
    .slice(0, workload.connections)
    .map(
      (token, index) =>
        `${token} ${workload.rooms === "general" ? "general" : rooms[index % rooms.length]}\n`,
    );
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}

function brief(run: Run): string {
  return `${cost(run).toFixed(2)} µs, p99 ${run.p99.toFixed(1)} ms${isNoisy(run) ? " (noisy)" : ""}`;
}
