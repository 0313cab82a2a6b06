import { shownAs } from "@snug/protocol";

/** How a file is handed out: nothing in it runs, and what is not known to be harmless is only saved. */
export function fileHeaders(type: string, name: string): Record<string, string> {
  const how = shownAs(type) === null ? "attachment" : "inline";
  return {
    "content-type": type === "text/plain" ? "text/plain; charset=utf-8" : type,
    "content-disposition": `${how}; ${filename(name)}`,
    "content-security-policy":
      "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "accept-ranges": "bytes",
    // Kept, but not shown without asking: whoever may not see it any more is told so.
    "cache-control": "private, no-cache",
    vary: "authorization, cookie",
  };
}

/** RFC 6266 and 8187: for old readers in ASCII, for all others as it is. */
export function filename(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7E]|["\\%]/gu, "_");
  const encoded = encodeURIComponent(name).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** The bytes that are asked for, from one up to before another; `null`: there are none such. */
export type Range = { readonly from: number; readonly to: number } | null;

/** RFC 9110, one range alone: whoever asks for several, or for nonsense, gets all. */
export function rangeOf(headers: Headers, size: number, etag: string): Range | "all" {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
  const unless = headers.get("if-range");
  if ((first === "" && last === "") || (unless !== null && unless !== etag)) return "all";
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count > 0 ? { from: size - count, to: size } : null;
  }
  if (last !== "" && Number(last) < Number(first)) return "all";
  const to = last === "" ? size : Math.min(Number(last) + 1, size);
  return Number(first) < size ? { from: Number(first), to } : null;
}
