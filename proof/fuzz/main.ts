/** Throws all that is wrong at every door of a real server, and says whether it kept its word. */
import { writeFinding } from "../finding.ts";
import { anySeed, readOptions } from "../options.ts";
import { decoders } from "./decoders.ts";
import { doors } from "./doors.ts";
import type { Outcome, Run } from "./part.ts";
import { rfc6455 } from "./rfc6455/part.ts";
import { siege } from "./siege.ts";

const USAGE = `Usage: npm run example proof/fuzz/main.ts -- [options]

  --long           a million inputs instead of some ten thousand
  --seed N         repeats an earlier run (default: a new one, which is printed)
  --findings FILE  adds a JSON line for each thing that was done

Exit codes: 0 every promise was kept, 1 one was not, 2 wrong arguments.`;

const parts: Record<string, (run: Run) => Promise<Outcome>> = { decoders, doors, rfc6455, siege };

process.exit(await main());

async function main(): Promise<number> {
  const given = readOptions(USAGE, {
    numbers: { seed: 0 },
    texts: { findings: null },
    switches: ["long"],
  });
  const { long, seed = anySeed() } = given;
  console.log(`seed ${seed}`);
  let failed = 0;
  for (const [name, part] of Object.entries(parts)) {
    const start = performance.now();
    const { findings, troubles } = await part({ long, seed });
    console.log(`${name}: ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    for (const finding of findings) {
      console.log(`  ${finding.result}: ${finding.fault} (${finding.done}) ${finding.note ?? ""}`);
      if (given.findings !== undefined) writeFinding(given.findings, finding);
    }
    for (const trouble of troubles) console.log(`  ! ${trouble}`);
    failed += troubles.length;
  }
  return failed === 0 ? 0 : 1;
}
