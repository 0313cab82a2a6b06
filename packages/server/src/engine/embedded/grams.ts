import type { UserId } from "@snug/protocol";

// A gram is one, two or three units of a folded text that stand together. It is
// known by a hash of so many bits: what is found by it is read and looked at in the
// end, so two grams of one hash do no harm.
const BITS = 25;
const LONGEST = 3;

/** All grams of a text, and who wrote it, which is found as its words are; some may come twice. */
export function gramsOf(folded: string, by: UserId): Uint32Array {
  const grams = new Uint32Array(LONGEST * folded.length + 1);
  let count = 0;
  grams[count++] = gramOfAuthor(by);
  for (let at = 0; at < folded.length; at++) {
    let hash = 0;
    for (let length = 0; length < LONGEST && at + length < folded.length; length++) {
      hash ^= unitHash(folded.charCodeAt(at + length), length);
      grams[count++] = mix(hash);
    }
  }
  return grams.subarray(0, count);
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

export function gramOfAuthor(user: UserId): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at++) hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  return mix(hash);
}

function gramAt(text: string, at: number, length: number): number {
  let hash = 0;
  for (let unit = 0; unit < length; unit++) hash ^= unitHash(text.charCodeAt(at + unit), unit);
  return mix(hash);
}

const factors = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35];
const unitHash = (code: number, place: number) => Math.imul(code + 1, factors[place] ?? 0);

/** The end of MurmurHash3, so that every bit counts for every other. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> (32 - BITS);
}
