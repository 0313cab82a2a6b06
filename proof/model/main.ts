/** Plays random commands on the real core and engine, and says where they part from the reference room. */
import { writeFinding } from "../finding.ts";
import { readOptions } from "../options.ts";
import { checkModel } from "./check.ts";

const USAGE = `Usage: npm run example proof/model/main.ts -- [options]

  --runs N         how many (default 10000)
  --seed S         repeats an earlier run (default: a new one, which is printed)
  --path P         of that run, only the plan at this place, as a failure prints it
  --first          tells the first plan that fails as it is, and looks for no shorter one
  --findings FILE  adds what was found as a JSON line

Exit codes: 0 all agree, 1 they part, 2 wrong arguments.`;
const RUNS = 10_000;
const TELL_EVERY = 1_000;

process.exit(await main());

async function main(): Promise<number> {
  const options = readOptions(USAGE, {
    numbers: { runs: 1, seed: 0 },
    texts: { path: null, findings: null },
    switches: ["first"],
  });
  const { runs: asked = RUNS, seed: given, path } = options;
  if (path !== undefined && (given === undefined || !/^\d+(:\d+)*$/.test(path))) {
    console.error("--path takes what a failure printed, numbers and colons, with its --seed.");
    return 2;
  }
  const beganAt = performance.now();
  const onProgress = (runs: number) => {
    if (runs % TELL_EVERY === 0) console.error(`${runs} runs, ${seconds(beganAt)} s`);
  };
  const { seed, runs, commands, failure } = await checkModel({
    runs: asked,
    first: options.first,
    ...(given !== undefined && { seed: given }),
    ...(path !== undefined && { path }),
    onProgress,
  });
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

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
