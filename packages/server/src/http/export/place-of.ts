import type { SharedFile } from "@snug/protocol";
import { safeFileName } from "../../core/file-name.ts";

/** What Windows takes in no name. */
const FORBIDDEN = /[<>:"|?*]/g;
/** Bytes of a name at most: file systems take 255, and the id stands before it. */
const MOST = 160;

const encoder = new TextEncoder();

/** Where a file lies in an archive: never outside of it, whatever it is called. */
export function placeOf({ id, name }: Pick<SharedFile, "id" | "name">): string {
  const safe = safeFileName(name).replaceAll(FORBIDDEN, "_");
  const ending = /\.[A-Za-z0-9]{1,16}$/.exec(safe)?.[0] ?? "";
  let stem = "";
  let bytes = ending.length;
  for (const one of safe.slice(0, safe.length - ending.length)) {
    bytes += encoder.encode(one).length;
    if (bytes > MOST) break;
    stem += one;
  }
  return `files/${id}-${stem}${ending}`;
}

/**
 * Whether a browser that opens it from a disk only shows it. There the name's ending
 * decides, and what is called HTML or SVG, or by no known name, would run.
 */
export function opensSafely(place: string): boolean {
  return /\.(?:avif|flac|gif|jpe?g|m4a|mp3|mp4|ogg|pdf|png|txt|wav|webm|webp)$/i.test(place);
}
