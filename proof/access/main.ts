/** Tries every way to more than one may, and says whether one is open. */
import { type Finding, writeFinding } from "../finding.ts";
import { anySeed, readOptions } from "../options.ts";
import { drift } from "./drift/drift.ts";
import { logs } from "./logs.ts";
import { mutate } from "./mutate.ts";
import { xss } from "./xss/xss.ts";

const USAGE = `Usage: npm run example proof/access/main.ts -- [options]

  --long           every mutant and every text, and more rounds
  --seed N         repeats an earlier run (default: a new one, which is printed)
  --findings FILE  adds a JSON line for each thing that was done

Exit codes: 0 every promise was kept, 1 one was not, 2 wrong arguments.`;

const given = readOptions(USAGE, {
  numbers: { seed: 0 },
  texts: { findings: null },
  switches: ["long"],
});
const { long, seed = anySeed() } = given;
console.log(`seed ${seed}`);

const parts: readonly (() => Promise<Finding>)[] = [mutation, scripts, drifting, unsaid];
let broken = 0;
for (const part of parts) {
  const finding = await part();
  if (finding.result === "broken") broken++;
  console.log(`${finding.result}: ${finding.fault} (${finding.done}) ${finding.note ?? ""}`);
  if (given.findings !== undefined) writeFinding(given.findings, finding);
}
process.exit(broken === 0 ? 0 : 1);

async function mutation(): Promise<Finding> {
  const every = long ? 1 : 12;
  const { all, killed, survived, equivalent } = await mutate((_, index) => index % every === 0);
  return {
    part: "access",
    fault: "a small change to the code that says who may do what",
    done: all - equivalent.length,
    bit: killed,
    result: survived.length === 0 ? "kept" : "broken",
    note: `${equivalent.length} more are the same program${survived.map((name) => `; not noticed: ${name}`).join("")}`,
  };
}

async function scripts(): Promise<Finding> {
  const { finding, troubles } = await xss({ long });
  for (const trouble of troubles) console.log(`  ! ${trouble}`);
  return finding;
}

async function unsaid(): Promise<Finding> {
  return (await logs()).finding;
}

async function drifting(): Promise<Finding> {
  return (await drift(long ? 100 : 3, seed)).finding;
}
