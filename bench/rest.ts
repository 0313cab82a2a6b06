import { readFileSync } from "node:fs";

const SAMPLE = 300;
/** Milliseconds of CPU in a sample that a server spends of which nobody asks anything: one tick of the clock. */
const IDLE = 10;
const LIMIT = 180_000;

/** Milliseconds of CPU that this process used so far, in all its threads. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
  return ticks.reduce((sum, each) => sum + Number(each) * 10, 0);
}

/** Waits until these have done what they had put off; resolves with the milliseconds of CPU that it took them. */
export async function untilAtRest(pids: readonly number[]): Promise<number> {
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const begun = cpu();
  for (let waited = 0; waited < LIMIT; waited += SAMPLE) {
    const before = cpu();
    await Bun.sleep(SAMPLE);
    const after = cpu();
    if (after - before <= IDLE * pids.length) return after - begun;
  }
  throw new Error(`A server was still at work ${LIMIT / 1_000} s after the last post.`);
}
