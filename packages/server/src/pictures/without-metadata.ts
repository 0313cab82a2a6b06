// What cameras and programs write into a picture of its maker, place and time goes, byte by
// byte and without decoding, so that no picture gets worse by it. Kept is what it takes to
// draw it (colour profiles, orientation, animation); what is not known is not kept, nor what
// stands behind the picture's end. A picture that is not of its form becomes `null`.

export interface Stripped {
  readonly bytes: Uint8Array;
  readonly isAnimated: boolean;
}

export function withoutMetadata(type: string, bytes: Uint8Array): Stripped | null {
  try {
    switch (type) {
      case "image/jpeg":
        return still(jpeg(new Reader(bytes)));
      case "image/png":
        return png(new Reader(bytes));
      case "image/webp":
        return webp(new Reader(bytes));
      case "image/gif":
        return { bytes: joined(gif(new Reader(bytes))), isAnimated: true };
      default:
        return null;
    }
  } catch (fault) {
    if (fault instanceof Malformed) return null;
    throw fault;
  }
}

class Malformed extends Error {}

/** https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B. */
function jpeg(from: Reader): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const begin = from.take(2);
  let orientation = 1;
  while (!from.isAtEnd) {
    const at = from.at;
    if (from.byte() !== 0xff) throw new Malformed();
    let marker = from.byte();
    while (marker === 0xff) marker = from.byte();
    if (marker === 0xd9) {
      parts.push(Uint8Array.of(0xff, 0xd9));
      break;
    }
    const length = from.uint16();
    if (length < 2) throw new Malformed();
    const content = from.take(length - 2);
    if (marker === 0xe1) orientation = orientationIn(content) ?? orientation;
    if (isDrawn(marker, content)) parts.push(from.since(at));
    if (marker === 0xda) parts.push(from.scan());
  }
  const turned = orientation > 1 ? [exifOf(orientation)] : [];
  return [begin, ...turned, ...parts];
}

/** Tables, frames and scans; of what programs add, only what colours depend on. */
function isDrawn(marker: number, content: Uint8Array): boolean {
  if (marker === 0xe0 || marker === 0xee) return true;
  if (marker === 0xe2) return text(content, 0, 12) === "ICC_PROFILE\0";
  const isAdded = (marker >= 0xe1 && marker <= 0xef) || marker === 0xfe;
  return !isAdded;
}

/** How the camera was held, 1 to 8 (Exif 2.3, tag 0x0112). */
function orientationIn(content: Uint8Array): number | null {
  if (text(content, 0, 6) !== "Exif\0\0") return null;
  const tiff = new DataView(content.buffer, content.byteOffset + 6, content.byteLength - 6);
  if (tiff.byteLength < 8) return null;
  const isLittle = tiff.getUint8(0) === 0x49;
  const begin = tiff.getUint32(4, isLittle);
  if (begin + 2 > tiff.byteLength) return null;
  const count = tiff.getUint16(begin, isLittle);
  for (let index = 0; index < count; index++) {
    const entry = begin + 2 + index * 12;
    if (entry + 12 > tiff.byteLength) return null;
    if (tiff.getUint16(entry, isLittle) !== 0x0112) continue;
    const value = tiff.getUint16(entry + 8, isLittle);
    return value >= 1 && value <= 8 ? value : null;
  }
  return null;
}

