import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finding, writeFinding } from "../finding.ts";
import { anySeed, readOptions } from "../options.ts";
import { type Fault, strike } from "./fault.ts";

const usage = (
  part: string,
  faults: readonly Fault[],
) => `Usage: npm run example proof/${part}/main.ts -- [options]

  --only NAME      one of ${faults.map(({ name }) => name).join(", ")}
  --long           the published form, which takes its time
  --seed N         repeats the chances of an earlier run
  --findings FILE  adds what was found to this file, as JSON lines

Exit codes: 0 all promises were kept, 1 one was broken, 2 wrong arguments.`;

/** The command of a part that is a list of faults; its exit code. */
export async function strikeAll(part: Finding["part"], faults: readonly Fault[]): Promise<number> {
  const given = readOptions(usage(part, faults), {
    numbers: { seed: 0 },
    texts: { only: faults.map(({ name }) => name), findings: null },
    switches: ["long"],
  });
  const { only, long, findings, seed = anySeed() } = given;
  const chosen = faults.filter(({ name }) => only === undefined || name === only);
  let broken = false;
  for (const fault of chosen) {
    const folder = mkdtempSync(join(tmpdir(), `snug-${fault.name}-`));
    const startedAt = performance.now();
    const finding = await strike(fault, { long, seed, folder }, part);
    console.log(line(fault.name, finding, performance.now() - startedAt));
    if (findings !== undefined) writeFinding(findings, finding);
    if (finding.result === "broken") broken = true;
    if (finding.result === "broken") console.log(`  its folder is kept: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  return broken ? 1 : 0;
}

function line(name: string, finding: Finding, took: number): string {
  const { result, done, bit, sent, acknowledged, lost, repeated, reordered, heal, note } = finding;
  const { silence } = finding;
  const parts = [
    `${result.toUpperCase().padEnd(6)} ${name}: ${done} times, bit ${bit}`,
    sent === undefined ? "" : `${sent} sent, ${acknowledged} acknowledged`,
    lost === undefined ? "" : `${lost} lost, ${repeated} repeated, ${reordered} reordered`,
    heal === undefined ? "" : `healed in ${heal.median} ms (median), ${heal.max} ms (max)`,
    silence === undefined ? "" : `${silence} ms without an answer at most`,
    note ?? "",
    `${(took / 1000).toFixed(1)} s`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}
