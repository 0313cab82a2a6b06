import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bug } from "./bugs.ts";

/** How a part of the proof is run, and what it prints when something is not as it should be. */
interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly tells: RegExp;
}

/** Each begins at the same place every time, so that it finds the same. */
export const parts: Record<Bug["by"], Part> = {
  model: {
    name: "model",
    command: ["proof/model/main.ts", "--runs=1500", "--first"],
    tells: /they part$/m,
  },
  simulation: {
    name: "simulation",
    command: ["proof/simulation/main.ts", "--seeds=300", "--jobs=1", "--first"],
    tells: /^seed \d+: replay it/m,
  },
  disk: {
    name: "full disk",
    command: ["proof/processes/main.ts", "--only=disk", "--seed=1"],
    // A run that broke for another reason found nothing.
    tells: /^BROKEN .*\bI\d+: /m,
  },
};

const root = join(import.meta.dir, "../..");

/** Runs the part with the bug planted, and says how many seconds of a processor it took to find it; null if it is content. */
export async function hunt(bug: Bug, by: Bug["by"]): Promise<{ seconds: number } | null> {
  const { name, command, tells } = parts[by];
  const from = by === bug.by ? bug.from : undefined;
  const start = {
    model: [`--seed=${from ?? 5}`],
    simulation: [`--from=${from ?? 1}`],
    disk: [],
  }[by];
  // What a broken run keeps to be looked at is of no use here.
  const folder = mkdtempSync(join(tmpdir(), "snug-planted-"));
  const child = Bun.spawn([process.execPath, ...command, ...start], {
    cwd: root,
    env: {
      ...process.env,
      TMPDIR: folder,
      PLANTED_BUG: bug.name,
      // Reaches the servers that the part starts too.
      BUN_OPTIONS: `--preload=${join(import.meta.dir, "preload.ts")}`,
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  rmSync(folder, { recursive: true, force: true });
  if (code === 0) return null;
  // A part that broke has found nothing.
  if (!tells.test(out))
    throw new Error(`the ${name} broke with "${bug.name}" planted:\n${out}${err}`);
  const { cpuTime } = child.resourceUsage() ?? {};
  return { seconds: Number(cpuTime?.total ?? 0) / 1_000_000 };
}
