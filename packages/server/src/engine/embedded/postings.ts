/** Events of one block, which are numbered in it from 0 on. */
export const BLOCK = 4_096;
/** Rows that the postings of a block lie in. */
export const BUCKETS = 512;

const PLACE_BITS = 12;
const BUCKET_BITS = 9;

/** What is known of a gram: a tag of 16 bits, and the bucket it lies in, each the end of a hash. */
export const gramOf = (tag: number, bucket: number) =>
  ((tag >>> 16) << BUCKET_BITS) | (bucket & (BUCKETS - 1));
export const bucketOf = (gram: number) => gram & (BUCKETS - 1);

/** That an event of a block has a gram, as one number in the gram's bucket: the tag, then the event's place. */
export const postingOf = (gram: number, place: number) =>
  ((gram >>> BUCKET_BITS) << PLACE_BITS) | place;
export const placeOf = (one: number) => one & (BLOCK - 1);

// Packed, a bucket holds for each tag an entry: two bytes of the tag, how many bytes
// follow, and the steps from one place to the next. Such a number is one byte, or
// above 127 two. Where that took more bytes than a bit for each place does, zero stands
// for the size, and the bits follow. Written for the compiler: these loops are most of
// what the index costs.
const BITS_PER_BYTE = 8;
const BITS = BLOCK / BITS_PER_BYTE;

/** All postings of a bucket, ascending. */
export function unpack(bytes: Uint8Array): Uint32Array {
  const postings = new Uint32Array(BITS_PER_BYTE * bytes.length);
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const tag = tagAt(bytes, at) << PLACE_BITS;
    at = readEntry(bytes, at);
    for (let index = 0; index < placeCount; index++) postings[count++] = tag | places[index]!;
  }
  return postings.subarray(0, count);
}

/** The bucket with some postings more, and some less; both ascend. What is not concerned is copied as it is. */
export function patch(old: Uint8Array, added: Uint32Array, dropped: Uint32Array): Uint8Array {
  // More than it takes, also where the old bytes are not what was written.
  const bytes = roomFor(2 * old.length + 6 * added.length + 3 + BITS);
  let end = 0;
  let kept = 0;
  let at = 0;
  for (let a = 0, d = 0; a < added.length || d < dropped.length;) {
    const tag = Math.min(tagOf(added, a), tagOf(dropped, d));
    while (at < old.length && tagAt(old, at) < tag) at = endOfEntry(old, at);
    end = copy(old, kept, at, bytes, end);
    const [more, less] = [a, d];
    while (tagOf(added, a) === tag) a++;
    while (tagOf(dropped, d) === tag) d++;
    const change = { added, more, moreEnd: a, dropped, less, lessEnd: d };
    const isThere = at < old.length && tagAt(old, at) === tag;
    if (isThere && old[at + 2] === 0) {
      end = copyBits(old, at, bytes, end, change);
      at = endOfEntry(old, at);
    } else {
      placeCount = 0;
      if (isThere) at = readEntry(old, at);
      end = writeEntry(bytes, end, tag, change);
    }
    kept = at;
  }
  return bytes.slice(0, copy(old, kept, old.length, bytes, end));
}

/** Of one tag, where in the lists stands what comes and goes. */
interface Change {
  readonly added: Uint32Array;
  readonly more: number;
  readonly moreEnd: number;
  readonly dropped: Uint32Array;
  readonly less: number;
  readonly lessEnd: number;
}

let scratch = new Uint8Array();

function roomFor(length: number): Uint8Array {
  if (scratch.length < length) scratch = new Uint8Array(2 * length);
  return scratch;
}

/** Most are a few bytes, for which a view would cost more than they do. */
function copy(from: Uint8Array, start: number, stop: number, to: Uint8Array, end: number): number {
  const length = stop - start;
  if (length > 256) to.set(from.subarray(start, stop), end);
  else for (let index = 0; index < length; index++) to[end + index] = from[start + index]!;
  return end + length;
}

/** Behind every tag. */
const NO_TAG = 1 << 16;
const tagOf = (postings: Uint32Array, index: number) =>
  index < postings.length ? postings[index]! >>> PLACE_BITS : NO_TAG;

/**
 * Counts up `had` at each place whose event has this gram, if it had all `asked`
 * before it; false if there is none.
 */
