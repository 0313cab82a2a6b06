import { limits } from "@snug/protocol";
import type { Picture, Pictures } from "../core/ports.ts";
import { Turns } from "../core/turns.ts";
import { heif } from "./heif.ts";
import { withoutMetadata } from "./without-metadata.ts";

/** The largest picture takes 160 MB while it is decoded: one after the other. */
const AT_ONCE = 1;
/** A likeness longer than this is not worth its bytes in every page. */
const PLACEHOLDER = 2_048;

const most = { maxPixels: limits.picturePixels };

/** By Bun, off the main thread. */
export function bunPictures(): Pictures {
  const turns = new Turns(AT_ONCE, Number.POSITIVE_INFINITY);
  return {
    prepare: (type, load) => turns.take(async () => prepare(type, await load())),
  };
}

async function prepare(type: string, original: Uint8Array): Promise<Picture | null> {
  if (type === "image/avif" || type === "image/heic") return undecoded(original);
  const stripped = withoutMetadata(type, original);
  if (stripped === null) return null;
  const { bytes, isAnimated } = stripped;
  try {
    const { width, height, format } = await new Bun.Image(bytes, most).metadata();
    if (`image/${format}` !== type) return null;
    const small = await new Bun.Image(bytes, most)
      .resize(limits.previewSide, limits.previewSide, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 75 })
      .bytes();
    const placeholder = await new Bun.Image(small).placeholder();
    const isLarge = Math.max(width, height) > limits.previewSide;
    const isWorthIt = !isAnimated && small.length < (isLarge ? bytes.length : bytes.length / 2);
    return {
      bytes: bytes.length === original.length ? null : bytes,
      width,
      height,
      placeholder: placeholder.length <= PLACEHOLDER ? placeholder : null,
      preview: isWorthIt ? small : null,
    };
  } catch (fault) {
    if (fault instanceof Error && "code" in fault && String(fault.code).startsWith("ERR_IMAGE_"))
      return null;
    throw fault;
  }
}

/** Some browsers can show it, and nothing here can decode it. */
function undecoded(original: Uint8Array): Picture | null {
  const found = heif(original);
  if (found === null || found.width * found.height > limits.picturePixels) return null;
  const isSame = Buffer.compare(found.bytes, original) === 0;
  return { ...found, bytes: isSame ? null : found.bytes, placeholder: null, preview: null };
}
