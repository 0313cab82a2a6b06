import { join } from "node:path";
import type { Programs } from "./build.ts";
import { timeSync } from "./disk.ts";
import { cost, quietly, warmUp, type Line, type Load, type Run, type Wire } from "./load.ts";
import { isNoisy, untilStill } from "./noise.ts";
import { cEach, cLoop, type Peer } from "./peers.ts";
import { roomsOf, type Seeded } from "./seeded.ts";
import type { Server } from "./server.ts";
import { startSnug } from "./snug.ts";

export type Group = "w1" | "w2" | "w4" | "w6";

/** `paced`: every connection has its room open. `closed`: nobody has, so that only replies return. */
export interface Workload {
  group: Group;
  name: string;
  connections: number;
  rooms: "general" | "hundred";
  mode: "paced" | "closed";
  /** Posts a second in all when paced; posts in flight on each connection when closed. */
  amount: number;
  reference: "c-each" | "c-loop";
  /** The readers have event streams, and a few others post. */
  streams?: true;
}

const general = { connections: 1000, rooms: "general", mode: "paced" } as const;
const durable = { group: "w4", rooms: "general", mode: "closed", reference: "c-each" } as const;
const each = { reference: "c-each" } as const;

const workloads: readonly Workload[] = [
  { group: "w1", name: "W1 1 × 1000, 100/s", ...general, amount: 100, ...each },
  { group: "w1", name: "W1 1 × 1000, 20/s", ...general, amount: 20, ...each },
  { group: "w1", name: "W1 1 × 1000, 400/s", ...general, amount: 400, reference: "c-loop" },
  { group: "w2", name: "W2 100 × 10, 1000/s", ...general, rooms: "hundred", amount: 1000, ...each },
  { group: "w6", name: "W6 SSE, 100/s", ...general, amount: 100, ...each, streams: true },
  { group: "w6", name: "W6 SSE, 20/s", ...general, amount: 20, ...each, streams: true },
  { name: "W4 1 × 1", connections: 1, amount: 1, ...durable },
  { name: "W4 64 × 1", connections: 64, amount: 1, ...durable },
  { name: "W4 64 × 16", connections: 64, amount: 16, ...durable },
];

export interface Pace {
  repeats: number;
  warmUp: number;
  seconds: number;
}

export interface Result {
  workload: Workload;
  snug: Run[];
  /** W6: the same readers on WebSockets of Snug's. */
  sockets: Run[];
  reference: Run[];
  peers: Record<string, Run[]>;
  /** What a peer could not do, in the words of the generator. */
  failed: Record<string, string>;
  /** Milliseconds for one small append + fdatasync, timed before each repeat. */
  sync: number[];
  /** µs of CPU for each message that Snug had put off until nobody asked it anything. */
  later: number[];
}

/** Beside 1,000 streams. */
const POSTERS = 20;
/** Seconds before the window of a loop in C, which is the same from its first message on. */
const SHORT = 0.2;

/** Measures the workloads of these groups on one Snug, it and the others in turn within each repeat. */
export async function measure(
  groups: readonly Group[],
  paceOf: (group: Group) => Pace,
  { programs, folder, peers }: { programs: Programs; folder: string; peers: readonly Peer[] },
  onRun: (line: string) => void,
): Promise<Result[]> {
  const { server: snug, seeded } = await startSnug(join(folder, "posts"));
  const results: Result[] = [];
  try {
    await warmUp(programs, snug, allPost(seeded));
    for (const workload of workloads.filter(({ group }) => groups.includes(group))) {
      const pace = paceOf(workload.group);
      const result: Result = {
        workload,
        snug: [],
        sockets: [],
        reference: [],
        peers: {},
        failed: {},
        sync: [],
        later: [],
      };
      const compared =
        workload.mode === "paced" && !workload.streams && workload.reference === "c-each";
      const others = new Others(programs, workload, seeded, compared ? peers : []);
      results.push(result);
      try {
        for (let repeat = 0; repeat < pace.repeats; repeat++) {
          result.sync.push(timeSync(folder));
          const window = (server: Server, how: Pick<Load, "lines" | "warmUp" | "padBytes">) =>
            quietly(programs, server, { ...workload, seconds: pace.seconds, ...how });
          const run = await window(snug, {
            lines: linesOf(workload, seeded, workload.streams ? "sse" : "ws"),
            warmUp: pace.warmUp,
          });
          result.snug.push(run);
          const messages = (run.acks / run.seconds) * (pace.warmUp + run.seconds);
          result.later.push((1_000 * (await untilStill([snug.pid]))) / messages);
          if (workload.streams)
            result.sockets.push(
              await window(snug, { lines: linesOf(workload, seeded, "ws"), warmUp: pace.warmUp }),
            );
          const seen = [`Snug ${brief(run)}`];
          for (const peer of others.list) {
            if (result.failed[peer.name] !== undefined) continue;
            try {
              const { server, lines } = await others.started(peer, run.loneFrameBytes);
              const isReference = peer.name === workload.reference;
              const bare = await window(server, {
                lines,
                warmUp: isReference ? SHORT : pace.warmUp,
                padBytes: run.loneFrameBytes,
              });
              if (isReference) result.reference.push(bare);
              else (result.peers[peer.name] ??= []).push(bare);
              seen.push(`${peer.name} ${brief(bare)}`);
            } catch (error) {
              // A peer may not bear the load; the reference has to.
              if (peer.name === workload.reference) throw error;
              result.failed[peer.name] = (error as Error).message;
              seen.push(`${peer.name} failed`);
            }
          }
          onRun(`${workload.name}: ${seen.join(", ")}`);
        }
      } finally {
        await others.close();
      }
    }
  } finally {
    await snug.close();
  }
  return results;
}

/** Who stands beside Snug in a workload, each started when it is first its turn. */
class Others {
  readonly list: readonly Peer[];
  readonly #programs: Programs;
  readonly #workload: Workload;
  readonly #seeded: Seeded;
  readonly #servers = new Map<Peer, Server>();

  constructor(programs: Programs, workload: Workload, seeded: Seeded, peers: readonly Peer[]) {
    this.#programs = programs;
    this.#workload = workload;
    this.#seeded = seeded;
    this.list = [workload.reference === "c-loop" ? cLoop(programs) : cEach(programs), ...peers];
  }

  async started(peer: Peer, frameBytes: number): Promise<{ server: Server; lines: Line[] }> {
    const workload = this.#workload;
    const lines = linesOf(workload, this.#seeded, workload.streams ? "sse" : peer.wire);
    let server = this.#servers.get(peer);
    if (!server) {
      server = await peer.start(frameBytes);
      this.#servers.set(peer, server);
      if (peer.warms)
        await warmUp(this.#programs, server, linesOf(general, this.#seeded, peer.wire));
    }
    return { server, lines };
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) await server.close();
  }
}

export const allPost = (seeded: Seeded): Line[] =>
  seeded.tokens.map((token) => ({ wire: "post", token, rooms: ["general"] }));

function linesOf(
  workload: Pick<Workload, "connections" | "rooms">,
  seeded: Seeded,
  wire: Wire,
): Line[] {
  const lines = seeded.tokens.slice(0, workload.connections).map((token, index) => ({
    wire,
    token,
    rooms: workload.rooms === "general" ? ["general"] : roomsOf(seeded.rooms, 1, index),
  }));
  return wire === "sse" ? [...lines, ...allPost(seeded).slice(0, POSTERS)] : lines;
}

function brief(run: Run): string {
  return `${cost(run).toFixed(2)} µs, p99 ${run.p99.toFixed(1)} ms${isNoisy(run) ? " (noisy)" : ""}`;
}