export function raise(bytes: Uint8Array, gram: number, had: Uint8Array, asked: number): boolean {
  const wanted = gram >>> BUCKET_BITS;
  let at = 0;
  while (at < bytes.length && tagAt(bytes, at) < wanted) at = endOfEntry(bytes, at);
  if (at >= bytes.length || tagAt(bytes, at) !== wanted) return false;
  readEntry(bytes, at);
  let isAny = false;
  for (let index = 0; index < placeCount; index++) {
    const place = places[index]!;
    if (had[place] !== asked) continue;
    had[place] = asked + 1;
    isAny = true;
  }
  return isAny;
}

const tagAt = (bytes: Uint8Array, at: number) => (bytes[at]! << 8) | bytes[at + 1]!;

/** Bytes that a fault of the disk has changed lead nowhere beyond their end. */
function endOfEntry(bytes: Uint8Array, at: number): number {
  const size = bytes[at + 2] ?? 1;
  if (size === 0) return Math.min(at + 3 + BITS, bytes.length);
  const long = ((size & 127) << 7) | (bytes[at + 3] ?? 0);
  return Math.min(size > 127 ? at + 4 + long : at + 3 + size, bytes.length);
}

/** What `readEntry` found, and how many. */
const places = new Uint16Array(BLOCK);
let placeCount = 0;

/** Where the entry ends. There are no more places, and no others, than a block has, whatever the bytes are. */
function readEntry(bytes: Uint8Array, start: number): number {
  const end = endOfEntry(bytes, start);
  let count = 0;
  if (bytes[start + 2] === 0) {
    for (let place = 0; place < BLOCK; place++)
      if ((bytes[start + 3 + (place >>> 3)]! & (1 << (place & 7))) !== 0) places[count++] = place;
    placeCount = count;
    return end;
  }
  for (let at = start + (bytes[start + 2]! > 127 ? 4 : 3), place = 0; at < end;) {
    const step = bytes[at++]!;
    place += step > 127 ? ((step & 127) << 7) | bytes[at++]! : step;
    if (count < BLOCK) places[count++] = placeOf(place);
  }
  placeCount = count;
  return end;
}

const merged = new Uint16Array(BLOCK);

/** Writes the places that were read, with and without these; nothing where none is left. Where it ends. */
function writeEntry(bytes: Uint8Array, start: number, tag: number, change: Change): number {
  const { added, moreEnd, dropped, lessEnd } = change;
  let count = 0;
  let last = -1;
  let size = 0;
  for (let old = 0, a = change.more, d = change.less; old < placeCount || a < moreEnd;) {
    const next = a < moreEnd ? placeOf(added[a]!) : BLOCK;
    const isOld = old < placeCount && places[old]! <= next;
    const place = isOld ? places[old++]! : next;
    if (place === next) a++;
    while (d < lessEnd && placeOf(dropped[d]!) < place) d++;
    const isDropped = place !== next && d < lessEnd && placeOf(dropped[d]!) === place;
    if (isDropped || place === last) continue;
    size += place - Math.max(last, 0) > 127 ? 2 : 1;
    merged[count++] = last = place;
  }
  if (count === 0) return start;
  let end = start;
  bytes[end++] = tag >>> 8;
  bytes[end++] = tag & 255;
  if (size > BITS) {
    bytes[end++] = 0;
    bytes.fill(0, end, end + BITS);
    for (let index = 0; index < count; index++)
      bytes[end + (merged[index]! >>> 3)]! |= 1 << (merged[index]! & 7);
    return end + BITS;
  }
  if (size > 127) bytes[end++] = 128 | (size >>> 7);
  bytes[end++] = size & 127;
  for (let index = 0, before = 0; index < count; index++) {
    const step = merged[index]! - before;
    before += step;
    if (step > 127) bytes[end++] = 128 | (step >>> 7);
    bytes[end++] = step & 127;
  }
  return end;
}

/** The same for an entry of bits. */
function copyBits(
  old: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  { added, more, moreEnd, dropped, less, lessEnd }: Change,
): number {
  const end = start + 3 + BITS;
  bytes.fill(0, copy(old, at, Math.min(at + 3 + BITS, old.length), bytes, start), end);
  for (let index = less; index < lessEnd; index++)
    bytes[start + 3 + (placeOf(dropped[index]!) >>> 3)]! &= ~(1 << (dropped[index]! & 7));
  for (let index = more; index < moreEnd; index++)
    bytes[start + 3 + (placeOf(added[index]!) >>> 3)]! |= 1 << (added[index]! & 7);
  for (let byte = start + 3; byte < end; byte++) if (bytes[byte] !== 0) return end;
  return start;
}
