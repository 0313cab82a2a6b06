import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { readOptions } from "../proof/options.ts";
import { build, out } from "./build.ts";
import { report, verdicts } from "./report.ts";
import { killAll } from "./server.ts";
import { measure, type Group, type Pace, type Result } from "./workloads.ts";

const USAGE = "Usage: npm run bench -- [--quick] [--only w1|w2|w4]";
const groups: readonly Group[] = ["w1", "w2", "w4"];
const fullPace: Pace = { repeats: 5, warmUp: 2, seconds: 8 };
const quickPace = (group: Group): Pace => ({
  repeats: 3,
  ...(group === "w4" ? { warmUp: 0.3, seconds: 1 } : { warmUp: 0.7, seconds: 2.5 }),
});

const { quick, only } = readOptions(USAGE, { texts: { only: groups }, switches: ["quick"] });
try {
  build();
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
try {
  const results: Result[] = [];
  for (const group of groups.filter((one) => only === undefined || one === only)) {
    const pace = quick ? quickPace(group) : fullPace;
    results.push(...(await measure(group, pace, folder, (line) => console.log(line))));
  }
  console.log(`\n${report(results)}`);
  const path = join(out, `${about.at.replaceAll(":", "-")}.json`);
  writeFileSync(
    path,
    `${JSON.stringify({ ...about, results, verdicts: verdicts(results) }, null, 1)}\n`,
  );
  console.log(`\n${path}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  killAll();
  clean();
}

function describe() {
  const dirty = git("status", "--porcelain", "--", "..") === "" ? "" : " with changes";
  const [first] = cpus();
  return {
    at: new Date().toISOString(),
    commit: `${git("rev-parse", "--short", "HEAD")}${dirty}`,
    bun: Bun.version,
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    linux: release(),
  };
}

function git(...args: string[]): string {
  return Bun.spawnSync(["git", "-C", import.meta.dir, ...args])
    .stdout.toString()
    .trim();
}
