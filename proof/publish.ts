import type { Finding } from "./finding.ts";
import { invariants } from "./invariants.ts";
import { notYet } from "./planted/bugs.ts";

/** On what, and with what, the proof was run. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  /** Whether the files were as that commit has them. */
  readonly isClean: boolean;
  readonly bun: string;
  readonly sqlite: string;
  readonly machine: string;
  /** The form of npm test, and not the long one. */
  readonly isShort: boolean;
  /** How long each part took. */
  readonly seconds: Readonly<Record<string, number>>;
}

const words: Record<Finding["part"], string> = {
  processes: `Real servers, real clients over WebSocket, SSE and HTTP, and what may happen to a machine. Every run is
judged by the checker, and each fault has to show that it bit.`,
  nodes: `Several real nodes on a real Redis, and what may happen to any of them. A conversation goes on meanwhile, of
people with sockets and with the real SDK; they and all readers come to any node, as chance has it. **Unanswered** is
the longest time in which somebody waited for an answer and nobody was given one.`,
  simulation: `The real server and the real SDK on virtual time. Clock, chance, network and disk are a seed's, so that
each world can be played again. The disk is a model that keeps every rule of the engines' contract and fails at each
boundary of a commit.`,
  model:
    "Random commands, some of them at once, on the real core and engine, beside a reference room of plain words.",
  fuzz: `What no honest client sends, at every door. A row that is **broken** names what the runtime does otherwise than
its standard says, and that is not ours to mend.`,
  access: "Every way to more than one may.",
  planted: `Defects that real chat systems have had, put into Snug's source while it is loaded. A proof that does not
find them would prove nothing.`,
};

/** The page that says what was done and what came of it. */
export function publish(
  findings: readonly Finding[],
  { date, commit, isClean, bun, sqlite, machine, seconds, isShort }: Circumstances,
  broken: readonly string[],
): string {
  const took = Object.values(seconds).reduce((sum, one) => sum + one, 0);
  const order = ["processes", "nodes", "simulation", "model", "fuzz", "access", "planted"] as const;
  const sections = order
    .map((part) => section(part, findings, `It took ${minutes(seconds[part])} min.`))
    .join("\n\n");
  return `# The proof

On a store that keeps what it was given, nothing acknowledged is ever lost, doubled or reordered. This page says what
was done to Snug to find out whether that is so. It is written by \`npm run proof\`, which anybody can run;
a shorter form of all of it is in every \`npm test\`.
What it found on the way, and where that was mended, is in [What the proof has found](proof-found.md).

${verdict(broken, sections)}

| | |
| --- | --- |
| Date | ${date} |
| Commit | \`${commit}\`${isClean ? "" : ", with changes that are not committed"} |
| Versions | Bun ${bun}, SQLite ${sqlite} |
| Machine | ${machine} |
| Form | ${isShort ? "short, as in `npm test`; `npm run proof` alone runs the long one" : "long"} |
| Time | ${Math.round(took / 60)} min, some of it side by side |

**Done** is how often a fault was done, **bit** how often it is known to have changed something. Messages are
**lost** that were acknowledged and are not in the log, or that a reader never saw; **repeated** and **reordered** counts
the log and every reader. **Heal** is the time until all was well again, median and longest: from the fault's end, or
from its beginning where that is the end of a process. What a Redis itself threw away, in the last three rows of Nodes,
stands in their small print: **lost** counts only what was lost without everybody being told.

${sections}

## What is checked

Clients write down what they do and see; [the checker](../proof/checker.ts) reads that and the final log, and shares no
code with Snug. It decides these, which promise the named [rules](protocol.md):

${table(
  ["", "holds", "rules"],
  Object.entries(invariants).map(([name, { holds, rules, ...more }]) => [
    name,
    `${holds}${"apart" in more ? ` (*not here: ${more.apart}*)` : ""}`,
    rules.join(", "),
  ]),
)}
`;
}

/**
 * The page with one part in the place of what it said of that part; the others stay as
 * they were found. `null`: it is no such page.
 */
export function republish(
  page: string,
  part: Finding["part"],
  findings: readonly Finding[],
  { date, commit, isClean, seconds }: Circumstances,
  isBroken: boolean,
): string | null {
  const told = new RegExp(`^${title(part)}\n[^]*?(?=\\n## )`, "m");
  if (!told.test(page) || !VERDICT.test(page)) return null;
  const changes = isClean ? "" : ", with changes that are not committed";
  const when = `It took ${minutes(seconds[part])} min, by itself, on ${date} at \`${commit}\`${changes}.`;
  const renewed = page.replace(told, () => `${section(part, findings, when)}\n`);
  const others = (VERDICT.exec(page)?.[1] ?? "").split(", ").filter((one) => one && one !== part);
  const broken = isBroken ? [...others, part] : others;
  return renewed.replace(VERDICT, () => verdict(broken, renewed));
}

const VERDICT =
  /^(?:Every promise was kept.*|\*\*Not every promise was kept\*\*: see (.*) below)\.$/m;

function verdict(broken: readonly string[], sections: string): string {
  if (broken.length > 0) return `**Not every promise was kept**: see ${broken.join(", ")} below.`;
  const impossible = sections.split("**impossible here**").length - 1;
  const tried =
    impossible === 0 ? "" : `, of those that could be tried: ${impossible} could not, here`;
  return `Every promise was kept${tried}.`;
}

const title = (part: Finding["part"]) => `## ${part[0]?.toUpperCase()}${part.slice(1)}`;

const minutes = (seconds = 0) => Math.max(1, Math.round(seconds / 60));

function section(part: Finding["part"], findings: readonly Finding[], when: string): string {
  const rows = findings.filter((finding) => finding.part === part);
  const table = part === "planted" ? planted(rows) : faults(rows);
  return `${title(part)}\n\n${words[part]} ${when}\n\n${table}`;
}

function faults(rows: readonly Finding[]): string {
  const counted = rows.some(({ sent }) => sent !== undefined);
  const timed = rows.some(({ silence }) => silence !== undefined);
  const head = counted
    ? [
        "fault",
        "done",
        "bit",
        "sent",
        "acked",
        "lost",
        "repeated",
        "reordered",
        ...(timed ? ["unanswered (ms)"] : []),
        "heal (ms)",
        "result",
      ]
    : ["what was done", "times", "of these it bit", "result"];
  const number = (value: number | undefined) => value?.toLocaleString("en") ?? "";
  const lines = rows.map((row) => {
    const { fault, done, bit, sent, acknowledged, lost, repeated, reordered, heal, result, note } =
      row;
    const what = note === undefined ? fault : `${fault}<br><sub>${note}</sub>`;
    const outcome = result === "kept" ? "kept" : `**${result}**`;
    if (!counted) return [what, number(done), number(bit), outcome];
    const heals = heal ? `${number(heal.median)}, ${number(heal.max)}` : "";
    const messages = [sent, acknowledged, lost, repeated, reordered].map(number);
    const times = timed ? [number(row.silence), heals] : [heals];
    return [what, number(done), number(bit), ...messages, ...times, outcome];
  });
  return table(head, lines);
}

function planted(rows: readonly Finding[]): string {
  const lines = rows.map(({ fault, result, note }) => [
    fault,
    result === "kept" ? (note ?? "").replace(/^found by /, "") : "**nothing**",
  ]);
  const later = notYet.map(([bug, why]) => `${bug} (${why})`).join("; ");
  return `Seconds are those of a processor.\n\n${table(["planted bug", "found by"], lines)}\n\nNot planted yet, with what each waits for: ${later}.`;
}

/** Text is told to break no table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
