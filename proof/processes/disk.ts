import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPage } from "../replay/call.ts";
import type { Run } from "../replay/run.ts";
import { type Fault, Impossible, type Setting } from "./fault.ts";
import { Poster } from "./poster.ts";
import { figures, judge, watchers } from "./scene.ts";

const REFUSALS = new Set(["store_full", "store_unavailable"]);
const SIZE = "16m";
const LONG = "x".repeat(5_000);
const REFUSED = 30;
const FULL_WITHIN = 10_000;
const WELL_WITHIN = 15_000;

export const disk: Fault = {
  name: "disk",
  what: "the disk is full, and has space again later",
  async strike(setting) {
    const unmount = mount(setting);
    try {
      return await strike(setting);
    } finally {
      unmount();
    }
  },
};

async function strike(setting: Setting) {
  const times = setting.long ? 10 : 2;
  const heals: number[] = [];
  const differences: string[] = [];
  const codes: Record<string, number> = {};
  let [bit, reads] = [0, 0];
  const judged = await judge(setting, async ({ run, server, crowd }) => {
    await watchers(crowd, 2);
    const poster = await Poster.come(run, "poster");
    for (let time = 0; time < times && !run.ended.aborted; time++) {
      await crowd.until(() => run.reading.size === 6, "not everybody was in");
      const ballast = join(server.data, "ballast");
      fill(ballast);
      const refused: string[] = [];
      const until = performance.now() + FULL_WITHIN;
      // Some still fit: the write-ahead log has its own space, until it grows.
      for (let post = 0; refused.length < REFUSED && performance.now() < until; post++) {
        const clientId = `m-${time}-${post}`;
        // Twice at once: the second must not be answered by a first that is not stored either.
        const both = await Promise.all([1, 2].map(() => poster.try(clientId, LONG)));
        for (const answer of both) {
          const what = `${answer?.status} ${answer?.code ?? "stored"}`;
          codes[what] = (codes[what] ?? 0) + 1;
          if (answer?.code === undefined) continue;
          if (!REFUSALS.has(answer.code)) differences.push(`a full disk was answered with ${what}`);
          else if (answer.retryAfter <= 0) differences.push(`${what} came without retryAfter`);
        }
        if (both.every((answer) => answer && REFUSALS.has(answer.code ?? "")))
          refused.push(clientId);
        reads += await readOn(run, poster.token, differences);
        await Bun.sleep(10);
      }
      if (run.reading.size !== 6) differences.push("somebody was thrown out");
      if (refused.length > 0) bit++;
      rmSync(ballast);
      const freedAt = performance.now();
      await poster.post(`well-${time}`, LONG);
      heals.push(performance.now() - freedAt);
      // The same sends again, as they were.
      for (const clientId of refused) await poster.post(clientId, LONG);
    }
  });
  const slowest = Math.max(...heals);
  if (slowest > WELL_WITHIN) differences.push(`it took ${slowest.toFixed(0)} ms to be well again`);
  const answers = Object.entries(codes).map(([what, count]) => `${count} × ${what}`);
  return {
    ...figures(judged),
    done: times,
    bit,
    heals,
    differences: [...judged.differences, ...new Set(differences)],
    note: `a disk of ${SIZE}, on which posts were answered ${answers.join(", ")}; ${reads} pages were read meanwhile; nobody was thrown out, and the same process went on`,
  };
}

/** Reads go on: a page of the room is there all the while. */
async function readOn(run: Run, token: string, differences: string[]): Promise<number> {
  const page = await readPage(run, run.ended, token, undefined, 50);
  if (page && page.events.length > 0) return 1;
  differences.push("a page was empty");
  return 0;
}

/** A small disk in memory, at the place of the server's data; answers how to take it away. */
function mount({ folder }: Setting): () => void {
  const at = join(folder, "data");
  mkdirSync(at);
  const run = (command: string[]) => Bun.spawnSync(command, { stdout: "ignore", stderr: "pipe" });
  if (!Bun.which("mount")) throw new Impossible("there is no mount(8)");
  const { exitCode, stderr } = run(["mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", at]);
  if (exitCode !== 0)
    throw new Impossible(`no small disk can be mounted: ${stderr.toString().trim()}`);
  return () => {
    const { exitCode: left } = run(["umount", at]);
    if (left !== 0) throw new Error(`${at} could not be unmounted`);
  };
}

/** Takes all the space there is. */
function fill(path: string): void {
  const { bavail, bsize } = statfsSync(join(path, ".."));
  writeFileSync(path, Buffer.alloc(bavail * bsize));
}
