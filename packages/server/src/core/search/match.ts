import type { Message } from "@snug/protocol";
import type { Criteria } from "../ports.ts";
import { fold } from "./fold.ts";
import { wordsOf } from "./words-of.ts";

/** Whether this message, as it is now, is what was looked for. Every engine asks this in the end. */
export function matches(message: Message, sought: Criteria): boolean {
  const { by, at, deletedAt } = message;
  if (deletedAt !== null) return false;
  if ((sought.since !== null && at < sought.since) || (sought.until !== null && at >= sought.until))
    return false;
  if ((sought.by !== null && !sought.by.has(by)) || sought.notBy.has(by)) return false;
  const folded = fold(wordsOf(message));
  const has = (term: string) => folded.includes(term);
  return sought.terms.every(has) && !sought.without.some(has);
}