/** The least that says how a picture is turned. */
function exifOf(orientation: number): Uint8Array {
  const bytes = [0xff, 0xe1, 0, 34, ..."Exif\0\0II*\0".split("").map((one) => one.charCodeAt(0))];
  const directory = [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([...bytes, ...directory]);
}

const pngChunks: ReadonlySet<string> = new Set(
  "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs mDCV cLLI acTL fcTL fdAT".split(
    " ",
  ),
);

/** https://www.w3.org/TR/png-3 */
function png(from: Reader): Stripped {
  const parts = [from.take(8)];
  let isAnimated = false;
  while (!from.isAtEnd) {
    const at = from.at;
    const length = from.uint32();
    const type = text(from.take(4), 0, 4);
    from.take(length + 4);
    if (pngChunks.has(type)) parts.push(from.since(at));
    // What is not known, and needed to draw it: such a picture nobody shows.
    else if (/^[A-Z]/.test(type)) throw new Malformed();
    isAnimated ||= type === "acTL";
    if (type === "IEND") break;
  }
  return { bytes: joined(parts), isAnimated };
}

const webpChunks: ReadonlySet<string> = new Set([
  "VP8 ",
  "VP8L",
  "VP8X",
  "ALPH",
  "ANIM",
  "ANMF",
  "ICCP",
]);

/** RFC 9649. */
function webp(from: Reader): Stripped {
  const head = new Uint8Array(from.take(12));
  const end = Math.min(8 + new DataView(head.buffer).getUint32(4, true), from.length);
  const parts: Uint8Array[] = [];
  let isAnimated = false;
  while (from.at < end) {
    const at = from.at;
    const type = text(from.take(4), 0, 4);
    const length = from.uint32(true);
    from.take(Math.min(length + (length % 2), from.length - from.at));
    if (!webpChunks.has(type)) continue;
    const chunk = from.since(at);
    parts.push(type === "VP8X" ? withoutFlags(chunk) : chunk);
    isAnimated ||= type === "ANIM";
  }
  const size = parts.reduce((sum, { length }) => sum + length, 4);
  new DataView(head.buffer).setUint32(4, size, true);
  return { bytes: joined([head, ...parts]), isAnimated };
}

/** The picture says of itself that it brings Exif and XMP. */
function withoutFlags(chunk: Uint8Array): Uint8Array {
  const changed = new Uint8Array(chunk);
  changed[8] = (changed[8] ?? 0) & ~0x0c;
  return changed;
}

/** https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function gif(from: Reader): Uint8Array[] {
  const begin = from.take(13);
  const parts = [begin, from.take(colours(begin[10]))];
  for (;;) {
    const at = from.at;
    const kind = from.byte();
    if (kind === 0x3b) return [...parts, from.since(at)];
    if (kind === 0x2c) {
      from.take(colours(from.take(9)[8]));
      from.byte();
      from.blocks();
      parts.push(from.since(at));
    } else if (kind === 0x21) {
      const label = from.byte();
      const first = from.blocks();
      const isLoop = label === 0xff && /^(?:NETSCAPE2\.0|ANIMEXTS1\.0)/.test(text(first, 0, 11));
      if (label === 0xf9 || isLoop) parts.push(from.since(at));
    } else throw new Malformed();
  }
}

function colours(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

const still = (parts: readonly Uint8Array[]) => ({ bytes: joined(parts), isAnimated: false });

function text(bytes: Uint8Array, from: number, to: number): string {
  let letters = "";
  for (let at = from; at < to; at++) letters += String.fromCharCode(bytes[at] ?? 0);
  return letters;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** More parts than any picture has: to go through them would keep everybody else waiting. */
const MOST_STEPS = 150_000;

/** Reads forward, never beyond the end, and not for ever. */
class Reader {
  at = 0;
  #steps = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  take(count: number): Uint8Array {
    this.#step();
    if (this.at + count > this.#bytes.length) throw new Malformed();
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  uint16(): number {
    return this.byte() * 256 + this.byte();
  }

  uint32(isLittle = false): number {
    const [a = 0, b = 0, c = 0, d = 0] = isLittle ? this.take(4).toReversed() : this.take(4);
    return ((a * 256 + b) * 256 + c) * 256 + d;
  }

  since(at: number): Uint8Array {
    return this.#bytes.subarray(at, this.at);
  }

  /** A JPEG's scan, up to a marker that is neither a byte of it nor a restart within it, or to the end. */
  scan(): Uint8Array {
    const begin = this.at;
    for (;;) {
      this.#step();
      const at = this.#bytes.indexOf(0xff, this.at);
      const next = this.#bytes[at + 1] ?? 0;
      const isWithin = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
      this.at = at < 0 ? this.#bytes.length : at + Number(isWithin);
      if (at < 0 || !isWithin) return this.since(begin);
    }
  }

  /** Past a row of GIF's blocks, each of which says its length; the first of them. */
  blocks(): Uint8Array {
    let first: Uint8Array | null = null;
    for (;;) {
      this.#step();
      const length = this.#bytes[this.at++];
      if (length === undefined) throw new Malformed();
      if (length === 0) break;
      first ??= this.#bytes.subarray(this.at, this.at + length);
      this.at += length;
    }
    return first ?? new Uint8Array();
  }

  #step(): void {
    if (++this.#steps > MOST_STEPS) throw new Malformed();
  }
}
