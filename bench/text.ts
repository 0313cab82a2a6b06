// npm run bench:text: what it costs to read the worst 20 kB that are known, as Markdown.
import { parseMarkdown, mentionsIn } from "../packages/protocol/src/index.ts";
import { hostile } from "../packages/protocol/src/markdown/hostile.ts";
import { readOptions } from "../proof/options.ts";

const BYTES = 20_000;
const RUNS = 25;
const WORST = 8;

readOptions("Usage: npm run bench:text", {});

const texts = hostile.map((piece) => {
  const size = Buffer.byteLength(piece);
  return { piece, text: piece.repeat(Math.ceil(BYTES / size)) };
});
// The compiler is done with the code: what its threads take counts as CPU of this process too.
for (let round = 0; round < 100; round++) for (const { text } of texts) parseMarkdown(text);

const costs = texts
  .map(({ piece, text }) => ({
    piece,
    parse: median(() => parseMarkdown(text)),
    mentions: median(() => mentionsIn(text)),
  }))
  .toSorted((one, other) => other.parse - one.parse);
console.log(`CPU for ${BYTES / 1_000} kB of one piece repeated, ms, median of ${RUNS}; goal: 5`);
for (const { piece, parse, mentions } of costs.slice(0, WORST)) {
  const name = JSON.stringify(piece).padEnd(14);
  console.log(`${name} parse ${parse.toFixed(2)}   mentions ${mentions.toFixed(2)}`);
}
const ordinary = "We meet at the big oak at six, bring **boots** and `rope`. ".repeat(
  Math.ceil(BYTES / 60),
);
console.log(`ordinary text  parse ${median(() => parseMarkdown(ordinary)).toFixed(2)}`);

function median(work: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  });
  return times.toSorted((one, other) => one - other)[RUNS >> 1] ?? 0;
}
