import { readFileSync } from "node:fs";
import { limits } from "../../packages/protocol/src/index.ts";
import type { Run } from "../replay/run.ts";
import { percentiles } from "../replay/tally.ts";
import type { Fault } from "./fault.ts";
import { Proxy } from "./proxy.ts";
import { figures, judge, type Judged } from "./scene.ts";
import { Talk } from "./talk.ts";

/** Bytes a second that the slow ones take, each over its door. */
const SLOW = { "ws silent": 0, "ws slow": 1_000, "sse silent": 0, "sse slow": 1_000 };
const WELL = 12;
/** Events that may be on their way. */
const BEHIND = 20;
const TALK = { people: 2, perSecond: 70, length: 15_000 };

export const slow: Fault = {
  name: "slow",
  what: "readers who take 1 KB a second, or nothing, among others who are well",
  async strike(setting) {
    const rounds = setting.long ? 6 : 1;
    const calm = setting.long ? 10_000 : 1_000;
    const phases: { from: number; to: number; slow: boolean }[] = [];
    const closes: number[] = [];
    const differences: string[] = [];
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      let isSlow = false;
      for (const [name, rate] of Object.entries(SLOW)) {
        const proxy = await Proxy.open(server, () => ({
          perSecond: () => (isSlow ? rate : Infinity),
        }));
        run.ended.addEventListener("abort", () => proxy.close());
        await crowd.watch(name, name.startsWith("ws") ? "ws" : "sse", run.through(proxy));
      }
      for (let index = 0; index < WELL; index++) {
        await crowd.watch(`well ${index}`, index % 3 === 0 ? "sse" : "ws");
      }
      const talk = new Talk(crowd, run, TALK);
      const everybody = Object.keys(SLOW).length + WELL + TALK.people;
      for (let round = 0; round < rounds && !run.ended.aborted; round++) {
        await crowd.until(() => run.reading.size === everybody, "not everybody was in");
        // What the slow ones missed comes in one go, and is no part of either time.
        const places = Object.keys(SLOW).map((name) => crowd.watcher(name).place);
        const top = () => crowd.watcher("well 1").place.seq - BEHIND;
        await crowd.until(() => places.every(({ seq }) => seq >= top()), "some were still behind");
        const calmFrom = performance.now();
        await Bun.sleep(calm);
        const slowFrom = performance.now();
        phases.push({ from: calmFrom, to: slowFrom, slow: false });
        const before = await slowCloses(run);
        isSlow = true;
        let closed = 0;
        const until = slowFrom + closedWithin();
        while (closed < Object.keys(SLOW).length && performance.now() < until) {
          await Bun.sleep(100);
          closed = (await slowCloses(run)) - before;
        }
        closes.push(closed);
        phases.push({ from: slowFrom, to: performance.now(), slow: true });
        isSlow = false;
      }
      talk.stop();
    });
    const told = judged.history.filter((entry) => entry.kind === "close" && entry.why === "slow");
    // Three seconds after it was closed, who still reads nothing is cut off without a word.
    if (told.length === 0) differences.push("no socket was told 4008");
    const without = p99(
      judged,
      phases.filter(({ slow }) => !slow),
    );
    const among = p99(
      judged,
      phases.filter(({ slow }) => slow),
    );
    // A second or two is too short for a percentile to be judged by.
    if (setting.long && among > without * 1.1)
      differences.push(`the others' p99 rose from ${without.toFixed(1)} to ${among.toFixed(1)} ms`);
    const lengths = phases.filter(({ slow }) => slow).map(({ from, to }) => to - from);
    return {
      ...figures(judged),
      done: rounds * Object.keys(SLOW).length,
      bit: closes.reduce((sum, one) => sum + one, 0),
      differences: [...judged.differences, ...differences],
      note: `all were closed within ${(Math.max(...lengths) / 1000).toFixed(1)} s and resumed whole; ${told.length} of ${2 * rounds} sockets read on in time to be told 4008; the others' p99 was ${without.toFixed(1)} ms without and ${among.toFixed(1)} ms among slow ones`,
    };
  },
};

/**
 * Milliseconds. The server sees nobody as slow before the kernel has taken what it
 * will hold for them: its buffer for sending and the reader's, which grows with what
 * is read, up to tens of megabytes.
 */
function closedWithin(): number {
  const most = (name: string) =>
    Number(readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim().split(/\s+/)[2]);
  const held = most("tcp_wmem") + most("tcp_rmem") + limits.queueBytes;
  return limits.queueStallMs + (held / (TALK.perSecond * TALK.length)) * 1_000;
}

async function slowCloses(run: Run): Promise<number> {
  const text = await (await fetch(`http://${run.server.address}/metrics`)).text();
  const value = /^snug_slow_closes_total (\d+)$/m.exec(text)?.[1];
  if (value === undefined) throw new Error("no slow closes in /metrics");
  return Number(value);
}

/** From sent to seen, for those who are well, in milliseconds. */
function p99({ history }: Judged, phases: readonly { from: number; to: number }[]): number {
  const sentAt = new Map<string, number>();
  const seqs = new Map<number, number>();
  for (const entry of history) {
    if (entry.kind === "invoke") sentAt.set(entry.clientId, entry.t);
    if (entry.kind === "ok") seqs.set(entry.seq, sentAt.get(entry.clientId) ?? NaN);
  }
  const samples = history.flatMap((entry) => {
    if (entry.kind !== "observe" || !entry.client.startsWith("well")) return [];
    const sent = seqs.get(entry.seq);
    const counts = phases.some(({ from, to }) => sent !== undefined && sent >= from && sent < to);
    return counts ? entry.t - (sent ?? NaN) : [];
  });
  return percentiles(samples).p99;
}
