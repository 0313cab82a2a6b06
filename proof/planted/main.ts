/** Plants one bug after another and says which part of the proof finds it. */
import { writeFinding } from "../finding.ts";
import { readOptions } from "../options.ts";
import { bugs } from "./bugs.ts";
import { hunt, parts } from "./hunt.ts";

const USAGE = `Usage: npm run example proof/planted/main.ts -- [options]

  --only TEXT      bugs whose name holds this text
  --all            with the model and the simulation, whichever is to find it
  --findings FILE  adds what was found as JSON lines

Exit codes: 0 every bug was found, 1 one was not, 2 wrong arguments.`;

async function main(): Promise<number> {
  const given = readOptions(USAGE, { texts: { only: null, findings: null }, switches: ["all"] });
  const { only = "" } = given;
  const chosen = bugs.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    console.error(`No planted bug is called like "${only}".`);
    return 2;
  }
  let missed = 0;
  for (const bug of chosen) {
    const tried = given.all ? [...new Set([bug.by, "model", "simulation"] as const)] : [bug.by];
    const finders: string[] = [];
    for (const part of tried) {
      const found = await hunt(bug, part);
      if (found) finders.push(`the ${parts[part].name} in ${found.seconds.toFixed(1)} s`);
      else if (part === bug.by) missed++;
    }
    const by = finders.join(", ") || "nothing";
    console.log(`${bug.name}: found by ${by}`);
    if (given.findings !== undefined)
      writeFinding(given.findings, {
        part: "planted",
        fault: bug.name,
        done: 1,
        bit: 1,
        result: finders.length > 0 ? "kept" : "broken",
        note: `found by ${by}`,
      });
  }
  console.log(`${chosen.length - missed} of ${chosen.length} planted bugs were found`);
  return missed === 0 ? 0 : 1;
}

process.exit(await main());
