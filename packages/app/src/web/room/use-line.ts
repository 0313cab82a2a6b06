import type { InboxEntry } from "@snug/protocol";
import { useState } from "react";

/**
 * Up to where one had read when one came into the room; `null` where that was
 * everything. It stays for the visit, however far one reads, unless one marks
 * something unread.
 */
export function useLine(
  entry: InboxEntry | null,
): [line: number | null, set: (line: number) => void] {
  const [line, setLine] = useState<number | null | undefined>(undefined);
  if (line === undefined && entry !== null) setLine(entry.unread > 0 ? entry.read : null);
  return [line ?? null, setLine];
}
