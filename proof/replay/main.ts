/** Plays an IRC log through a real server with cuts and kills, and says whether anything differs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { check } from "../checker.ts";
import { writeHistory } from "../history.ts";
import { judge } from "./judge.ts";
import { type Line, parseLog, UnreadableLog } from "./log.ts";
import { type Options, readOptions, USAGE, UsageError } from "./options.ts";
import { play } from "./play.ts";
import { showProgress } from "./progress.ts";
import { report } from "./report.ts";
import { ROOM } from "./run.ts";
import { drawOutSample } from "./sample.ts";
import { tally } from "./tally.ts";

const SAMPLE_LINES = 2_000;
const DEFAULT_SECONDS = 60;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (!options) {
      console.log(USAGE);
      return 0;
    }
    return await replay(options, await readLines(options));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function readLines({ file, seed }: Options): Promise<Line[]> {
  try {
    const log =
      file === undefined ? await drawOutSample(seed, SAMPLE_LINES) : await Bun.file(file).text();
    const lines = parseLog(log);
    if (lines.length > 0) return lines;
    throw new UsageError(`${file} has nothing to play; give it lines like "[09:30] <nick> text".`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof UnreadableLog) throw new UsageError(`${file}: ${error.message}.`);
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(
      `${file} cannot be read (${why}); give the path of an IRC log, or none for the sample.`,
    );
  }
}

async function replay(options: Options, lines: readonly Line[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "snug-replay-"));
  const stop = new AbortController();
  process.on("exit", () => stop.abort());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stop.abort();
      rmSync(folder, { recursive: true, force: true });
      process.exit(130);
    });
  }

  const span = lines.at(-1)?.second ?? 0;
  const speed = options.speed ?? Math.max(1, span / DEFAULT_SECONDS);
  const name = options.file === undefined ? "the sample" : basename(options.file);
  console.log(
    `Replaying ${name}: ${lines.length} lines, seed ${options.seed}, speed ${speed.toFixed(1)}, about ${Math.ceil(span / speed)} s\n`,
  );
  const played = await play({
    ...options,
    lines,
    speed,
    folder,
    stop: stop.signal,
    onProgress: showProgress(lines.length, process.stderr),
  });
  const verdict = check(ROOM, played.history, played.log);
  const summary = tally(played, verdict);
  const differences = judge(played, verdict, summary, options.kills);
  console.log(`\n${report(summary, differences)}`);
  if (differences.length === 0) {
    rmSync(folder, { recursive: true, force: true });
    return 0;
  }
  const path = join(folder, "history.jsonl");
  await writeHistory(path, played.history, new Map([[ROOM, played.log]]));
  console.log(
    `\nHistory: ${path} (the server's logs are beside it; repeat with --seed ${options.seed})`,
  );
  return 1;
}
