import { join } from "node:path";
import type { Programs } from "./build.ts";
import { cost, load, quietly, warmUp, type Line, type Run, type Wire } from "./load.ts";
import { isNoisy } from "./noise.ts";
import { cLoop, type Peer } from "./peers.ts";
import type { Seeded } from "./seeded.ts";
import type { Server } from "./server.ts";
import { startSnug } from "./snug.ts";
import { allPost } from "./workloads.ts";

/** One room of 1,000: so many posts a second, step by step. */
const RATES = [100, 200, 400, 800, 1_600, 3_200, 4_500, 5_500, 6_500, 8_000, 10_000];
const WARMING = 400;
const MOST_MS = 100;
const WARM_UP = 0.5;
const SECONDS = 1.5;
/** New servers that are given twice as much, each once: what one took, it does not give back at once. */
const OVERLOADS = 3;
const OVERLOAD_SECONDS = 4;

export interface Step {
  rate: number;
  run: Run;
}

/** How far a server came, and what ended it there. */
export interface Ramp {
  name: string;
  steps: Step[];
  end: string;
}

/** What came of twice the rate of the peak. */
export interface Overload extends Run {
  rate: number;
  /** Posts a second that the generator came to. */
  given: number;
  /** From the end of the load until all of it had arrived. */
  drainMs: number;
  /** Deliveries that were due when the load ended. */
  missing: number;
  /** Connections closed with `4008 slow`. */
  closed: number;
  rssBefore: number;
  rssMost: number;
  loadP99: number;
}

export interface Peak {
  ramps: Ramp[];
  overloads: Overload[];
}

/** Steps the rate up until p99 passes 100 ms or something is lost; then posts twice as much as Snug bore. */
export async function measurePeak(
  { programs, folder, peers }: { programs: Programs; folder: string; peers: readonly Peer[] },
  onRun: (line: string) => void,
): Promise<Peak> {
  const { server: snug, seeded } = await startSnug(join(folder, "peak"));
  const lines = (wire: Wire) => inGeneral(seeded, wire);
  try {
    await warmUp(programs, snug, allPost(seeded));
    const own = await climb(programs, snug, lines("ws"), "Snug", 0);
    const last = own.steps.at(-1);
    if (!last) throw new Error(`Snug did not bear ${RATES[0]} posts a second: ${own.end}`);
    onRun(described(own));
    const ramps = [own];
    const overloads: Overload[] = [];
    while (overloads.length < OVERLOADS) {
      const data = join(folder, `overload-${overloads.length}`);
      const overload = await overloaded(programs, data, last.rate * 2);
      overloads.push(overload);
      onRun(`overload, ${overload.rate}/s: all there after ${overload.drainMs.toFixed(0)} ms`);
    }
    for (const peer of [cLoop(programs), ...peers]) {
      const server = await peer.start(
        last.run.loneFrameBytes || own.steps[0]?.run.loneFrameBytes || 0,
      );
      try {
        if (peer.warms) await warmUp(programs, server, lines(peer.wire));
        const ramp = await climb(
          programs,
          server,
          lines(peer.wire),
          peer.name,
          own.steps[0]?.run.loneFrameBytes ?? 0,
        );
        ramps.push(ramp);
        onRun(described(ramp));
      } finally {
        await server.close();
      }
    }
    return { ramps, overloads };
  } finally {
    await snug.close();
  }
}

async function overloaded(programs: Programs, data: string, rate: number): Promise<Overload> {
  const { server, seeded } = await startSnug(data);
  const lines = inGeneral(seeded, "ws");
  try {
    await warmUp(programs, server, allPost(seeded));
    await tryRate(programs, server, lines, WARMING, 0);
    const twice = { mode: "overload", amount: rate, warmUp: 0, seconds: OVERLOAD_SECONDS } as const;
    const seen = await load<Omit<Overload, "rate">>(programs, server, { ...twice, lines });
    return { rate, ...seen };
  } finally {
    await server.close();
  }
}

const inGeneral = ({ tokens }: Seeded, wire: Wire): Line[] =>
  tokens.map((token) => ({ wire, token, rooms: ["general"] }));

/** The step with the most deliveries a second. */
export function best({ steps }: Ramp): Step | undefined {
  return steps.toSorted((a, b) => perSecond(b.run) - perSecond(a.run))[0];
}

export const perSecond = (run: Run): number => run.delivered / run.seconds;

async function climb(
  programs: Programs,
  server: Server,
  lines: readonly Line[],
  name: string,
  padBytes: number,
): Promise<Ramp> {
  const steps: Step[] = [];
  for (const rate of RATES) {
    // The median of three: two that agree are enough to know it.
    const borne: Run[] = [];
    const failed: string[] = [];
    while (borne.length < 2 && failed.length < 2) {
      const found = await tryRate(programs, server, lines, rate, padBytes);
      if (typeof found === "string") failed.push(found);
      else borne.push(found);
    }
    if (failed.length > borne.length) return { name, steps, end: `${rate}/s: ${failed[0]}` };
    steps.push({ rate, run: borne.toSorted((a, b) => a.p99 - b.p99).at(-1) as Run });
  }
  return { name, steps, end: "the last step" };
}

/** What was seen at this rate, or why it was not borne. */
async function tryRate(
  programs: Programs,
  server: Server,
  lines: readonly Line[],
  rate: number,
  padBytes: number,
): Promise<Run | string> {
  let run: Run;
  try {
    run = await quietly(programs, server, {
      lines,
      mode: "paced",
      amount: rate,
      warmUp: WARM_UP,
      seconds: SECONDS,
      padBytes,
    });
  } catch (error) {
    return (error as Error).message;
  }
  if (run.p99 > MOST_MS) return `p99 ${run.p99.toFixed(0)} ms`;
  if (run.lateMs > MOST_MS) return "the generator was late";
  return run;
}

function described(ramp: Ramp): string {
  const top = best(ramp);
  const most = top
    ? `${(perSecond(top.run) / 1e6).toFixed(2)} M/s, ${cost(top.run).toFixed(2)} µs${isNoisy(top.run) ? " (noisy)" : ""}`
    : "nothing";
  return `ramp of ${ramp.name}: ${most}; ended at ${ramp.end}`;
}
