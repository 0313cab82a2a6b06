/** Changes who may do what in every small way there is, and asks the tests whether they notice. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, mutants } from "./mutants.ts";

const CORE = fileURLToPath(new URL("../../packages/server/src/core/", import.meta.url));
/** Programs that one process tests, one after another. */
const TOGETHER = 40;
const AT_ONCE = 2;

/** Mutants that are another text and the same program, by their names, and why they are. */
const EQUIVALENT: readonly (readonly [name: RegExp, why: string])[] = [
  [/: null → undefined$/, "nobody's rank is undefined, and undefined is at least nothing"],
  [
    /: role !== null && → nothing$/,
    "the rank of null is undefined, and undefined is at least nothing",
  ],
  [/^line \d+: (1 → 0|4 → 5)$/, "ranks are compared only, and their order is the same"],
  [/^line \d+: (3 → 4|4 → 3)$/, "nobody is asked to be at least an owner"],
  [/return kind !== "direct" && role === "owner"; → nothing$/, "the next case is the same"],
];

export interface Mutation {
  readonly all: number;
  readonly killed: number;
  readonly survived: readonly string[];
  readonly equivalent: readonly { readonly name: string; readonly why: string }[];
}

/** Runs `authorize.test.ts` against each mutant of `authorize.ts` that `chosen` takes. */
export async function mutate(
  chosen: (mutant: Mutant, index: number) => boolean = () => true,
  test = readFileSync(join(CORE, "authorize.test.ts"), "utf8"),
): Promise<Mutation> {
  const source = readFileSync(join(CORE, "authorize.ts"), "utf8");
  const all = mutants(source).filter(chosen);
  const folder = mkdtempSync(join(tmpdir(), "snug-mutants-"));
  try {
    const queue: Mutant[][] = [];
    for (let at = 0; at < all.length; at += TOGETHER) queue.push(all.slice(at, at + TOGETHER));
    const alive: Mutant[] = [];
    let count = 0;
    const work = async () => {
      for (let group = queue.shift(); group; group = queue.shift())
        alive.push(...(await survivors(join(folder, `${count++}`), group, source, test)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const why = ({ name }: Mutant) => EQUIVALENT.find(([which]) => which.test(name))?.[1];
    const equivalent = alive.flatMap((one) => {
      const reason = why(one);
      return reason === undefined ? [] : [{ name: one.name, why: reason }];
    });
    return {
      all: all.length,
      killed: all.length - alive.length,
      survived: alive.filter((one) => why(one) === undefined).map(({ name }) => name),
      equivalent,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those that the test does not notice. Throws where it fails the program as it is. */
async function survivors(
  folder: string,
  group: readonly Mutant[],
  source: string,
  test: string,
): Promise<Mutant[]> {
  for (const [index, program] of [source, ...group.map((mutant) => mutant.source)].entries()) {
    const place = join(folder, `${index}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "authorize.ts"), program);
    writeFileSync(join(place, "authorize.test.ts"), test);
  }
  cpSync(join(CORE, "../../package.json"), join(folder, "package.json"));
  const report = join(folder, "report.xml");
  const child = Bun.spawn(
    [
      process.execPath,
      "test",
      "--timeout=60000",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ],
    { cwd: folder, stdout: "ignore", stderr: "ignore", env: { PATH: process.env["PATH"] ?? "" } },
  );
  await child.exited;
  const failures = new Map<number, number>();
  const suites = readFileSync(report, "utf8").matchAll(
    /<testsuite name="(\d+)\/authorize\.test\.ts"[^>]* tests="(\d+)"[^>]* failures="(\d+)"/g,
  );
  for (const [, index, , failed] of suites) failures.set(Number(index), Number(failed));
  if (failures.get(0) !== 0) throw new Error("the tests fail the program as it is");
  // A program that did not even load is not in the report, and was noticed.
  return group.filter((_, index) => failures.get(index + 1) === 0);
}

if (import.meta.main) {
  const { all, killed, survived, equivalent } = await mutate();
  for (const name of survived) console.log(`survived: ${name}`);
  for (const { name, why } of equivalent) console.log(`the same program: ${name}: ${why}`);
  const real = all - equivalent.length;
  console.log(
    `${killed} of ${real} killed (${((100 * killed) / real).toFixed(1)} %), ${equivalent.length} more are the same program`,
  );
  process.exit(survived.length === 0 ? 0 : 1);
}
