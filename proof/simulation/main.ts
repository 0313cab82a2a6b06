/** Plays simulated worlds, one for each seed, and says which of them Snug did not keep its word in. */
import { writeFinding } from "../finding.ts";
import { writeHistory } from "../history.ts";
import { readOptions } from "../options.ts";
import { type FaultName, play, type Played } from "./play.ts";

const USAGE = `Usage: npm run example proof/simulation/main.ts -- [options]

  --seeds N        how many worlds (default 3000)
  --from S         the first seed (default 1)
  --seed S         plays this one, tells all that was wrong and writes down its history
  --jobs N         processes at a time (default 2)
  --digest         says for each seed what its history comes to, to tell whether two are the same
  --first          stops at the first world that goes wrong
  --findings FILE  adds what was found as JSON lines

Exit codes: 0 all is well, 1 something is not, 2 wrong arguments.`;

/** Worlds that went wrong and are told of in full. */
const TOLD = 10;

/** What many runs come to. */
interface Sum {
  seeds: number;
  /** Worlds that crossed a crash, a resume and a removal; the others prove less than they say. */
  counted: number;
  failed: { seed: number; wrong: readonly string[] }[];
  sent: number;
  acknowledged: number;
  lost: number;
  repeated: number;
  reordered: number;
  heals: number[];
  faults: Partial<Record<FaultName, { done: number; bit: number }>>;
}

async function main(): Promise<number> {
  const given = readOptions(USAGE, {
    numbers: { seeds: 1, from: 1, seed: 1, jobs: 1 },
    texts: { findings: null },
    // `share`: one of several processes, which writes its sum as JSON for the one that started it.
    switches: ["digest", "first", "share"],
  });
  if (given.seed !== undefined) return show(given.seed);
  const sum = emptySum();
  const { from = 1, seeds = 3_000, jobs = 2 } = given;
  if (given.share || jobs === 1) await playAll(sum, from, seeds, given);
  else await share(sum, from, seeds, jobs, given.first);
  if (given.share) {
    console.log(JSON.stringify(sum));
    return 0;
  }
  tell(sum, from);
  if (given.findings !== undefined) writeFindings(given.findings, sum, from);
  return sum.failed.length === 0 && sum.counted === sum.seeds ? 0 : 1;
}

async function playAll(
  sum: Sum,
  from: number,
  seeds: number,
  { first, digest }: { first: boolean; digest: boolean },
): Promise<void> {
  for (let seed = from; seed < from + seeds; seed++) {
    const played = await play(seed);
    add(sum, played);
    if (digest)
      console.log(`seed ${seed} ${Bun.hash(JSON.stringify(played.history)).toString(16)}`);
    if (first && sum.failed.length > 0) return;
  }
}

/** The same in several processes: one process has one clock, and worlds do not share it. */
async function share(sum: Sum, from: number, seeds: number, jobs: number, first: boolean) {
  const each = Math.ceil(seeds / jobs);
  const shares = Array.from({ length: jobs }, (_, index) => {
    const begin = from + index * each;
    const count = Math.min(each, from + seeds - begin);
    return Bun.spawn(
      [process.execPath, import.meta.path, "--share", `--from=${begin}`, `--seeds=${count}`].concat(
        first ? ["--first"] : [],
      ),
      { stdout: "pipe", stderr: "inherit" },
    );
  });
  for (const one of shares) {
    const [text, code] = await Promise.all([new Response(one.stdout).text(), one.exited]);
    if (code !== 0) throw new Error(`a share of the seeds ended with ${code}`);
    merge(sum, JSON.parse(text) as Sum);
  }
}

function emptySum(): Sum {
  return {
    seeds: 0,
    counted: 0,
    failed: [],
    sent: 0,
    acknowledged: 0,
    lost: 0,
    repeated: 0,
    reordered: 0,
    heals: [],
    faults: {},
  };
}

function add(sum: Sum, { seed, wrong, verdict, history, crossed, heal }: Played): void {
  sum.seeds++;
  if (crossed.crashes > 0 && crossed.resumes > 0 && crossed.removals > 0) sum.counted++;
  if (wrong.length > 0) sum.failed.push({ seed, wrong: wrong.slice(0, 5) });
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  for (const entry of history) {
    if (entry.kind === "invoke") sent.add(`${entry.room} ${entry.sender} ${entry.clientId}`);
    if (entry.kind === "ok") acknowledged.add(`${entry.room} ${entry.sender} ${entry.clientId}`);
  }
  sum.sent += sent.size;
  sum.acknowledged += acknowledged.size;
  const readings = verdict?.readings ?? [];
  const total = (of: "lost" | "repeated" | "reordered") =>
    (verdict?.sends[of] ?? 0) + readings.reduce((all, reading) => all + reading[of], 0);
  sum.lost += total("lost");
  sum.repeated += total("repeated");
  sum.reordered += total("reordered");
  sum.heals.push(Math.round(heal));
  addFaults(sum, crossed.faults);
}

