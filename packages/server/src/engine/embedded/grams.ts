import type { UserId } from "@snug/protocol";

// A gram is one, two or three units of a folded text that stand together. It is
// known by a hash of so many bits: what is found by it is read and looked at in the
// end, so two grams of one hash do no harm.
const BITS = 25;
const LONGEST = 3;

/** All grams of a text, each once. */
export function gramsOf(folded: string): Set<number> {
  const grams = new Set<number>();
  for (let at = 0; at < folded.length; at++)
    for (let length = 1; length <= LONGEST && at + length <= folded.length; length++)
      grams.add(gramAt(folded, at, length));
  return grams;
}

/** Grams that a text must have which holds this term: the longest ones, that fewest texts have. */
export function gramsOfTerm(folded: string, most: number): Set<number> {
  const length = Math.min(LONGEST, folded.length);
  const all = folded.length - length + 1;
  const step = Math.max(1, all / most);
  const grams = new Set<number>();
  for (let at = 0; at < all; at += step) grams.add(gramAt(folded, Math.floor(at), length));
  return grams;
}

/** Whoever wrote a message is found as its words are. */
export function gramOfAuthor(user: UserId): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at++) hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  return mix(hash);
}

function gramAt(text: string, at: number, length: number): number {
  let hash = Math.imul(text.charCodeAt(at) + 1, 0x9e3779b1);
  if (length > 1) hash ^= Math.imul(text.charCodeAt(at + 1) + 1, 0x85ebca6b);
  if (length > 2) hash ^= Math.imul(text.charCodeAt(at + 2) + 1, 0xc2b2ae35);
  return mix(hash);
}

/** The end of MurmurHash3, so that every bit counts for every other. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> (32 - BITS);
}
