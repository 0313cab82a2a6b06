/** An AVIF or HEIC picture: nothing here decodes one, but its boxes say what is in it. */
export interface Heif {
  /** The same without what was written into it of its maker, place and time. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** ISO 14496-12 and 23008-12. `null`: it is not of that form, or does not say how large it is. */
export function heif(original: Uint8Array): Heif | null {
  const bytes = new Uint8Array(original);
  try {
    const view = new DataView(bytes.buffer);
    const all = boxes(view, 0, bytes.length);
    const meta = all.find(({ type }) => type === "meta");
    if (!meta) return null;
    const parts = boxes(view, meta.from + 4, meta.to);
    for (const { type, from, to } of all) if (idle.has(type)) bytes.fill(0, from, to);
    for (const { type, from, to } of hidden(view, parts)) blank(bytes.subarray(from, to), type);
    const size = sizeIn(view, parts);
    return size && { bytes, ...size };
  } catch (fault) {
    // A number in it leads out of it.
    if (fault instanceof RangeError) return null;
    throw fault;
  }
}

/** More boxes or items than any picture has: looking at them keeps everybody else waiting. */
const MOST = 10_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Box extends Span {
  readonly type: string;
}

/** Boxes that hold nothing that is drawn, but anything that a program likes to keep. */
const idle: ReadonlySet<string> = new Set(["uuid", "free", "skip"]);
/** Kinds of items of which the same is true. */
const notDrawn: ReadonlySet<string> = new Set(["Exif", "mime", "uri "]);

function boxes(view: DataView, from: number, end: number): Box[] {
  const all: Box[] = [];
  for (let at = from; at + 8 <= end;) {
    const short = view.getUint32(at);
    const begin = at + (short === 1 ? 16 : 8);
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short || end - at;
    const to = at + length;
    if (to < begin || to > end) throw new RangeError();
    if (all.length === MOST) throw new RangeError();
    all.push({ type: fourLetters(view, at + 4), from: begin, to });
    at = to;
  }
  return all;
}

/** Where the items lie that are not drawn. */
function hidden(view: DataView, parts: readonly Box[]): Box[] {
  const [info, location, data] = ["iinf", "iloc", "idat"].map((type) =>
    parts.find((box) => box.type === type),
  );
  if (!info || !location) return [];
  const types = new Map<number, string>();
  const count = view.getUint8(info.from) === 0 ? 2 : 4;
  for (const { from } of boxes(view, info.from + 4 + count, info.to)) {
    const id = view.getUint8(from) < 3 ? 2 : 4;
    types.set(number(view, from + 4, id), fourLetters(view, from + 4 + id + 2));
  }
  return placesOf(view, location, data).flatMap(({ id, ...place }) => {
    const type = types.get(id) ?? "";
    return notDrawn.has(type) ? { ...place, type } : [];
  });
}

/** Where each item lies, by the box "iloc". */
function placesOf(view: DataView, { from }: Box, data: Box | undefined): (Span & { id: number })[] {
  const places: (Span & { id: number })[] = [];
  const version = view.getUint8(from);
  const [first, second] = [view.getUint8(from + 4), view.getUint8(from + 5)];
  const [offsets, lengths, bases] = [first >> 4, first & 15, second >> 4];
  const indices = version === 0 ? 0 : second & 15;
  let at = from + 6;
  const next = (size: number) => number(view, (at += size) - size, size);
  for (let left = next(version < 2 ? 2 : 4); left > 0; left--) {
    const id = next(version < 2 ? 2 : 4);
    const isBeside = version > 0 && (next(2) & 15) === 1;
    next(2);
    const base = next(bases) + (isBeside ? (data?.from ?? 0) : 0);
    for (let extents = next(2); extents > 0; extents--) {
      if (places.length === MOST) throw new RangeError();
      next(indices);
      const begin = base + next(offsets);
      places.push({ id, from: begin, to: begin + next(lengths) });
    }
  }
  return places;
}

/** As little as a reader takes for what should be there. */
function blank(bytes: Uint8Array, type: string): void {
  bytes.fill(type === "Exif" ? 0 : 0x20);
  const none = [0, 0, 0, 0, 0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  if (type === "Exif" && bytes.length >= none.length) bytes.set(none);
}

/** The largest that is said of a part of it is the whole; it may be turned. */
function sizeIn(
  view: DataView,
  parts: readonly Box[],
): { readonly width: number; readonly height: number } | null {
  const properties = parts.find(({ type }) => type === "iprp");
  if (!properties) return null;
  const all = boxes(view, properties.from, properties.to)
    .filter(({ type }) => type === "ipco")
    .flatMap(({ from, to }) => boxes(view, from, to));
  const sizes = all
    .filter(({ type }) => type === "ispe")
    .map(({ from }) => ({ width: view.getUint32(from + 4), height: view.getUint32(from + 8) }))
    .toSorted((one, other) => other.width * other.height - one.width * one.height);
  const [largest] = sizes;
  if (!largest) return null;
  const turn = all.find(({ type }) => type === "irot");
  const isOnSide = turn !== undefined && view.getUint8(turn.from) % 2 === 1;
  return isOnSide ? { width: largest.height, height: largest.width } : largest;
}

function fourLetters(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((index) => String.fromCharCode(view.getUint8(at + index))).join("");
}

function number(view: DataView, at: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + view.getUint8(at + index);
  return value;
}
