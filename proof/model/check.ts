import fc from "fast-check";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Plan, plan } from "./command.ts";
import { play } from "./play.ts";
import { World } from "./world.ts";

export interface Order {
  runs: number;
  seed?: number;
  /** Where in the seed's runs a failure was, as it told. */
  path?: string;
  /** Whether the first plan that fails is enough; else shorter ones are looked for. */
  first?: boolean;
  onProgress?: (runs: number) => void;
}

export interface Outcome {
  seed: number;
  runs: number;
  commands: number;
  /** The plan that fails, the shortest where that was looked for, why, and how to have it again. */
  failure: string | null;
}

/** Rooms are not taken away again: after so many the folder is. */
const RUNS_A_FOLDER = 2_000;

export async function checkModel(order: Order): Promise<Outcome> {
  let [runs, commands] = [0, 0];
  let world: World | null = null;
  let folder = "";
  const leave = async () => {
    await world?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
    world = null;
  };
  const once = async (one: Plan) => {
    if (runs++ % RUNS_A_FOLDER === 0) {
      await leave();
      // In memory where there is some: the disk's own speed is not the subject.
      folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "snug-model-"));
      world = await World.open(folder);
    }
    if (world === null) throw new Error("no world to play in");
    commands += one.steps.length;
    await play(world, one);
    order.onProgress?.(runs);
  };
  try {
    const { seed = Math.floor(Math.random() * 2 ** 31), path } = order;
    const details = await fc.check(fc.asyncProperty(plan, once), {
      numRuns: order.runs,
      seed,
      ...(path !== undefined && { path }),
      endOnFailure: order.first ?? false,
    });
    return {
      seed,
      runs: details.numRuns,
      commands,
      failure: details.failed ? tell(details) : null,
    };
  } finally {
    await leave();
  }
}

function tell(details: fc.RunDetails<[Plan]>): string {
  const [shortest] = details.counterexample ?? [];
  const { seed, counterexamplePath: path, errorInstance: why } = details;
  return [
    why instanceof Error ? (why.stack ?? why.message) : String(why),
    `room: ${JSON.stringify({ kind: shortest?.kind, capacity: shortest?.capacity })}`,
    ...(shortest?.steps ?? []).map((step) => JSON.stringify(step)),
    `again: npm run example proof/model/main.ts -- --seed ${seed} --path ${path}`,
  ].join("\n");
}
