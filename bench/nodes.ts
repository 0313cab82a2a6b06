// npm run bench:nodes: what a second and a third node on one Redis add, and what all of them take.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRedis } from "../packages/server/src/engine/redis/testing.ts";
import { readOptions } from "../proof/options.ts";
import { build, out } from "./build.ts";
import { calm } from "./noise.ts";
import { killAll, runLoad, type Server } from "./server.ts";
import { seed, startNode, type Seeded } from "./snug.ts";

const GUESTS = 1_000;
const MODES = {
  memory: [],
  disk: ["--appendonly", "yes", "--appendfsync", "always"],
} as const;
const NODES = [1, 2, 3];
const REPEATS = 3;
/** One message after the other, so long apart that each finds all at rest. */
const CROSSINGS = { warmUp: 300, count: 500, pause: 5 };
const WARM_UP = 2;
const SECONDS = 5;
/** Posts a second, in 100 rooms of ten. */
const PACED = 1_000;

/** What load.c says, as far as it is told here. */
interface Run {
  readonly seconds: number;
  readonly acks: number;
  /** Microseconds, of each node and then of Redis. */
  readonly cpuUs: readonly number[];
  readonly foreign: readonly [number, number];
}

interface Figures {
  /** Milliseconds from a send to its arrival at another node; where there is none, at the same. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds for a message that ten people read, all nodes together, and Redis. */
  readonly nodeCpu: number;
  readonly redisCpu: number;
  readonly sends: number;
  readonly foreign: number;
}

const { mode: only } = readOptions("Usage: npm run bench:nodes -- [--mode memory|disk]", {
  texts: { mode: Object.keys(MODES) },
});
const { load } = build();
Bun.spawnSync(["taskset", "-cp", "1", String(process.pid)]);
// Where a sync costs what a disk takes for it: beside the bench, which may not be memory.
const folder = mkdtempSync(join(out, "data-"));
const kept = process.env["TMPDIR"];
process.env["TMPDIR"] = folder;
try {
  console.log("Nodes and Redis on core 0, all else on core 1; medians.\n");
  for (const mode of ["memory", "disk"] as const) {
    if (only !== undefined && only !== mode) continue;
    console.log(
      `${mode.padEnd(8)}added: p50 ms   p99 ms   µs/message: nodes   Redis   sends/s at 64 × 1`,
    );
    let alone: Figures | undefined;
    for (const nodes of NODES) {
      const figures = await measure(mode, nodes);
      alone ??= figures;
      console.log(line(nodes, figures, alone));
    }
    console.log("");
  }
} finally {
  if (kept === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = kept;
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(mode: keyof typeof MODES, count: number): Promise<Figures> {
  const redis = await startRedis(...MODES[mode]);
  const nodes: Server[] = [];
  try {
    const redisPid = Number(/process_id:(\d+)/.exec(redis.ask("INFO", "server"))?.[1]);
    Bun.spawnSync(["taskset", "-acp", "0", String(redisPid)]);
    const seeded = seed(redis.url, GUESTS);
    for (let index = 0; index < count; index++) {
      const store = ["--redis", redis.url, "--durability", mode];
      nodes.push(await startNode(`node-${index + 1}`, folder, store));
    }
    const [times, paced, closed]: [number[], Run[], Run[]] = [[], [], []];
    const run = async (plan: string, ...how: (string | number)[]) => {
      await calm();
      const ports = nodes.map(({ port }) => port).join(",");
      const pids = [...nodes.map(({ pid }) => pid), redisPid].join(",");
      const command = [load, ports, pids, plan, ...how, WARM_UP, SECONDS].map(String);
      return JSON.parse(await runLoad(command, WARM_UP + SECONDS)) as Run;
    };
    const [many, few] = [plan(seeded, GUESTS), plan(seeded, 64)];
    // The compilers meet the code.
    await run(few, "closed", 16);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await calm();
      times.push(...(await cross(nodes, seeded)));
      paced.push(await run(many, "paced", PACED));
      closed.push(await run(few, "closed", 1));
    }
    const each = (which: (cpu: readonly number[]) => number) =>
      median(paced.map(({ cpuUs, acks }) => which(cpuUs) / acks));
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      nodeCpu: each((cpu) => sum(cpu.slice(0, count))),
      redisCpu: each((cpu) => cpu.at(-1) ?? Number.NaN),
      sends: median(closed.map(({ acks, seconds }) => acks / seconds)),
      foreign: Math.max(...[...paced, ...closed].flatMap(({ foreign }) => foreign)),
    };
  } finally {
    for (const node of nodes) await node.close();
    await redis.close();
  }
}

