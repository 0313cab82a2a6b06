import type { InboxEntry } from "@snug/protocol";

/** What came of making it unread from this message on: what was said before one came in stays read. */
export function saidOfUnread(
  seq: number,
  { read, unread }: Pick<InboxEntry, "read" | "unread">,
): string {
  if (read < seq) return "Unread from there on.";
  if (unread === 0) return "It stays read: it was said before you came in.";
  return "Unread from the line on; what is before it was said before you came in.";
}
