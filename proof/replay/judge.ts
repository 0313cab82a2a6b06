import type { Verdict } from "../checker.ts";
import type { Transport } from "../history.ts";
import type { Played } from "./play.ts";
import type { Tally } from "./tally.ts";

const TOLD_OF_EACH = 3;

/**
 * All in which the run differs from what it should have been, in words; empty when it does not.
 * A fault that was planned and changed nothing counts: such a run would prove less than it says.
 */
export function judge(played: Played, verdict: Verdict, of: Tally, kills: number): string[] {
  const differences = tell(played.complaints, verdict);
  for (const [code, count] of Object.entries(of.refused)) {
    differences.push(`${count} messages were refused: ${code}`);
  }
  return played.complaints.length > 0
    ? differences
    : [...differences, ...uncrossed(played, of, kills)];
}

/** What went wrong, a little of each kind. */
export function tell(complaints: readonly string[], { violations }: Verdict): string[] {
  const differences = firstFew(complaints);
  for (const [rule, ofRule] of Map.groupBy(violations, ({ rule }) => rule)) {
    differences.push(...firstFew(ofRule.map(({ what }) => what)).map((what) => `${rule}: ${what}`));
  }
  return differences;
}

function uncrossed(played: Played, of: Tally, kills: number): string[] {
  const differences: string[] = [];
  if (of.kills !== kills) differences.push(`the server was killed ${of.kills} times, not ${kills}`);
  for (const transport of ["ws", "sse", "http"] as const) {
    if (isCut(played, transport) && !hasResumed(of, transport, false)) {
      differences.push(`no watcher resumed over ${transport}`);
    }
  }
  const speakersCut = played.plan.faults.some(({ kind }) => kind === "cut-speaker");
  if (speakersCut && !hasResumed(of, "ws", true)) differences.push("no guest of the log resumed");
  return differences;
}

function firstFew(all: readonly string[]): string[] {
  const few = all.slice(0, TOLD_OF_EACH);
  return all.length > few.length ? [...few, `… and ${all.length - few.length} more`] : few;
}

function isCut({ plan }: Played, transport: Transport): boolean {
  const names = new Set(
    plan.watchers.filter((it) => it.transport === transport).map(({ name }) => name),
  );
  return plan.faults.some((fault) => fault.kind === "cut" && names.has(fault.watcher));
}

const hasResumed = (of: Tally, transport: Transport, player: boolean) =>
  of.readers.some((it) => it.transport === transport && it.player === player && it.resumes > 0);
