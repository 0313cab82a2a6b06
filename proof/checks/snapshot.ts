import { canonical, type ClientEntry, type LogEvent, type Page } from "../history.ts";
import type { Violation } from "../invariants.ts";

type Content = Record<string, unknown>;

/**
 * I12: there is a moment, not before the last answer that anybody had when the page was asked for,
 * at which the log came to this page.
 */
export function* checkPages(
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
): Iterable<Violation> {
  const events = log.map(({ seq, body }) => ({ seq, content: JSON.parse(body) as Content }));
  const end = log.at(-1)?.seq ?? 0;
  let newest = 0;
  const whenAsked = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind === "ok") newest = Math.max(newest, entry.seq);
    else if (entry.kind === "ask") whenAsked.set(entry.client, newest);
    else if (entry.kind === "page") {
      const from = Math.max(whenAsked.get(entry.client) ?? 0, entry.until);
      if (anyOf(from, end, (upTo) => isPageAt(entry, fold(events, upTo), upTo))) continue;
      const seqs = entry.messages.map(({ seq }) => seq).join(", ");
      const of = `the page ${JSON.stringify(entry.of)} of ${entry.limit}, until seq ${entry.until}`;
      yield {
        rule: "I12",
        what: `${entry.client} was given [${seqs}] as ${of}, which the log never came to from seq ${from} on`,
      };
    }
  }
}

/** Nearly every page is of the moment it ends at, or of the last: those are tried first. */
function anyOf(from: number, end: number, is: (upTo: number) => boolean): boolean {
  if (from > end) return false;
  if (is(from) || is(end)) return true;
  for (let upTo = from + 1; upTo < end; upTo++) if (is(upTo)) return true;
  return false;
}

/** The messages as they are once the log has come to `upTo`, by their seqs. Each kind of event is one case. */
function fold(
  events: readonly { seq: number; content: Content }[],
  upTo: number,
): Map<number, Content> {
  const messages = new Map<number, Content>();
  for (const { seq, content } of events) {
    if (seq > upTo) break;
    switch (content["type"]) {
      case "message.posted": {
        const { type: _, ...message } = content;
        messages.set(seq, message);
      }
    }
  }
  return messages;
}

function isPageAt(page: Page, messages: Map<number, Content>, upTo: number): boolean {
  const seqs = [...messages.keys()];
  const shown = windowOf(seqs, page);
  const last = shown.at(-1);
  const isNewest = last === undefined ? page.of.at !== "before" : last === seqs.at(-1);
  const until = isNewest ? upTo : (last ?? 0);
  return (
    page.until === until &&
    page.messages.length === shown.length &&
    page.messages.every(
      ({ seq, body }, index) => seq === shown[index] && body === canonical(messages.get(seq)),
    )
  );
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
