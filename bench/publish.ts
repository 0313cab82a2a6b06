// npm run bench:publish: writes docs/performance.md from what the bench has left in bench/out.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../proof/options.ts";
import { table } from "../proof/publish.ts";
import { out } from "./build.ts";
import type { About, Part } from "./part.ts";
import { picture } from "./picture.ts";

interface Kept {
  about: About;
  part: Part;
}

/** Of the windows of a part, so many may have been disturbed: medians bear a few. */
const DISTURBED = 0.25;

const docs = join(import.meta.dir, "../docs");
/** In the order of the page. */
const parts = {
  "fan-out": "npm run bench -- --peers",
  durable: "npm run bench -- --peers",
  peak: "npm run bench -- --peers",
  idle: "npm run bench -- --peers",
  return: "npm run bench -- --peers",
  growth: "npm run bench -- --peers",
  large: "npm run bench:large",
  page: "npm run bench:page",
  nodes: "npm run bench:nodes",
};

if (import.meta.main) {
  readOptions("Usage: npm run bench:publish", {});
  const kept = Object.keys(parts).flatMap((key): Kept[] => {
    const path = join(out, `part-${key}.json`);
    return existsSync(path) ? [JSON.parse(readFileSync(path, "utf8")) as Kept] : [];
  });
  const pictures = join(docs, "performance");
  mkdirSync(pictures, { recursive: true });
  for (const { part } of kept.filter(isFit))
    for (const plot of part.plots ?? []) writeFileSync(join(pictures, plot.file), picture(plot));
  writeFileSync(join(docs, "performance.md"), page(kept));
  console.log("docs/performance.md is written.");
}

/** A part that others disturbed says nothing about Snug. */
function isFit({ part }: Kept): boolean {
  return part.noisy <= part.windows * DISTURBED;
}

/** The page that says what was measured and what was reached. */
export function page(kept: readonly Kept[]): string {
  const fit = kept.filter(isFit);
  const verdicts = fit.flatMap(({ part }) => part.verdicts);
  const missed = verdicts.filter(({ reached }) => !reached).length;
  const without = Object.entries(parts).filter(
    ([key]) => !fit.some(({ part }) => part.key === key),
  );
  const goals = verdicts.map(({ goal, seen, reached }) => [
    goal,
    seen,
    reached ? "reached" : "**missed**",
  ]);
  return `# Performance

What Snug costs, beside the cheapest server that one can write and beside its peers, on the same machine in the same
minutes. It is written by \`npm run bench:publish\` from what the bench has seen; [the bench](../bench/README.md) says how
each figure comes about, and [where the time goes](where-the-time-goes.md) what holds the goals that were missed.
Figures of other machines differ; the ratios should not, by much.

${verdicts.length === 0 ? "No goal was measured yet." : `Of ${verdicts.length} goals ${verdicts.length - missed} were reached, and ${missed} missed.\n\n${table(["goal", "seen", ""], goals)}`}
${without.length === 0 ? "" : `\nNot measured yet, or not undisturbed: ${without.map(([key, command]) => `${key} (\`${command}\`)`).join(", ")}.\n`}
${fit.map(section).join("\n\n")}
`;
}

function section({ about, part }: Kept): string {
  const { at, commit, bun, cpu, cores, linux } = about;
  return [
    `## ${part.title}`,
    part.what,
    ...part.tables.map(({ head, rows }) => table(head, rows)),
    ...part.notes,
    ...(part.plots ?? []).map(({ file, title }) => `![${title}](performance/${file})`),
    `<sub>${part.noisy > 0 ? `Others used more than a quarter of a core in ${part.noisy} of ${part.windows} windows. ` : ""}${at.slice(0, 10)}, commit \`${commit}\`, Bun ${bun}, ${cpu}, ${cores} cores, Linux ${linux}.</sub>`,
  ].join("\n\n");
}
