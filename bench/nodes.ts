// npm run bench:nodes: what a second and a third node on one Redis add, and what all of them take.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../packages/server/src/engine/redis/testing.ts";
import { readOptions } from "../proof/options.ts";
import { build, out } from "./build.ts";
import { median } from "./figures.ts";
import { isNoisy, quietly, warmUp, type Line, type Run } from "./load.ts";
import { calm } from "./noise.ts";
import { answers } from "./peers.ts";
import { roomsOf, type Seeded } from "./seeded.ts";
import { killAll, startServer, type Server } from "./server.ts";
import { seed, serveFolder } from "./snug.ts";
import { allPost } from "./workloads.ts";

const MODES = {
  memory: [],
  disk: ["--appendonly", "yes", "--appendfsync", "always"],
} as const;
const NODES = [1, 2, 3];
const REPEATS = 3;
/** One message after the other, so long apart that each finds all at rest. */
const CROSSINGS = { warmUp: 300, count: 500, pause: 5 };
const WINDOW = { warmUp: 2, seconds: 5 };
/** Posts a second, in 100 rooms of ten. */
const PACED = { mode: "paced", amount: 1_000, ...WINDOW } as const;
const CLOSED = { mode: "closed", amount: 1, ...WINDOW } as const;

interface Figures {
  /** Milliseconds from a send to its arrival at another node; where there is none, at the same. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds for a message that ten people read, all nodes together, and Redis. */
  readonly nodeCpu: number;
  readonly redisCpu: number;
  readonly sends: number;
  /** How many windows others disturbed, of all. */
  readonly noisy: string;
}

const { mode: only } = readOptions("Usage: npm run bench:nodes -- [--mode memory|disk]", {
  texts: { mode: Object.keys(MODES) },
});
const programs = build();
Bun.spawnSync(["taskset", "-cp", "1", String(process.pid)]);
// Where a sync costs what a disk takes for it: beside the bench, which may not be memory.
const folder = mkdtempSync(join(out, "data-"));
const clean = () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    clean();
    process.exit(130);
  });
}
try {
  console.log("Nodes and Redis on core 0, all else on core 1; medians.\n");
  for (const mode of ["memory", "disk"] as const) {
    if (only !== undefined && only !== mode) continue;
    console.log(
      `${mode.padEnd(8)}added: p50 ms   p99 ms   µs/message: nodes   Redis   sends/s at 64 × 1   noisy windows`,
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
  clean();
}

async function measure(mode: keyof typeof MODES, count: number): Promise<Figures> {
  const redis = await startRedis(MODES[mode]);
  const url = `redis://127.0.0.1:${redis.port}`;
  const nodes: Server[] = [];
  try {
    const seeded = seed(url);
    for (let index = 0; index < count; index++) {
      const store = ["--redis", url, "--durability", mode];
      nodes.push(await serveFolder(folder, `node-${index + 1}`, store));
    }
    const [times, paced, closed]: [number[], Run[], Run[]] = [[], [], []];
    const all = {
      port: nodes.map(({ port }) => port),
      pid: [...nodes.map(({ pid }) => pid), redis.pid],
    };
    const few = allPost(seeded).slice(0, 64);
    await warmUp(programs, all, few);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await calm();
      times.push(...(await cross(nodes, seeded)));
      paced.push(await quietly(programs, all, { lines: inTens(seeded), ...PACED }));
      closed.push(await quietly(programs, all, { lines: few, ...CLOSED }));
    }
    const runs = [...paced, ...closed];
    const each = (which: (cpu: readonly number[]) => number) =>
      median(paced, ({ cpuUs, acks }) => which(cpuUs) / acks);
    return {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      nodeCpu: each((cpu) => sum(cpu.slice(0, count))),
      redisCpu: each((cpu) => cpu.at(-1) ?? Number.NaN),
      sends: median(closed, ({ acks, seconds }) => acks / seconds),
      noisy: `${runs.filter(isNoisy).length} of ${runs.length}`,
    };
  } finally {
    for (const node of nodes) await node.close();
    await redis.close();
  }
}

// As every server of the bench, so that it is raised above other work as the nodes are that wait for it.
async function startRedis(options: readonly string[]): Promise<Server> {
  const port = await freePort();
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir"];
  const data = mkdtempSync(join(folder, "redis-"));
  const command = ["redis-server", ...place, data, "--save", "", ...options];
  return startServer("redis", command, () => answers(port));
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

function inTens({ tokens, rooms, each }: Seeded): Line[] {
  return tokens.map((token, index) => ({ wire: "ws", token, rooms: roomsOf(rooms, each, index) }));
}

function line(nodes: number, figures: Figures, alone: Figures): string {
  const { p50, p99, nodeCpu, redisCpu, sends, noisy } = figures;
  const signed = (value: number, digits: number) =>
    `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
  const more = (one: number, other: number) =>
    nodes === 1 ? `(${one.toFixed(2)})` : signed(one - other, 2);
  const share = nodes === 1 ? "" : ` (${signed((nodeCpu / alone.nodeCpu - 1) * 100, 0)} %)`;
  return [
    `${nodes} ${nodes === 1 ? "node " : "nodes"} `.padEnd(8),
    more(p50, alone.p50).padStart(13),
    more(p99, alone.p99).padStart(9),
    `${nodeCpu.toFixed(0)}${share}`.padStart(20),
    redisCpu.toFixed(0).padStart(8),
    Math.round(sends).toLocaleString("en").padStart(20),
    noisy.padStart(15),
  ].join("");
}

function sum(of: readonly number[]): number {
  return of.reduce((total, one) => total + one, 0);
}

function quantile(of: readonly number[], share: number): number {
  const sorted = of.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
