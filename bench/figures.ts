import type { Verdict } from "./part.ts";

export function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function kilo(value: number): string {
  return `${format(value / 1000)} k`;
}

export function median<Item>(items: readonly Item[], value: (item: Item) => number): number {
  const sorted = items.map(value).toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (
    ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
  );
}

/** The value below which so large a share of them is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function atMost(goal: string, seen: number, most: number, unit: string): Verdict {
  return { goal, seen: `${format(seen)} ${unit}`, reached: Number(format(seen)) <= most };
}

export function atLeast(goal: string, seen: number, least: number, unit: string): Verdict {
  return { goal, seen: `${format(seen)} ${unit}`, reached: seen >= least };
}
