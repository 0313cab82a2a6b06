import type { ClientEntry, LogEvent } from "../history.ts";
import type { Violation } from "../invariants.ts";

/** All that a log may hold, whether it is served yet or not. Typing, presence and read marks are none of it. */
const kinds = new Set([
  "message.posted",
  "message.edited",
  "message.deleted",
  "message.pinned",
  "message.unpinned",
  "reaction.added",
  "reaction.removed",
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
  "room.updated",
  "room.cleared",
  "event.unreadable",
]);

/** I15 */
export function* checkKinds(
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
): Iterable<Violation> {
  for (const { seq, type } of log) {
    if (!kinds.has(type)) yield { rule: "I15", what: `the log holds a ${type} at seq ${seq}` };
  }
  const known = new Set(log.map(({ body }) => body));
  for (const entry of history) {
    if (entry.kind !== "observe" || known.has(entry.body)) continue;
    const { type } = JSON.parse(entry.body) as { type?: unknown };
    if (typeof type === "string" && kinds.has(type)) continue;
    const what = `${entry.client} was sent a ${String(type)} as the event at seq ${entry.seq}`;
    yield { rule: "I15", what };
  }
}
