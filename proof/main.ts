/** Runs the whole proof in its long form and writes down what came of it, as docs/proof.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "./finding.ts";
import { readOptions } from "./options.ts";
import { publish, republish, type Circumstances } from "./publish.ts";

const USAGE = `Usage: npm run proof -- [options]

Runs every part of the proof in its long form, which takes about 80 minutes on two cores, and
writes docs/proof.md.

  --part NAME  only this part (processes, nodes, fuzz, access, planted, model, simulation), in the place
               of what the page says of it; with --short nothing is written
  --short      the form of npm test, in a few minutes; the page then tells of that

Exit codes: 0 every promise was kept, 1 one was not, 2 wrong arguments.`;

/** How each part is run: in a few minutes, and as it is published. */
const parts: Record<Finding["part"], { short: readonly string[]; long: readonly string[] }> = {
  planted: { short: [], long: [] },
  model: { short: ["--runs=10000"], long: ["--runs=20000"] },
  simulation: { short: ["--seeds=3000"], long: ["--seeds=4000"] },
  processes: { short: [], long: ["--long"] },
  nodes: { short: [], long: ["--long"] },
  fuzz: { short: [], long: ["--long"] },
  access: { short: [], long: ["--long"] },
};

interface Lane {
  readonly names: readonly Finding["part"][];
  readonly isPatient: boolean;
}
/**
 * First alone what is judged by the clock; the others side by side after it, where
 * the patient take what is left of the processors.
 */
const turns: readonly (readonly Lane[])[] = [
  [{ names: ["processes", "nodes"], isPatient: false }],
  [
    { names: ["fuzz", "access"], isPatient: false },
    { names: ["planted", "model", "simulation"], isPatient: true },
  ],
];

const root = join(import.meta.dir, "..");

async function main(): Promise<number> {
  const given = readOptions(USAGE, {
    texts: { part: Object.keys(parts) },
    switches: ["short"],
  });
  const names = turns.flat().flatMap((lane) => lane.names);
  const chosen = names.filter((name) => given.part === undefined || name === given.part);
  const begun = await circumstances(given.short);
  const folder = mkdtempSync(join(tmpdir(), "snug-proof-"));
  const file = join(folder, "findings");
  writeFileSync(file, "");
  const took: Record<string, number> = {};
  const broken: string[] = [];
  const go = async (name: Finding["part"], isPatient: boolean) => {
    const start = performance.now();
    const { short, long } = parts[name];
    const { out, code } = await run(
      name,
      [...(given.short ? short : long), `--findings=${file}`],
      isPatient,
    );
    took[name] = Math.round((performance.now() - start) / 1_000);
    console.log(`\n== ${name}, ${took[name]} s\n${out.trimEnd()}`);
    if (code !== 0) broken.push(name);
  };
  for (const lanes of turns) {
    await Promise.all(
      lanes.map(async ({ names, isPatient }) => {
        for (const name of names) if (chosen.includes(name)) await go(name, isPatient);
      }),
    );
  }
  const findings = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finding);
  rmSync(folder, { recursive: true });
  const page = join(root, "docs/proof.md");
  const all = { ...begun, seconds: took };
  const [only] = given.part === undefined ? [] : chosen;
  if (only === undefined || !given.short) {
    const text =
      only === undefined
        ? publish(findings, all, broken)
        : republish(readFileSync(page, "utf8"), only, findings, all, broken.length > 0);
    if (text === null) throw new Error("docs/proof.md is not what npm run proof once wrote");
    writeFileSync(page, text);
    await Bun.$`${process.execPath} fmt ${page}`.quiet();
  }
  console.log(
    broken.length === 0 ? "\nEvery promise was kept." : `\nBroken: ${broken.join(", ")}.`,
  );
  return broken.length === 0 ? 0 : 1;
}

/** @param isPatient lets everything else go first */
async function run(part: string, args: readonly string[], isPatient: boolean) {
  const command = [process.execPath, join(root, "proof", part, "main.ts"), ...args];
  const child = Bun.spawn(isPatient ? ["nice", "-n", "19", ...command] : command, {
    cwd: root,
    stdout: "pipe",
    stderr: "inherit",
  });
  return { out: await new Response(child.stdout).text(), code: await child.exited };
}

/** What is tested, asked before it is: a commit made meanwhile is not it. */
async function circumstances(isShort: boolean): Promise<Omit<Circumstances, "seconds">> {
  const say = async (...command: string[]) => (await Bun.$`${command}`.cwd(root).text()).trim();
  const cpus = readFileSync("/proc/cpuinfo", "utf8");
  const memory = Number(/MemTotal: +(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);
  const { Database } = await import("bun:sqlite");
  const sqlite = new Database(":memory:").query("SELECT sqlite_version() AS version").get();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await say("git", "rev-parse", "--short=12", "HEAD"),
    isClean: (await say("git", "status", "--porcelain")) === "",
    bun: Bun.version,
    sqlite: (sqlite as { version: string }).version,
    machine: `${navigator.hardwareConcurrency} cores (${/model name\s*: (.*)/.exec(cpus)?.[1] ?? "unknown"}), ${Math.round(memory / 2 ** 20)} GiB, ${await say("uname", "-sr")}`,
    isShort,
  };
}

process.exit(await main());
