/** Longer addresses stay text: nobody reads them, and some browsers cut them. */
const LONGEST = 2048;

// What no address holds: space, controls, quotes, the stops and brackets of
// scripts that put no space after them, and marks that turn the direction of
// writing or take no room, by which an address could lie.
const outside =
  /[\s\p{Cc}\u00a0"<>`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u3000-\u301f\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]/u;
const isOutside = (text: string, at: number) => {
  const code = text.charCodeAt(at);
  return code < 0x80 ? ascii[code] === true : outside.test(text.charAt(at));
};
const ascii = Array.from({ length: 0x80 }, (_, code) => outside.test(String.fromCharCode(code)));

const trailing = new Set(".,;:!?'*_~…»”’");
/** Where the bare address that begins at `start` ends: before what ends the sentence, and before a bracket that was opened outside of it. */
export function endOfAddress(text: string, start: number): number {
  let round = 0;
  let square = 0;
  let curly = 0;
  let end = start;
  for (; end < text.length && !isOutside(text, end); end++) {
    const character = text.charAt(end);
    if (character === "(") round++;
    else if (character === "[") square++;
    else if (character === "{") curly++;
    else if (character === ")" && round-- === 0) break;
    else if (character === "]" && square-- === 0) break;
    else if (character === "}" && curly-- === 0) break;
  }
  while (end > start && trailing.has(text.charAt(end - 1))) end--;
  return end;
}

/**
 * Where the address in round brackets that begins at `start` ends, or -1. It holds no
 * square ones, so no two looks for an end pass over the same characters.
 */
export function endInBrackets(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === ")" && depth-- === 0) return at;
    if (character === "(") depth++;
    if (character === "[" || character === "]" || isOutside(text, at)) return -1;
  }
  return -1;
}

// However many slashes stand before it, and a backslash is one too.
const host = /^https?:[/\\]+([^/\\?#]*)/i;

/** Where an address leads, or `null` where it is none that may be followed. */
export function toHref(address: string): string | null {
  if (address.length > LONGEST) return null;
  const isBare = !/^https?:/i.test(address);
  const href = isBare ? `https://${address}` : address;
  const authority = host.exec(href)?.[1] ?? "";
  // `https://bank.example@evil.example` reads as another place than it leads to.
  if (authority === "" || authority.includes("@")) return null;
  if (isBare && !/^www\.[^.]+\.[^.]/i.test(authority)) return null;
  return URL.canParse(href) ? href : null;
}

/** The same for the address of a label, which may also be a person's. */
export function toLabelHref(address: string): string | null {
  if (!/^mailto:/i.test(address)) return toHref(address);
  return address.length <= LONGEST && /^mailto:[^?#@]+@[^?#@]+$/i.test(address) ? address : null;
}
