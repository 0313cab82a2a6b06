/** How many stand in a row; style/emoji.css knows it too. */
export const COLUMNS = 8;

/** Where an arrow leads from the one at `at`, in groups of these sizes that each begin a row. */
export function step(sizes: readonly number[], at: number, key: string): number {
  const last = sizes.reduce((sum, size) => sum + size, 0) - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(at + 1, last);
    case "ArrowLeft":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return vertical(sizes, at, 1);
    case "ArrowUp":
      return vertical(sizes, at, -1);
    default:
      return at;
  }
}

function vertical(sizes: readonly number[], at: number, by: 1 | -1): number {
  const rows: { start: number; length: number }[] = [];
  let start = 0;
  for (const size of sizes) {
    for (let done = 0; done < size; done += COLUMNS)
      rows.push({ start: start + done, length: Math.min(COLUMNS, size - done) });
    start += size;
  }
  const row = rows.findIndex((one) => at < one.start + one.length);
  const next = rows[row + by];
  if (!next) return at;
  return next.start + Math.min(at - (rows[row]?.start ?? 0), next.length - 1);
}
