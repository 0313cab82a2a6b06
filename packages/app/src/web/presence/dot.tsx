import type { Availability, Status } from "@snug/protocol";
import { serverNow } from "../clock/server-clock.ts";
import { sinceWhen } from "../clock/when.ts";

const words: Record<Availability, string> = {
  online: "online",
  away: "away",
  busy: "busy",
  offline: "offline",
};

/** How somebody is, in a word: with when they were last here. */
export function wordOf({ availability, lastSeen }: Status): string {
  if (availability !== "offline" || lastSeen === undefined) return words[availability];
  return `last here ${sinceWhen(lastSeen, serverNow())}`;
}

/** Beside a name: filled for who is here, a ring for who is not. */
export function Dot({ status }: { status: Status | undefined }) {
  if (status === undefined) return null;
  return (
    <span className="dot-place" title={wordOf(status)}>
      <span className="dot" data-availability={status.availability} aria-hidden="true" />
      <span className="hidden">, {words[status.availability]}</span>
    </span>
  );
}
