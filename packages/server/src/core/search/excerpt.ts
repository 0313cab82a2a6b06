import { foldInPlace } from "./fold.ts";

/** Units of a text that are shown before its first hit, and in all. */
const BEFORE = 60;
const LENGTH = 280;

/**
 * The part of a text around its first hit, in pieces: every other one, from the
 * second on, is a hit. An ellipsis stands where the text goes on.
 */
export function excerpt(text: string, terms: readonly string[]): string[] {
  const { folded, places } = foldInPlace(text);
  const placeOf = (unit: number) => places[Math.max(0, Math.min(unit, folded.length))] ?? 0;
  const first = Math.min(...terms.map((term) => folded.indexOf(term)).filter((at) => at >= 0));
  const from = Number.isFinite(first) ? Math.max(0, first - BEFORE) : 0;
  const to = Math.min(folded.length, from + LENGTH);
  const pieces: string[] = [];
  const begins = from === 0 ? 0 : placeOf(from);
  let done = begins;
  for (const [start, end] of hits(folded, terms, from, to)) {
    // Two letters of the terms may have come from one of the text.
    const [begin, close] = [Math.max(done, placeOf(start)), endOf(places, end)];
    if (close <= begin) continue;
    pieces.push(text.slice(done, begin), text.slice(begin, close));
    done = close;
  }
  pieces.push(text.slice(done, Math.max(done, placeOf(to))));
  if (begins > 0) pieces[0] = `…${pieces[0]}`;
  if (Math.max(done, placeOf(to)) < text.length) pieces.push(`${pieces.pop()}…`);
  return pieces;
}

/** Where the terms stand between these two places, those that overlap or touch as one. */
function hits(
  folded: string,
  terms: readonly string[],
  from: number,
  to: number,
): [number, number][] {
  const found: [number, number][] = [];
  for (const term of terms)
    for (let at = folded.indexOf(term, from); at >= 0 && at < to; at = folded.indexOf(term, at + 1))
      found.push([at, Math.min(at + term.length, to)]);
  const joined: [number, number][] = [];
  for (const [start, end] of found.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

/** Where the letter ends that the unit before this one came from. */
function endOf(places: readonly number[], unit: number): number {
  const last = places[unit - 1];
  let next = unit;
  while (places[next] === last) next++;
  return places[next] ?? 0;
}
