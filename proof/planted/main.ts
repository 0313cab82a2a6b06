/** Plants one bug after another and says which part of the proof finds it. */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { bugs, type Bug } from "./bugs.ts";

const USAGE = `Usage: bun proof/planted/main.ts [options]

  --only TEXT      bugs whose name holds this text
  --findings FILE  adds what was found as JSON lines

Exit codes: 0 every bug was found, 1 one was not, 2 wrong arguments.`;

/** A part of the proof: how it is run, and what it prints when it finds something. */
interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly tells: RegExp;
}

/** In the order of their cost. Each begins at the same place every time, so that this tells the same twice. */
const parts: readonly Part[] = [
  {
    name: "model",
    command: ["proof/model/main.ts", "--runs=1500", "--seed=1"],
    tells: /they part$/m,
  },
  {
    name: "simulation",
    command: ["proof/simulation/main.ts", "--seeds=60", "--jobs=1", "--first"],
    tells: /^seed \d+: replay it/m,
  },
  {
    name: "full disk",
    command: ["proof/processes/main.ts", "--only=full disk"],
    tells: /broken/,
  },
  {
    name: "kill -9",
    command: ["proof/processes/main.ts", "--only=kill"],
    tells: /broken/,
  },
];

/** What a bug was found by. */
export interface Caught {
  readonly bug: string;
  /** `null`: nothing found it. */
  readonly by: string | null;
  /** Milliseconds until it was found. */
  readonly after: number;
}

const root = join(import.meta.dir, "../..");

/** Runs one part after another with the bug planted, until one finds it. */
export async function hunt(bug: Bug): Promise<Caught> {
  const start = performance.now();
  for (const { name, command, tells } of parts) {
    const child = Bun.spawn([process.execPath, ...command], {
      cwd: root,
      env: {
        ...process.env,
        SNUG_PLANTED: bug.name,
        BUN_OPTIONS: `--preload=${join(import.meta.dir, "plant.ts")}`,
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    // A part that broke has found nothing.
    if (code !== 0 && !tells.test(out))
      throw new Error(`the ${name} broke with "${bug.name}" planted:\n${out}${err}`);
    if (code !== 0) return { bug: bug.name, by: name, after: performance.now() - start };
  }
  return { bug: bug.name, by: null, after: performance.now() - start };
}

async function main(): Promise<number> {
  let given;
  try {
    const options = { only: { type: "string" }, findings: { type: "string" } } as const;
    given = parseArgs({ options }).values;
  } catch {
    console.error(USAGE);
    return 2;
  }
  const { only = "", findings } = given;
  const chosen = bugs.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    console.error(`No planted bug is called like "${only}".`);
    return 2;
  }
  let missed = 0;
  for (const bug of chosen) {
    const caught = await hunt(bug);
    if (caught.by === null) missed++;
    const seconds = (caught.after / 1_000).toFixed(1);
    console.log(
      `${caught.by === null ? "MISSED" : "found "} ${bug.name}: ${caught.by ?? "by nothing"}, ${seconds} s`,
    );
    if (findings !== undefined) await Bun.write(findings, "");
  }
  console.log(`${chosen.length - missed} of ${chosen.length} planted bugs were found`);
  return missed === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
