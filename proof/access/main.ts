/** Tries every way to more than one may, and says whether one is open. */
import { parseArgs } from "node:util";
import { type Finding, writeFinding } from "../finding.ts";
import { drift } from "./drift/drift.ts";
import { logs } from "./logs.ts";
import { mutate } from "./mutate.ts";
import { xss } from "./xss/xss.ts";

const { values } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    seed: { type: "string" },
    findings: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
console.log(`seed ${seed}`);

const parts: readonly (() => Promise<Finding>)[] = [mutation, scripts, drifting, unsaid];
let broken = 0;
for (const part of parts) {
  const finding = await part();
  if (finding.result === "broken") broken++;
  console.log(`${finding.result}: ${finding.fault} (${finding.done}) ${finding.note ?? ""}`);
  if (values.findings !== undefined) writeFinding(values.findings, finding);
}
process.exit(broken === 0 ? 0 : 1);

async function mutation(): Promise<Finding> {
  const every = values.long ? 1 : 12;
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
  const { finding, troubles } = await xss({ long: values.long });
  for (const trouble of troubles) console.log(`  ! ${trouble}`);
  return finding;
}

async function unsaid(): Promise<Finding> {
  return (await logs()).finding;
}

async function drifting(): Promise<Finding> {
  return (await drift(values.long ? 100 : 3, seed)).finding;
}
