import type { Plot } from "./part.ts";

const WIDTH = 720;
const LEFT = 90;
const RIGHT = 110;
const ROW = 24;
const HEIGHT = 320;
const TOP = 40;
const BOTTOM = 40;
/** Told apart by those who see few colours too; Snug is the first. */
const COLOURS = [
  "#d9480f",
  "#1971c2",
  "#2f9e44",
  "#9c36b5",
  "#868e96",
  "#0c8599",
  "#e8590c",
  "#5f3dc4",
];

/** A plot as an SVG that is read on a light page and on a dark one. */
export function picture(plot: Plot): string {
  return plot.kind === "bars" ? bars(plot) : lines(plot);
}

function bars({ title, unit, bars: all }: Extract<Plot, { kind: "bars" }>): string {
  const most = Math.max(...all.map(([, value]) => value));
  const width = (value: number) => ((WIDTH - LEFT - RIGHT) * value) / most;
  const rows = all.map(([name, value], index) => {
    const y = TOP + index * ROW;
    return `${text(LEFT - 8, y + 12, name, "end")}
<rect x="${LEFT}" y="${y}" width="${width(value).toFixed(1)}" height="${ROW - 8}" rx="2" fill="${index === 0 ? COLOURS[0] : COLOURS[4]}"/>
${text(LEFT + width(value) + 6, y + 12, `${value.toFixed(2)} ${unit}`)}`;
  });
  return sheet(title, TOP + all.length * ROW + 8, rows);
}

function lines({ title, x, y, lines: all }: Extract<Plot, { kind: "lines" }>): string {
  const points = all.flatMap((line) => line.points);
  const across = scale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const up = scale(
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  );
  const grid = [
    ...across.marks.map(
      (mark) =>
        `<path class="grid" d="M${across.at(mark)} ${TOP}V${HEIGHT - BOTTOM}"/>${text(across.at(mark), HEIGHT - BOTTOM + 16, short(mark), "middle")}`,
    ),
    ...up.marks.map(
      (mark) =>
        `<path class="grid" d="M${LEFT} ${up.at(mark)}H${WIDTH - RIGHT}"/>${text(LEFT - 8, up.at(mark) + 4, short(mark), "end")}`,
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x, "middle"),
    text(LEFT - 8, TOP - 8, y, "end"),
  ];
  const drawn = all
    .filter((line) => line.points.length > 0)
    .map((line, index) => {
      const colour = COLOURS[index % COLOURS.length] ?? "";
      const path = line.points.map(([a, b]) => `${across.at(a)} ${up.at(b)}`).join("L");
      const [endX, endY] = line.points.at(-1) ?? [1, 1];
      return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="${index === 0 ? 3 : 1.5}"/>
<text x="${across.at(endX) + 6}" y="${up.at(endY) + 4}" style="fill:${colour}">${escaped(line.name)}</text>`;
    });
  return sheet(title, HEIGHT, [...grid, ...drawn]);
}

/** By powers of ten; marks at 1, 2 and 5 of each. */
function scale(values: readonly number[], from: number, to: number) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log10) as [
    number,
    number,
  ];
  const span = high - low || 1;
  const at = (value: number) =>
    Number((from + ((Math.log10(value) - low) / span) * (to - from)).toFixed(1));
  const marks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++)
    for (const step of [1, 2, 5]) {
      const mark = step * 10 ** power;
      if (Math.log10(mark) >= low - 0.01 && Math.log10(mark) <= high + 0.01) marks.push(mark);
    }
  return { at, marks };
}

const short = (value: number) =>
  value >= 1000 ? `${value / 1000} k` : String(Number(value.toPrecision(2)));

function text(x: number, y: number, what: string, anchor = "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escaped(what)}</text>`;
}

const escaped = (what: string) =>
  what.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function sheet(title: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 12px system-ui, sans-serif; fill: #333 }
.grid { stroke: #8884; fill: none }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
<text x="${LEFT}" y="18" style="font-weight: 600">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;
}