function merge(sum: Sum, other: Sum): void {
  for (const name of [
    "seeds",
    "counted",
    "sent",
    "acknowledged",
    "lost",
    "repeated",
    "reordered",
  ] as const)
    sum[name] += other[name];
  sum.failed.push(...other.failed);
  sum.heals.push(...other.heals);
  addFaults(sum, other.faults);
}

function addFaults(sum: Sum, faults: Sum["faults"]): void {
  for (const [name, { done, bit }] of Object.entries(faults)) {
    const count = (sum.faults[name as FaultName] ??= { done: 0, bit: 0 });
    count.done += done;
    count.bit += bit;
  }
}

function tell(sum: Sum, from: number): void {
  const { seeds, counted, failed, sent, acknowledged, lost, repeated, reordered } = sum;
  for (const { seed, wrong } of failed.slice(0, TOLD)) {
    console.log(
      `seed ${seed}: replay it with  npm run example proof/simulation/main.ts -- --seed ${seed}`,
    );
    for (const what of wrong) console.log(`  ${what}`);
  }
  if (failed.length > TOLD) console.log(`… and ${failed.length - TOLD} more`);
  if (counted < seeds)
    console.log(
      `${seeds - counted} worlds had no crash, no resume or no removal, and do not count.`,
    );
  console.log(
    `${seeds} worlds from seed ${from}: ${failed.length} went wrong. ` +
      `${sent} messages sent, ${acknowledged} acknowledged, ${lost} lost, ${repeated} repeated, ${reordered} reordered.`,
  );
}

/** What a reader of the table should know each fault as. */
const words: Record<FaultName, string> = {
  crash: "the process ends at a boundary of a commit",
  kill: "the process ends between commits",
  restart: "the process is asked to end, and another starts",
  "failing disk": "the disk takes nothing, or is full",
  "slow disk": "the disk is 25 times slower",
  "lost tellings": "followers are not told of what was stored",
  "clock jump": "the wall clock jumps by a second, an hour or a day",
  cut: "a client's connections are torn down",
  stall: "nothing moves on a client's way for a while",
  blackhole: "what is on a client's way never comes",
  down: "a client's network is away",
  "lost answers": "requests arrive, and their answers do not",
  "slow reader": "a client reads 0.5, 5 or 50 bytes a millisecond",
};

function writeFindings(file: string, sum: Sum, from: number): void {
  const { seeds, failed, sent, acknowledged, lost, repeated, reordered } = sum;
  const heals = sum.heals.toSorted((one, other) => one - other);
  const kept = failed.length === 0 && sum.counted === seeds;
  const result = kept ? "kept" : "broken";
  const seedsOf = failed.map(({ seed }) => seed).join(", ");
  writeFinding(file, {
    part: "simulation",
    fault: `all of the following, in ${seeds} worlds`,
    done: seeds,
    bit: sum.counted,
    sent,
    acknowledged,
    lost,
    repeated,
    reordered,
    heal: { median: heals[Math.floor(heals.length / 2)] ?? 0, max: heals.at(-1) ?? 0 },
    result,
    note: kept ? `seeds ${from} to ${from + seeds - 1}` : `seeds that went wrong: ${seedsOf}`,
  });
  for (const [name, { done, bit }] of Object.entries(sum.faults))
    writeFinding(file, {
      part: "simulation",
      fault: words[name as FaultName],
      done,
      bit,
      result: bit === 0 ? "broken" : result,
      ...(bit === 0 && { note: "it never bit" }),
    });
}

async function show(seed: number): Promise<number> {
  const played = await play(seed);
  const file = `simulation-${seed}.log`;
  await writeHistory(file, played.history, played.logs);
  console.log(`seed ${seed}: ${JSON.stringify(played.crossed)}`);
  for (const what of played.wrong) console.log(`  ${what}`);
  console.log(`${played.wrong.length} wrong; what happened is in ${file}`);
  return played.wrong.length === 0 ? 0 : 1;
}

process.exit(await main());
