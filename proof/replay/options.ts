import { parseArgs } from "node:util";

export interface Options {
  file: string | undefined;
  seed: number;
  speed: number | undefined;
  kills: number;
  watchersEach: number;
}

export class UsageError extends Error {}

export const USAGE = `Usage: npm run replay -- [FILE] [options]

Plays an IRC log (lines "[HH:MM] <nick> text") through a real Snug server that is killed in the middle,
and checks that nobody lost, doubled or reordered anything. Without FILE it plays a sample of 2,000 lines.

  --seed N      repeats the faults of an earlier run (default: a new one, which is printed)
  --speed N     log seconds that pass in one second (default: the whole log in about a minute)
  --kills N     how many times the server is killed (default 1)
  --watchers N  watchers on each of WebSocket, SSE and HTTP paging (default 3)
  --help        this text

Exit codes: 0 all is well, 1 something differs, 2 wrong arguments.`;

const SPEC = {
  seed: { type: "string" },
  speed: { type: "string" },
  kills: { type: "string" },
  watchers: { type: "string" },
  help: { type: "boolean" },
} as const;

/** Undefined when help is asked for; throws UsageError with one line that says what to do. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`One log at a time: leave out "${more.join(" ")}".`);
  return {
    file,
    seed: wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1) ?? Math.floor(Math.random() * 2 ** 32),
    speed: readSpeed(values.speed),
    kills: wholeNumber("--kills", values.kills, 0, 20) ?? 1,
    watchersEach: wholeNumber("--watchers", values.watchers, 1, 50) ?? 3,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: SPEC, allowPositionals: true });
  } catch (error) {
    const [what] = String(error instanceof Error ? error.message : error)
      // What is ambiguous to parseArgs, "--seed -1", is wrong to whoever wrote it.
      .replace(/^Option '(--[\w-]+)' argument is ambiguous/, "$1 takes no value that begins with -")
      .split(/[.\n]/);
    throw new UsageError(`${what}. Run with --help to see the options.`);
  }
}

function wholeNumber(
  name: string,
  given: string | undefined,
  low: number,
  high: number,
): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d{1,10}$/.test(given) ? Number(given) : NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`${name} takes a whole number from ${low} to ${high}, not "${given}".`);
}

function readSpeed(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (value > 0 && value <= 1e6) return value;
  throw new UsageError(`--speed takes a number above 0 and up to 1,000,000, not "${given}".`);
}
