/** Plays random commands on the real core and engine, and says where they part from the reference room. */
import { parseArgs } from "node:util";
import { writeFinding } from "../finding.ts";
import { checkModel } from "./check.ts";

const USAGE = "Usage: bun proof/model/main.ts [--runs N] [--seed S [--path P]] [--findings FILE]";
const RUNS = 10_000;
const TELL_EVERY = 1_000;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    console.error(USAGE);
    return 2;
  }
  const beganAt = performance.now();
  const onProgress = (runs: number) => {
    if (runs % TELL_EVERY === 0) console.error(`${runs} runs, ${seconds(beganAt)} s`);
  };
  const { seed, runs, commands, failure } = await checkModel({ ...options, onProgress });
  if (options.findings !== undefined) {
    writeFinding(options.findings, {
      part: "model",
      fault: "random commands, some at once, against a reference room",
      done: runs,
      bit: runs,
      result: failure === null ? "kept" : "broken",
      note: `${commands} commands, seed ${seed}${failure === null ? "" : `: ${failure.split("\n")[0]}`}`,
    });
  }
  if (failure !== null) console.error(failure);
  console.log(
    `${runs} runs, ${commands} commands, ${seconds(beganAt)} s, seed ${seed}: ${failure === null ? "all agree" : "they part"}`,
  );
  return failure === null ? 0 : 1;
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: "string" },
        seed: { type: "string" },
        path: { type: "string" },
        findings: { type: "string" },
      },
    });
    const [runs, seed] = [whole(values.runs ?? String(RUNS)), whole(values.seed)];
    const isWrong = runs === undefined || (values.seed !== undefined && seed === undefined);
    if (isWrong || (values.path !== undefined && seed === undefined)) return null;
    return {
      runs,
      ...(seed !== undefined && { seed }),
      ...(values.path !== undefined && { path: values.path }),
      ...(values.findings !== undefined && { findings: values.findings }),
    };
  } catch {
    return null;
  }
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
