import type { UserId } from "@snug/protocol";
import { gramOf } from "./postings.ts";

// A gram is one, two or three units of a folded text that stand together. It is
// known by a tag and the bucket that it lies in, both of them hashes: what is found
// by it is read in the end, so two grams that are taken for one do no harm. Three
// units lie where the first two do: then a text has its grams in half as many rows.
const LONGEST = 3;

/** All grams of a text, and who wrote it, which is found as its words are; some may come twice. */
export function gramsOf(folded: string, by: UserId): Uint32Array {
  // Each place begins as many as there are, but for the last ones. A view of a longer list costs more than to fill it.
  const missing = folded.length < 2 ? 2 * folded.length : 3;
  const grams = new Uint32Array(LONGEST * folded.length - missing + 1);
  let count = 0;
  grams[count++] = gramOfAuthor(by);
  for (let at = 0; at < folded.length; at++) {
    let hash = 0;
    let bucket = 0;
    for (let length = 0; length < LONGEST && at + length < folded.length; length++) {
      hash ^= unitHash(folded.charCodeAt(at + length), length);
      const mixed = mix(hash);
      if (length < LONGEST - 1) bucket = mixed;
      grams[count++] = gramOf(mixed, bucket);
    }
  }
  return grams;
}

/** Grams that a text must have which holds this term: the longest ones, that fewest texts have. */
export function gramsOfTerm(folded: string, most: number): Set<number> {
  const length = Math.min(LONGEST, folded.length);
  const all = folded.length - length + 1;
  const step = Math.max(1, all / most);
  const grams = new Set<number>();
  for (let at = 0; at < all; at += step) {
    const here = folded.slice(Math.floor(at), Math.floor(at) + length);
    grams.add(gramOf(mix(hashOf(here)), mix(hashOf(here.slice(0, LONGEST - 1)))));
  }
  return grams;
}

export function gramOfAuthor(user: UserId): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at++) hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  return gramOf(mix(hash), mix(hash));
}

function hashOf(units: string): number {
  let hash = 0;
  for (let at = 0; at < units.length; at++) hash ^= unitHash(units.charCodeAt(at), at);
  return hash;
}

const factors = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35];
const unitHash = (code: number, place: number) => Math.imul(code + 1, factors[place] ?? 0);

/** The end of MurmurHash3, so that every bit counts for every other. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
