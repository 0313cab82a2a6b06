import { canonical, type ClientEntry, type Page } from "../history.ts";
import type { Violation } from "../invariants.ts";
import { foldTo, type Now } from "./fold.ts";
import type { Content, Known } from "./known.ts";

/**
 * I12: the log had come to this page at the number that it names as its `head`, which is not before
 * the last answer that anybody had when the page was asked for.
 */
export function* checkPages(
  history: readonly ClientEntry[],
  known: Known,
  answeredWith: (entry: ClientEntry) => number,
): Iterable<Violation> {
  let newest = 0;
  const whenAsked = new Map<string, number>();
  for (const entry of history) {
    newest = Math.max(newest, answeredWith(entry));
    if (entry.kind === "ask") whenAsked.set(entry.client, newest);
    if (entry.kind !== "page") continue;
    const from = Math.max(whenAsked.get(entry.client) ?? 0, entry.until);
    const { head, client, messages, of, limit, until } = entry;
    // What was cleared before anybody saw it, nobody can tell.
    if (head <= known.base && !known.isWhole) continue;
    if (head >= from && head <= known.end && isPageAt(entry, foldTo(known, head), head)) continue;
    const seqs = messages.map(({ seq }) => seq).join(", ");
    const page = `the page ${JSON.stringify(of)} of ${limit}, until seq ${until}`;
    const what = `${client} was given [${seqs}] as ${page}, which the log had not come to at seq ${head}, or was not asked for before seq ${from}`;
    yield { rule: "I12", what };
  }
}

function isPageAt(page: Page, messages: Map<number, Now>, upTo: number): boolean {
  const seqs = [...messages].flatMap(([seq, { content }]) => (isIn(page, seq, content) ? seq : []));
  const shown = windowOf(seqs, page);
  const last = shown.at(-1);
  const isNewest = last === undefined ? page.of.at !== "before" : last === seqs.at(-1);
  const until = isNewest ? upTo : (last ?? 0);
  // An empty page before the first message ends where the log begins, wherever that is.
  const fits = last === undefined && !isNewest ? page.until <= upTo : page.until === until;
  return (
    fits &&
    page.messages.length === shown.length &&
    page.messages.every(
      ({ seq, body }, index) => seq === shown[index] && isMessage(body, messages.get(seq)),
    )
  );
}

/** A thread's page begins with the message that began it. */
function isIn({ thread }: Page, seq: number, { thread: of }: Content): boolean {
  if (thread === undefined || seq === thread) return of === null || of === undefined;
  return of === thread;
}

function isMessage(body: string, now: Now | undefined): boolean {
  if (now === undefined) return false;
  if (!now.isVague) return body === canonical(now.content);
  return unsaid(JSON.parse(body) as Content) === unsaid(now.content);
}

function unsaid(content: Content): string {
  const { text: _, mentions: __, ...rest } = content;
  return canonical(rest);
}

function windowOf(seqs: readonly number[], { of, limit }: Page): number[] {
  const older = (below: number, most: number) =>
    most === 0 ? [] : seqs.filter((seq) => seq < below).slice(-most);
  const newer = (above: number, most: number) => seqs.filter((seq) => seq > above).slice(0, most);
  switch (of.at) {
    case "end":
      return older(Infinity, limit);
    case "before":
      return older(of.seq, limit);
    case "after":
      return newer(of.seq, limit);
    case "around": {
      const half = Math.floor(limit / 2);
      return [...older(of.seq, half), ...newer(of.seq - 1, limit - half)];
    }
  }
}
