/** Events of one block, which are numbered in it from 0 on. */
export const BLOCK = 4_096;
/** Rows that the postings of a block lie in. */
export const BUCKETS = 512;

// A posting says that an event of a block has a gram. It is one number: what of
// the gram its bucket does not say, which is the tag, then the event's place.
const PLACE_BITS = 12;
const BUCKET_BITS = 9;

export const bucketOf = (gram: number) => gram & (BUCKETS - 1);
export const posting = (gram: number, place: number) =>
  ((gram >>> BUCKET_BITS) << PLACE_BITS) | place;
export const placeOf = (one: number) => one & (BLOCK - 1);

// Packed, a bucket holds for each tag: two bytes of it, how many bytes follow, and
// the steps from one place to the next. Such a number is one byte, or above 127 two.
// Written for the compiler: these loops are most of what the index costs.

/** Into `postings`, ascending; how many there are. */
export function unpack(bytes: Uint8Array, postings: Uint32Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const tag = (bytes[at]! << 8) | bytes[at + 1]!;
    let size = bytes[at + 2]!;
    at += 3;
    if (size > 127) size = ((size & 127) << 7) | bytes[at++]!;
    const end = at + size;
    for (let one = tag << PLACE_BITS; at < end;) {
      const step = bytes[at++]!;
      one += step > 127 ? ((step & 127) << 7) | bytes[at++]! : step;
      postings[count++] = one;
    }
  }
  return count;
}

/** @param count of `postings`, which ascend, each of them once */
export function pack(postings: Uint32Array, count: number): Uint8Array {
  const bytes = new Uint8Array(count * 6);
  let end = 0;
  for (let from = 0, to = 0; from < count; from = to) {
    const tag = postings[from]! >>> PLACE_BITS;
    let size = 0;
    for (let before = tag << PLACE_BITS; to < count && postings[to]! >>> PLACE_BITS === tag; to++) {
      size += postings[to]! - before > 127 ? 2 : 1;
      before = postings[to]!;
    }
    bytes[end++] = tag >>> 8;
    bytes[end++] = tag & 255;
    if (size > 127) bytes[end++] = 128 | (size >>> 7);
    bytes[end++] = size & 127;
    for (let at = from, before = tag << PLACE_BITS; at < to; at++) {
      const step = postings[at]! - before;
      if (step > 127) bytes[end++] = 128 | (step >>> 7);
      bytes[end++] = step & 127;
      before = postings[at]!;
    }
  }
  return bytes.slice(0, end);
}

/** Into `merged`: both, ascending and each once, of the old ones without those at places that are dropped; how many. */
export function merge(
  old: Uint32Array,
  oldCount: number,
  added: Uint32Array,
  dropped: Uint8Array,
  merged: Uint32Array,
): number {
  let count = 0;
  let last = -1;
  for (let a = 0, b = 0; a < oldCount || b < added.length;) {
    const isOld = a < oldCount && (b === added.length || old[a]! <= added[b]!);
    const one = isOld ? old[a++]! : added[b++]!;
    if (one === last || (isOld && dropped[one & (BLOCK - 1)] === 1)) continue;
    merged[count++] = last = one;
  }
  return count;
}

/**
 * Counts up `had` at each place whose event has this gram, if it had all `asked`
 * before it; false if none has the gram.
 */
export function raise(bytes: Uint8Array, gram: number, had: Uint8Array, asked: number): boolean {
  const wanted = gram >>> BUCKET_BITS;
  for (let at = 0; at < bytes.length;) {
    const tag = (bytes[at]! << 8) | bytes[at + 1]!;
    let size = bytes[at + 2]!;
    at += 3;
    if (size > 127) size = ((size & 127) << 7) | bytes[at++]!;
    const end = at + size;
    if (tag > wanted) return false;
    if (tag < wanted) {
      at = end;
      continue;
    }
    for (let place = 0; at < end;) {
      const step = bytes[at++]!;
      place += step > 127 ? ((step & 127) << 7) | bytes[at++]! : step;
      if (had[place] === asked) had[place] = asked + 1;
    }
    return true;
  }
  return false;
}
