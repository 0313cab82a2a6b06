import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../proof/options.ts";
import { build, out, type Programs } from "./build.ts";
import { measureIdle, measureReturn } from "./crowd.ts";
import { measureGrowth } from "./growth.ts";
import { describe, keep, print, type Part } from "./part.ts";
import { setPatience } from "./noise.ts";
import { measurePeak } from "./peak.ts";
import { findPeers } from "./peers.ts";
import { durable, fanOut, growthPart, idlePart, peakPart, returnPart } from "./report.ts";
import { killAll } from "./server.ts";
import { measure, type Group, type Pace } from "./workloads.ts";

const USAGE = "Usage: npm run bench -- [--quick] [--only w1|w2|w3|w4|w5|w6|w9|peak] [--peers]";
const groups = ["w1", "w2", "w3", "w4", "w5", "w6", "w9", "peak"] as const;
const quickGroups: readonly string[] = ["w1", "w2", "w4"];
/** Of one table: that of one alone is not the whole of it. */
const together: readonly string[] = ["w1", "w2", "w6"];
const fullPace = (group: Group): Pace => ({
  repeats: 3,
  ...(group === "w4" ? { warmUp: 0.5, seconds: 2 } : { warmUp: 0.8, seconds: 2.5 }),
});
const quickPace = (group: Group): Pace => ({
  repeats: 3,
  ...(group === "w4" ? { warmUp: 0.2, seconds: 0.5 } : { warmUp: 0.6, seconds: 1.5 }),
});

const options = readOptions(USAGE, { texts: { only: groups }, switches: ["quick", "peers"] });
const { quick, only } = options;
// It is there to be run often: done within two minutes, whatever others do.
if (quick) setPatience(10_000);
let programs: Programs;
try {
  programs = build();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

// Beside the bench, not in /tmp: that may be memory, where a sync costs nothing.
const folder = mkdtempSync(join(out, "data-"));
const clean = () => rmSync(folder, { recursive: true, force: true });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    killAll();
    clean();
    process.exit(130);
  });
}

const about = describe();
console.log(
  `${about.commit} · Bun ${about.bun} · ${about.cpu}, ${about.cores} cores · Linux ${about.linux}`,
);
console.log("Server on core 0, generator on core 1; medians.\n");
const { peers, missing } = options.peers ? findPeers() : { peers: [], missing: [] };
for (const line of missing) console.log(line);
const world = { programs, folder, peers };
const say = (line: string) => console.log(line);
const isDue = (group: string) =>
  only === undefined ? !quick || quickGroups.includes(group) : group === only;
try {
  const due = (["w1", "w2", "w6", "w4"] satisfies Group[]).filter(isDue);
  const results =
    due.length === 0 ? [] : await measure(due, quick ? quickPace : fullPace, world, say);
  const deliveries = results.filter(({ workload }) => workload.mode === "paced");
  const answers = results.filter(({ workload }) => workload.mode === "closed");
  if (deliveries.length > 0) tell(fanOut(deliveries, missing), deliveries);
  if (answers.length > 0) tell(durable(answers), answers);
  if (isDue("peak")) {
    const peak = await measurePeak(world, say);
    tell(peakPart(peak), peak);
  }
  if (isDue("w5")) {
    const back = await measureReturn(world, say);
    tell(returnPart(back), back);
  }
  if (isDue("w3")) {
    const idle = await measureIdle(world, say);
    tell(idlePart(idle.all, idle.failed), idle);
  }
  if (isDue("w9")) {
    const growth = await measureGrowth(world, say);
    tell(growthPart(growth), growth);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  killAll();
  clean();
}

function tell(part: Part, figures: unknown): void {
  const isWhole = options.peers && !quick && (only === undefined || !together.includes(only));
  console.log(`\n${print(part)}\n\n${keep(part, about, figures, isWhole)}\n`);
}
