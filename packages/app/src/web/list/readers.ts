import type { Author } from "@snug/client";
import type { Row } from "./rows.ts";

/** Whom to show at which row: each at the last message they have read, where one holds it. */
export function readersOf(
  rows: readonly Row[],
  reads: Readonly<Record<string, number>>,
  me: string,
  author: (id: string) => Author | null,
): ReadonlyMap<string, readonly Author[]> {
  const found = new Map<string, Author[]>();
  for (const [id, seq] of Object.entries(reads)) {
    const last = rows.findLast(
      ({ message }) => message.seq !== null && message.seq <= seq,
    )?.message;
    const who = author(id);
    if (id === me || last === undefined || who === null) continue;
    found.set(last.key, [...(found.get(last.key) ?? []), who]);
  }
  return found;
}
