import { limits } from "@snug/protocol";
import type { Picture, Pictures } from "../core/ports.ts";
import { Turns } from "../core/turns.ts";
import { heif } from "./heif.ts";
import { withoutMetadata } from "./without-metadata.ts";

/** The largest picture takes 160 MB while it is decoded: one after the other. */
const AT_ONCE = 1;
/** A likeness longer than this is not worth its bytes in every page. */
const PLACEHOLDER = 2_048;

/** A picture that was decoded, off the main thread. */
export interface Seen {
  /** Such as `png`. */
  readonly format: string;
  /** As it is to be shown. */
  readonly width: number;
  readonly height: number;
  /** WebP, its longer side at most `previewSide`, and never larger than it is. */
  readonly small: Uint8Array;
  /** A blurred likeness, as a `data:` address. */
  readonly placeholder: string;
}

/** @param see `null`: it cannot be decoded, or has more than `picturePixels` */
export function picturesBy(see: (bytes: Uint8Array) => Promise<Seen | null>): Pictures {
  const turns = new Turns(AT_ONCE, Number.POSITIVE_INFINITY);
  return {
    prepare: (type, load) => turns.take(async () => prepare(type, await load(), see)),
  };
}

async function prepare(
  type: string,
  original: Uint8Array,
  see: (bytes: Uint8Array) => Promise<Seen | null>,
): Promise<Picture | null> {
  if (type === "image/avif" || type === "image/heic") return undecoded(original);
  const stripped = withoutMetadata(type, original);
  if (stripped === null) return null;
  const { bytes, isAnimated } = stripped;
  const seen = await see(bytes);
  if (seen === null || `image/${seen.format}` !== type) return null;
  const { width, height, small, placeholder } = seen;
  const isLarge = Math.max(width, height) > limits.previewSide;
  const isWorthIt = !isAnimated && small.length < (isLarge ? bytes.length : bytes.length / 2);
  return {
    bytes: bytes.length === original.length ? null : bytes,
    width,
    height,
    placeholder: placeholder.length <= PLACEHOLDER ? placeholder : null,
    preview: isWorthIt ? small : null,
  };
}

/** Some browsers can show it, and nothing here can decode it. */
function undecoded(original: Uint8Array): Picture | null {
  const found = heif(original);
  if (found === null || found.width * found.height > limits.picturePixels) return null;
  const isSame = Buffer.compare(found.bytes, original) === 0;
  return { ...found, bytes: isSame ? null : found.bytes, placeholder: null, preview: null };
}
