import type { VirtualItem, Virtualizer } from "@tanstack/react-virtual";

/** What it looks at of the list. */
export interface Measured extends Pick<
  Virtualizer<HTMLDivElement, HTMLDivElement>,
  "scrollOffset" | "scrollRect"
> {
  readonly itemSizeCache: { has(key: VirtualItem["key"]): boolean };
  readonly measurementsCache: readonly VirtualItem[];
}

/**
 * Whether the view goes along when this row turns out higher or lower than
 * thought: when it begins above the view, and, where it is drawn for the first
 * time, when a row that was drawn before stands below it in view. So what
 * comes in above the row being read never pushes it. On the way to another row
 * nothing is read: what is drawn there for the first time pushes what is below.
 */
export function keepsReading(row: VirtualItem, list: Measured, isUnderWay: boolean): boolean {
  const top = list.scrollOffset ?? 0;
  if (row.start < top) return true;
  if (isUnderWay || list.itemSizeCache.has(row.key)) return false;
  const bottom = top + (list.scrollRect?.height ?? 0);
  for (let index = row.index + 1; index < list.measurementsCache.length; index++) {
    const below = list.measurementsCache[index];
    if (below === undefined || below.start >= bottom) return false;
    if (list.itemSizeCache.has(below.key)) return true;
  }
  return false;
}
