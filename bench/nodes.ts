// npm run bench:nodes: what a second and a third node on one Redis add, and what all of them take.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../packages/server/src/engine/redis/testing.ts";
import { readOptions } from "../proof/options.ts";
import { build, out } from "./build.ts";
import { atLeast, atMost, format, median, quantile } from "./figures.ts";
import { load, quietly, warmUp, type Line, type Run } from "./load.ts";
import { isNoisy, untilStill } from "./noise.ts";
import { describe, keep, print, type Part, type Table } from "./part.ts";
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
const CROSSINGS = { warmUp: 50, count: 200, pause: 4 };
const PATIENCE_MS = 10_000;
const WINDOW = { warmUp: 1, seconds: 2 };
/** Posts a second, in 100 rooms of ten. */
const PACED = { mode: "paced", amount: 1_000, ...WINDOW } as const;
const CLOSED = { mode: "closed", amount: 1, ...WINDOW } as const;

type Mode = keyof typeof MODES;

/** Of so many nodes on one Redis. */
interface Seen {
  readonly mode: Mode;
  readonly nodes: number;
  /** Milliseconds from a send to its arrival at another node; where there is none, at the same. */
  readonly times: readonly number[];
  /** A message that ten people read. */
  readonly paced: readonly Run[];
  readonly closed: readonly Run[];
}

const { mode: only } = readOptions("Usage: npm run bench:nodes -- [--mode memory|disk]", {
  texts: { mode: Object.keys(MODES) },
});
const about = describe();
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
  const all: Seen[] = [];
  for (const mode of ["memory", "disk"] as const) {
    if (only !== undefined && only !== mode) continue;
    for (const nodes of NODES) all.push(await measure(mode, nodes));
  }
  const part = told(all);
  console.log(`\n${print(part)}\n\n${keep(part, about, all, only === undefined)}`);
} finally {
  clean();
}

async function measure(mode: Mode, count: number): Promise<Seen> {
  const redis = await startRedis(MODES[mode]);
  const url = `redis://127.0.0.1:${redis.port}`;
  const nodes: Server[] = [];
  try {
    const seeded = seed(url);
    for (let index = 0; index < count; index++) {
      const store = ["--redis", url, "--durability", mode];
      nodes.push(await serveFolder(folder, `node-${index + 1}`, store));
    }
    const all = {
      port: nodes.map(({ port }) => port),
      pid: [...nodes.map(({ pid }) => pid), redis.pid],
    };
    const few = allPost(seeded).slice(0, 64);
    const tens = inTens(seeded);
    await warmUp(programs, all, few);
    await load(programs, all, { lines: tens, ...PACED, warmUp: 0 });
    const [times, paced, closed]: [number[], Run[], Run[]] = [[], [], []];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      await untilStill();
      times.push(...(await cross(nodes, seeded)));
      paced.push(await quietly(programs, all, { lines: tens, ...PACED }));
      closed.push(await quietly(programs, all, { lines: few, ...CLOSED }));
    }
    const seen = { mode, nodes: count, times, paced, closed };
    console.log(`${mode}, ${rowOf(seen, seen).join(", ")}`);
    return seen;
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
  const sender = await open(from.port, ann);
  const reader = await open(to.port, bob);
  // Only what is said after it was answered has to come.
  await ask(reader, { type: "open-room", ref: "open", room: "general" });
  const times: number[] = [];
  const { warmUp, count, pause } = CROSSINGS;
  for (let index = -warmUp; index < count; index++) {
    const text = `cross-${crypto.randomUUID()}`;
    const post = { type: "post-message", ref: text, room: "general", clientId: text, text };
    const arrival = heard(reader, `"text":"${text}"`);
    const sentAt = performance.now();
    const answer = ask(sender, post);
    await arrival;
    if (index >= 0) times.push(performance.now() - sentAt);
    await answer;
    await Bun.sleep(pause);
  }
  for (const socket of [sender, reader]) socket.close();
  return times;
}

async function ask(
  socket: WebSocket,
  command: { ref: string; [more: string]: string },
): Promise<void> {
  const answer = heard(socket, `"ref":"${command.ref}"`);
  socket.send(JSON.stringify(command));
  const text = await answer;
  if (!text.includes('"ok":true')) throw new Error(`refused: ${text}`);
}

/** The next frame that holds this. */
function heard(socket: WebSocket, part: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const limit = setTimeout(() => reject(new Error(`${part} did not arrive`)), PATIENCE_MS);
  const look = ({ data }: MessageEvent) => {
    if (String(data).includes(part)) resolve(String(data));
  };
  socket.addEventListener("message", look);
  return promise.finally(() => {
    clearTimeout(limit);
    socket.removeEventListener("message", look);
  });
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

function told(all: readonly Seen[]): Part {
  const [alone, two] = all;
  const runs = all.flatMap(({ paced, closed }) => [...paced, ...closed]);
  const isMeasured = alone?.mode === "memory" && two?.nodes === 2;
  return {
    key: "nodes",
    title: "Several nodes on one Redis",
    what: `One, two and three nodes and their Redis, all on one core (W8). Milliseconds from a send to its arrival at another node, one message after the other; CPU for a message that ten people read who are spread over the nodes, 1,000 messages a second in 100 rooms; sends a second of 64 connections with one unanswered on each. Medians.`,
    tables: Object.keys(MODES).flatMap((mode) => table(all.filter((seen) => seen.mode === mode))),
    notes: [],
    verdicts: isMeasured
      ? [
          atMost(
            "a second node adds ≤ 1 ms (p50)",
            quantile(two.times, 0.5) - quantile(alone.times, 0.5),
            1,
            "ms",
          ),
          atMost(
            "a second node adds ≤ 10 % of CPU",
            (cpuOf(two).nodes / cpuOf(alone).nodes - 1) * 100,
            10,
            "%",
          ),
          atLeast("≥ 75,000 sends/s at 64 × 1 in memory", sendsOf(alone), 75_000, "/s"),
        ]
      : [],
    noisy: runs.filter(isNoisy).length,
    windows: runs.length,
  };
}

function table(rows: readonly Seen[]): Table[] {
  const [alone] = rows;
  if (alone === undefined) return [];
  const head = [alone.mode, "p50 ms", "p99 ms", "µs of the nodes", "", "µs of Redis", "sends/s"];
  return [{ head, rows: rows.map((seen) => rowOf(seen, alone)) }];
}

function rowOf(seen: Seen, alone: Seen): string[] {
  const { nodes, times } = seen;
  const cpu = cpuOf(seen);
  const more = (cpu.nodes / cpuOf(alone).nodes - 1) * 100;
  return [
    nodes === 1 ? "1 node" : `${nodes} nodes`,
    format(quantile(times, 0.5)),
    format(quantile(times, 0.99)),
    format(cpu.nodes),
    seen === alone ? "" : `${more < 0 ? "" : "+"}${more.toFixed(0)} %`,
    format(cpu.redis),
    Math.round(sendsOf(seen)).toLocaleString("en"),
  ];
}

/** Microseconds for a message that ten people read. */
function cpuOf({ paced, nodes }: Seen): { nodes: number; redis: number } {
  const each = (which: (cpu: readonly number[]) => readonly number[]) =>
    median(paced, ({ cpuUs, acks }) => which(cpuUs).reduce((sum, one) => sum + one, 0) / acks);
  return { nodes: each((cpu) => cpu.slice(0, nodes)), redis: each((cpu) => cpu.slice(nodes)) };
}

function sendsOf({ closed }: Seen): number {
  return median(closed, ({ acks, seconds }) => acks / seconds);
}