/** Milliseconds from each send at the first node to its arrival at the last. */
async function cross(nodes: readonly Server[], { tokens }: Seeded): Promise<number[]> {
  const [from, to] = [nodes[0], nodes.at(-1)];
  const [ann = "", bob = ""] = tokens;
  if (!from || !to) throw new Error("there is no node");
  const arrived = new Map<string, () => void>();
  const sender = await open(from.port, ann);
  const reader = await open(to.port, bob);
  reader.send(JSON.stringify({ type: "open-room", ref: 1, room: "general" }));
  reader.addEventListener("message", ({ data }) => {
    for (const [, text = ""] of String(data).matchAll(/"text":"(cross-[^"]+)"/g))
      arrived.get(text)?.();
  });
  const times: number[] = [];
  const { warmUp, count, pause } = CROSSINGS;
  for (let index = -warmUp; index < count; index++) {
    const text = `cross-${crypto.randomUUID()}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    arrived.set(text, resolve);
    const command = { type: "post-message", ref: 1, room: "general", clientId: text, text };
    const sentAt = performance.now();
    sender.send(JSON.stringify(command));
    await promise;
    if (index >= 0) times.push(performance.now() - sentAt);
    arrived.delete(text);
    await Bun.sleep(pause);
  }
  for (const socket of [sender, reader]) socket.close();
  return times;
}

async function open(port: number, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token }));
    socket.onerror = () => reject(new Error("a socket did not open"));
    socket.onmessage = () => resolve();
  });
  return socket;
}

/** Ten to a room; or, where they are few, all in one. */
function plan({ tokens, rooms }: Seeded, people: number): string {
  const path = join(out, `plan-${people}`);
  const lines = tokens
    .slice(0, people)
    .map(
      (token, index) => `${token} ${people === GUESTS ? rooms[index % rooms.length] : "general"}\n`,
    );
  writeFileSync(path, lines.join(""), { mode: 0o600 });
  return path;
}

function line(nodes: number, figures: Figures, alone: Figures): string {
  const { p50, p99, nodeCpu, redisCpu, sends, foreign } = figures;
  const more = (one: number, other: number) =>
    nodes === 1 ? `(${one.toFixed(2)})` : `+${(one - other).toFixed(2)}`;
  const share = nodes === 1 ? "" : ` (+${Math.round((nodeCpu / alone.nodeCpu - 1) * 100)} %)`;
  return [
    `${nodes} ${nodes === 1 ? "node " : "nodes"} `.padEnd(8),
    more(p50, alone.p50).padStart(13),
    more(p99, alone.p99).padStart(9),
    `${nodeCpu.toFixed(0)}${share}`.padStart(20),
    redisCpu.toFixed(0).padStart(8),
    Math.round(sends).toLocaleString("en").padStart(20),
    foreign > 0.25 ? ` (noisy: ${foreign.toFixed(1)} cores of others)` : "",
  ].join("");
}

function sum(of: readonly number[]): number {
  return of.reduce((total, one) => total + one, 0);
}

function median(of: readonly number[]): number {
  return quantile(of, 0.5);
}

function quantile(of: readonly number[], share: number): number {
  const sorted = of.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
