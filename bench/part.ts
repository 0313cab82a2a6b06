import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { out } from "./build.ts";

/** What was promised, and what was seen. */
export interface Verdict {
  goal: string;
  seen: string;
  reached: boolean;
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A picture: bars, or lines with both axes by powers of ten. */
export type Plot = { file: string; title: string } & (
  | { kind: "bars"; unit: string; bars: readonly (readonly [string, number])[] }
  | {
      kind: "lines";
      x: string;
      y: string;
      lines: readonly { name: string; points: readonly (readonly [number, number])[] }[];
    }
);

/** One thing that was measured, as the terminal and docs/performance.md tell it. */
export interface Part {
  key: string;
  title: string;
  /** What was done, for those who read the page. */
  what: string;
  tables: readonly Table[];
  notes: readonly string[];
  verdicts: readonly Verdict[];
  plots?: readonly Plot[];
  /** Windows that others disturbed, of all; a part with such windows is not published. */
  noisy: number;
  windows: number;
}

/** On what, and with what, it was measured. */
export interface About {
  at: string;
  commit: string;
  bun: string;
  cpu: string;
  cores: number;
  linux: string;
}

export function describe(): About {
  const dirty =
    git("status", "--porcelain", "--", "..", ":!../docs", ":!../CHANGELOG.md") === ""
      ? ""
      : " with changes";
  const [first] = cpus();
  return {
    at: new Date().toISOString(),
    commit: `${git("rev-parse", "--short", "HEAD")}${dirty}`,
    bun: Bun.version,
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    linux: release(),
  };
}

/** Leaves a part with every single figure; for `npm run bench:publish` where it is the whole of it. */
export function keep(part: Part, about: About, figures: unknown, isWhole: boolean): string {
  const path = join(out, `${isWhole ? "part" : "some"}-${part.key}.json`);
  writeFileSync(path, `${JSON.stringify({ about, part, figures }, null, 1)}\n`);
  return path;
}

/** A part for the terminal. */
export function print(part: Part): string {
  const verdicts = part.verdicts.map(({ goal, seen, reached }) => [
    goal,
    seen,
    reached ? "reached" : "NOT reached",
  ]);
  const tables = [
    ...part.tables,
    ...(verdicts.length > 0 ? [{ head: ["goal", "seen", ""], rows: verdicts }] : []),
  ];
  const noisy =
    part.noisy === 0
      ? []
      : [
          `${part.noisy} of ${part.windows} windows had more than 0.25 core of foreign work: not to be trusted.`,
        ];
  return [part.title, ...tables.map(draw), ...part.notes, ...noisy].join("\n\n");
}

function draw({ head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}

function git(...args: string[]): string {
  return Bun.spawnSync(["git", "-C", import.meta.dir, ...args])
    .stdout.toString()
    .trim();
}
