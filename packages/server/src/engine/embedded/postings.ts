/** Events of one block, which are numbered in it from 0 on. */
export const BLOCK = 4_096;
/** Rows that the postings of a block lie in. */
export const BUCKETS = 512;

// A posting says that an event of a block has a gram. It is one number: what of
// the gram its bucket does not say, then the event's number in the block.

export const bucketOf = (gram: number) => gram % BUCKETS;
export const posting = (gram: number, place: number) => Math.floor(gram / BUCKETS) * BLOCK + place;
const tagOf = (one: number) => Math.floor(one / BLOCK);
const placeOf = (one: number) => one % BLOCK;

// Packed, a bucket holds for each tag: two bytes of it, how many bytes follow, and
// the steps from one place to the next. Such a number is one byte, or above 127 two.

/** @param postings ascending, each once */
export function pack(postings: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(postings.length * 6);
  let end = 0;
  const write = (number: number) => {
    if (number > 127) bytes[end++] = 128 | (number >> 7);
    bytes[end++] = number & 127;
  };
  for (let from = 0, to = 0; from < postings.length; from = to) {
    const tag = tagOf(postings[from] ?? 0);
    let size = 0;
    for (let before = 0; to < postings.length && tagOf(postings[to] ?? 0) === tag; to++) {
      const place = placeOf(postings[to] ?? 0);
      size += place - before > 127 ? 2 : 1;
      before = place;
    }
    bytes[end++] = tag >> 8;
    bytes[end++] = tag & 255;
    write(size);
    for (let at = from, before = 0; at < to; at++) {
      const place = placeOf(postings[at] ?? 0);
      write(place - before);
      before = place;
    }
  }
  return bytes.slice(0, end);
}

export function unpack(bytes: Uint8Array): number[] {
  const postings: number[] = [];
  walk(bytes, (tag, from, to) => {
    places(bytes, from, to, (place) => postings.push(tag * BLOCK + place));
    return true;
  });
  return postings;
}

/** Calls back with the place of each event that has this gram; false if there is none. */
export function find(bytes: Uint8Array, gram: number, found: (place: number) => void): boolean {
  const wanted = Math.floor(gram / BUCKETS);
  let isThere = false;
  walk(bytes, (tag, from, to) => {
    if (tag === wanted) places(bytes, from, to, found);
    isThere = tag === wanted;
    return tag < wanted;
  });
  return isThere;
}

/** Two ascending lists as one, without what happened at the places that are dropped. */
export function merge(
  old: readonly number[],
  added: ArrayLike<number>,
  isDropped: (place: number) => boolean,
): number[] {
  const merged: number[] = [];
  let next = 0;
  for (const one of old) {
    for (; (added[next] ?? Infinity) < one; next++) merged.push(added[next] ?? 0);
    if (added[next] !== one && !isDropped(placeOf(one))) merged.push(one);
  }
  for (; next < added.length; next++) merged.push(added[next] ?? 0);
  return merged;
}

function walk(bytes: Uint8Array, each: (tag: number, from: number, to: number) => boolean): void {
  for (let at = 0; at < bytes.length;) {
    const tag = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    let size = bytes[at + 2] ?? 0;
    at += 3;
    if (size > 127) size = ((size & 127) << 7) | (bytes[at++] ?? 0);
    if (!each(tag, at, at + size)) return;
    at += size;
  }
}

function places(bytes: Uint8Array, from: number, to: number, each: (place: number) => void): void {
  for (let at = from, place = 0; at < to;) {
    let step = bytes[at++] ?? 0;
    if (step > 127) step = ((step & 127) << 7) | (bytes[at++] ?? 0);
    each((place += step));
  }
}
