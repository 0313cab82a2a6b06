import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { out, type Programs } from "./build.ts";
import { undisturbed } from "./noise.ts";
import { runLoad } from "./server.ts";

/** How a connection speaks: load/main.c has the list. `post` is a socket of ours that opens no room. */
export type Wire = "ws" | "post" | "sse" | "io" | "nchan" | "mqtt" | "nats";

/** One connection of the generator. */
export interface Line {
  wire: Wire;
  token: string;
  rooms: readonly string[];
  after?: string;
}

/** Where the connections of a room go in turn, and whose CPU is read: of a server, or of nodes and their Redis. */
export interface Target {
  readonly port: number | readonly number[];
  readonly pid: number | readonly number[];
}

export interface Load {
  lines: readonly Line[];
  mode: "paced" | "overload" | "closed" | "idle" | "grown" | "resume";
  /** Posts a second in all when paced or grown; in flight on each connection when closed; events behind when they resume. */
  amount: number;
  warmUp: number;
  seconds: number;
  /** What a relay's client fills a message up to, so that it is as long as one of Snug's. */
  padBytes?: number;
}

/** What the generator saw in one measured window. */
export interface Run {
  seconds: number;
  delivered: number;
  acks: number;
  frames: number;
  serverCpuUs: number;
  /** The same of each process that was named. */
  cpuUs: number[];
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

/** Runs the generator once; it fails where something was lost, came twice or out of order, or was refused. */
export async function load<Answer = Run>(
  programs: Programs,
  { port, pid }: Target,
  { lines, mode, amount, warmUp, seconds, padBytes = 0 }: Load,
): Promise<Answer> {
  const plan = join(out, "plan");
  writeFileSync(
    plan,
    lines
      .map(({ wire, token, rooms, after = "-" }) => `${wire} ${token} ${rooms.join()} ${after}\n`)
      .join(""),
    { mode: 0o600 },
  );
  const numbers = [mode, amount, warmUp, seconds].map(String);
  const command = [programs.load, String(port), String(pid), plan, String(padBytes), ...numbers];
  return JSON.parse(await runLoad(command, warmUp + seconds)) as Answer;
}

/** The same when the server has done what the load before it left, and others leave the machine alone. */
export function quietly<Answer extends { foreign: [number, number] } = Run>(
  programs: Programs,
  target: Target,
  what: Load,
): Promise<Answer> {
  return undisturbed([target.pid].flat(), () => load<Answer>(programs, target, what));
}

/** CPU of the server for one message delivered, or for one reply when only replies return. */
export function cost(run: Run): number {
  return run.serverCpuUs / (run.delivered || run.acks || Number.NaN);
}

// What a server costs that runs for long, not what its compiler costs that meets the code for the first time.
export async function warmUp(
  programs: Programs,
  server: Target,
  lines: readonly Line[],
): Promise<void> {
  await load(programs, server, {
    lines: lines.slice(0, 64),
    mode: "closed",
    amount: 16,
    warmUp: 1,
    seconds: 0.5,
  });
}
