// npm run bench:large [-- --long]: what the same calls cost as rooms and messages grow, and how a server starts on them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../proof/options.ts";
import { out } from "./build.ts";
import { atMost, format, median, quantile } from "./figures.ts";
import { fill, rareWord, type Reader } from "./fill.ts";
import { FOREIGN, untilStill } from "./noise.ts";
import { describe, keep, print, type Part } from "./part.ts";
import { killAll } from "./server.ts";
import { serveFolder } from "./snug.ts";

const { long } = readOptions("Usage: npm run bench:large [-- --long]", { switches: ["long"] });
const sizes = [
  { rooms: 10, messages: 1_000 },
  { rooms: 100, messages: 10_000 },
  { rooms: 1_000, messages: 100_000 },
  { rooms: 10_000, messages: 1_000_000 },
  ...(long ? [{ rooms: 10_000, messages: 10_000_000 }] : []),
];
const CALLS = 300;
const STARTS = 3;

interface Seen {
  rooms: number;
  messages: number;
  /** Milliseconds from the start of the process to the line that says it is ready. */
  ready: number;
  /** Resident bytes of a server that nobody asked anything, 3 s after that. */
  idle: number;
  /** Milliseconds of a call over HTTP, one after another: [p50, p95]. */
  calls: Record<string, [number, number]>;
  isNoisy: boolean;
}

const about = describe();
const folder = mkdtempSync(join(out, "data-"));
Bun.spawnSync(["taskset", "-cp", "1", String(process.pid)]);
try {
  const all: Seen[] = [];
  let has = { rooms: 0, messages: 0 };
  let reader: Reader | null = null;
  for (const size of sizes) {
    reader = await fill(folder, has, size, reader);
    has = size;
    const seen = await look(size, reader);
    all.push(seen);
    console.log(
      `${size.rooms} rooms, ${size.messages} messages: ready after ${seen.ready.toFixed(0)} ms, ${(seen.idle / 2 ** 20).toFixed(0)} MiB`,
    );
  }
  const part = told(all);
  console.log(`\n${print(part)}\n\n${keep(part, about, all, true)}`);
} finally {
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function look(size: { rooms: number; messages: number }, reader: Reader): Promise<Seen> {
  const starts: { ready: number; idle: number }[] = [];
  let foreign = 0;
  for (let start = 0; start < STARTS; start++) {
    await untilStill();
    const [before, from] = [performance.now(), times()];
    const server = await serveFolder(folder);
    const ready = performance.now() - before;
    foreign = Math.max(foreign, (times() - from) / (performance.now() - before) - 1);
    await Bun.sleep(3_000);
    starts.push({ ready, idle: rss(server.pid) });
    await server.close();
  }
  const server = await serveFolder(folder);
  const ask = async (path: string, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { authorization: `Bearer ${reader.token}`, "content-type": "application/json" },
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<Record<string, unknown>>;
  };
  const room = () => reader.rooms[Math.floor(Math.random() * reader.rooms.length)] ?? "";
  const each = Math.floor(size.messages / size.rooms);
  const calls: Seen["calls"] = {};
  const kinds: [string, () => Promise<unknown>][] = [
    ["the newest page", () => ask(`/v1/rooms/${room()}/messages`)],
    [
      "a page in the middle",
      () => ask(`/v1/rooms/${room()}/messages?around=${1 + Math.floor(Math.random() * each)}`),
    ],
    ["/v1/me", () => ask("/v1/me")],
    ["search", () => ask(`/v1/search?q=${rareWord()}`)],
    [
      "post",
      () =>
        ask(`/v1/rooms/${room()}/messages`, { clientId: crypto.randomUUID(), text: rareWord() }),
    ],
  ];
  for (const [name, call] of kinds) {
    // The compiler meets the code.
    for (let index = 0; index < CALLS / 3; index++) await call();
    const took: number[] = [];
    for (let index = 0; index < CALLS; index++) {
      const begin = performance.now();
      await call();
      took.push(performance.now() - begin);
    }
    calls[name] = [quantile(took, 0.5), quantile(took, 0.95)];
  }
  await server.close();
  return {
    ...size,
    ready: median(starts, (one) => one.ready),
    idle: median(starts, (one) => one.idle),
    calls,
    isNoisy: foreign > FOREIGN,
  };
}

function told(all: readonly Seen[]): Part {
  const names = Object.keys(all[0]?.calls ?? {});
  const million = all.find(({ messages }) => messages === 1_000_000);
  const p95 = (name: string) => million?.calls[name]?.[1] ?? Number.NaN;
  return {
    key: "large",
    title: "As it grows",
    what: `One data folder with more and more rooms and messages (W7, W9), and a person who is in 100 of the rooms at most. A server is started on it ${STARTS} times; then ${CALLS} of each call over HTTP, one after another. Milliseconds: p50 / p95.`,
    tables: [
      {
        head: ["rooms", "messages", "ready ms", "idle MiB", ...names],
        rows: all.map((one) => [
          one.rooms.toLocaleString("en"),
          one.messages.toLocaleString("en"),
          format(one.ready),
          format(one.idle / 2 ** 20),
          ...names.map((name) => (one.calls[name] ?? []).map(format).join(" / ")),
        ]),
      },
    ],
    notes: [],
    verdicts: million
      ? [
          atMost("1,000,000 messages: ready ≤ 300 ms", million.ready, 300, "ms"),
          atMost("1,000,000 messages: ≤ 80 MB resident idle", million.idle / 1e6, 80, "MB"),
          atMost("1,000,000 messages: p95 of a search ≤ 50 ms", p95("search"), 50, "ms"),
        ]
      : [],
    noisy: all.filter(({ isNoisy }) => isNoisy).length,
    windows: all.length,
  };
}

function rss(pid: number): number {
  const kilobytes = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** Milliseconds of both cores' work since the machine started. */
function times(): number {
  const [, ...fields] = (readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "").split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = fields.map(Number);
  return (user + nice + system + irq + soft + steal) * 10;
}
