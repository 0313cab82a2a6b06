import { shownAs } from "@snug/protocol";

/** Bytes at the beginning of a file that tell its type. */
export const HEAD = 4_096;

export const ANY_BYTES = "application/octet-stream";

/** Whether it is to be made fit to be shown; HEIC too, which few browsers show. */
export function isPicture(type: string): boolean {
  return type === "image/heic" || shownAs(type) === "picture";
}

/**
 * The type of a file that begins like this. Neither its name nor whoever sent it
 * has a say, and what is not known is no type that a browser does anything with.
 */
export function typeOf(head: Uint8Array): string {
  const begin = Array.from(head.subarray(0, 64), hex).join("");
  for (const [type, begins] of beginnings) if (begins.test(begin)) return type;
  return isText(head) ? "text/plain" : ANY_BYTES;
}

// In hexadecimal, by https://mimesniff.spec.whatwg.org and each format's own description; 66747970
// is "ftyp", 4f676753 "OggS", 52494646 "RIFF".
const beginnings: readonly [type: string, begins: RegExp][] = [
  ["image/png", /^89504e470d0a1a0a/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^474946383[79]61/],
  ["image/webp", /^52494646.{8}57454250565038/],
  ["image/avif", /^.{8}66747970617669(?:66|73)/],
  ["image/heic", /^.{8}66747970(?:686569(?:63|66|73|78)|6d696631|6d736631|68657663)/],
  ["audio/mp4", /^.{8}667479704d344[12]/],
  ["video/quicktime", /^.{8}667479707174/],
  ["video/mp4", /^.{8}66747970(?:69736f|6d7034|61766331|4d3456|64617368|4d534e56|336770)/],
  ["video/webm", /^1a45dfa3.*7765626d/],
  ["audio/ogg", /^4f676753.{48}(?:01766f72626973|4f70757348656164|7f464c4143|5370656578)/],
  ["video/ogg", /^4f676753.{48}807468656f7261/],
  ["audio/wav", /^52494646.{8}57415645/],
  ["audio/flac", /^664c6143/],
  ["audio/mpeg", /^(?:494433|fff[23ab])/],
  ["application/pdf", /^255044462d/],
  ["application/zip", /^504b(?:0304|0506)/],
  ["application/gzip", /^1f8b/],
];

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false;
  // It may have been cut within a character.
  const whole = head.length < HEAD;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}
