import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Cores' worth of foreign work that a window bears. */
export const FOREIGN = 0.25;

const SAMPLE = 200;
/** Milliseconds of CPU in a sample that a server spends of which nobody asks anything: one tick of the clock. */
const IDLE = 10;
const LIMIT = 180_000;
const ATTEMPTS = 3;
/** Milliseconds that a whole bench still gives to the noise of others, waiting for its end and measuring again. */
let patience = 300_000;

/** From now on this many milliseconds at most are given to the noise of others. */
export function setPatience(ms: number): void {
  patience = ms;
}

/**
 * Waits until these have done what they had put off and, while there is patience, until others leave the machine
 * alone. Resolves with the milliseconds of CPU that it took these.
 */
export async function untilStill(pids: readonly number[] = []): Promise<number> {
  const own = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  const begun = own();
  for (let atWork = 0; atWork < LIMIT;) {
    const before = { own: own(), all: busy() };
    await Bun.sleep(SAMPLE);
    const after = own();
    if (after - before.own > IDLE * pids.length) atWork += SAMPLE;
    else if (patience <= 0 || (busy() - before.all) / SAMPLE <= FOREIGN) return after - begun;
    else patience -= SAMPLE;
  }
  throw new Error(`A server was still at work ${LIMIT / 1_000} s after the last post.`);
}

/** Measures once all is still; what was disturbed again, a few times at most and while there is patience. */
export async function undisturbed<Answer extends { foreign: [number, number] }>(
  pids: readonly number[],
  measure: () => Promise<Answer>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    await untilStill(pids);
    const begun = performance.now();
    const answer = await measure();
    if (!isNoisy(answer) || attempt === ATTEMPTS || patience <= 0) return answer;
    patience -= performance.now() - begun;
  }
}

export function isNoisy({ foreign }: { foreign: [number, number] }): boolean {
  return Math.max(...foreign) > FOREIGN;
}

/** Whether others are at work, for something that cannot tell its own work from theirs: asked before it and after. */
export async function isDisturbed(): Promise<boolean> {
  const before = busy();
  await Bun.sleep(1_000);
  return (busy() - before) / 1_000 > FOREIGN;
}

/** Milliseconds of CPU that this process used so far, in all its threads. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
  return ticks.reduce((sum, each) => sum + Number(each) * 10, 0);
}

function busy(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}
