export type Piece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "link"; readonly text: string; readonly href: string };

/** Longer addresses stay text: nobody reads them, and some browsers cut them. */
const LONGEST = 2048;

// What no address holds: space, controls, quotes, the stops and brackets of
// scripts that put no space after them, and marks that turn the direction of
// writing or take no room, by which an address could lie.
const outside =
  /[\s\p{Cc}\u00a0"<>`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u3000-\u301f\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]/u;
const trailing = new Set(".,;:!?'*_~…»”’");
const pairs: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);

/** Splits text into plain pieces and links. Each character is looked at a fixed number of times. */
export function linkify(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const starts = /https?:\/\/|www\./gi;
  let done = 0;
  for (let start = starts.exec(text); start !== null; start = starts.exec(text)) {
    const raw = endOfAddress(text, start.index);
    const end = withoutTail(text, start.index, raw);
    const address = text.slice(start.index, end);
    const href = isWordBefore(text, start.index) ? null : toHref(address);
    // A refused address is stepped over as a whole: looking into it again would cost its length each time.
    starts.lastIndex = raw;
    if (href === null) continue;
    if (start.index > done) pieces.push({ type: "text", text: text.slice(done, start.index) });
    pieces.push({ type: "link", text: address, href });
    done = end;
  }
  if (done < text.length) pieces.push({ type: "text", text: text.slice(done) });
  return pieces;
}

function endOfAddress(text: string, start: number): number {
  let end = start;
  while (end < text.length && !outside.test(text.charAt(end))) end++;
  return end;
}

/** Cuts off what ends the sentence, and brackets that were opened outside. */
function withoutTail(text: string, start: number, raw: number): number {
  const open = new Map<string, number>();
  for (let at = start; at < raw; at++) {
    const character = text.charAt(at);
    open.set(character, (open.get(character) ?? 0) + 1);
  }
  let end = raw;
  for (; end > start; end--) {
    const last = text.charAt(end - 1);
    const opener = pairs.get(last);
    const unbalanced = opener !== undefined && (open.get(last) ?? 0) > (open.get(opener) ?? 0);
    if (!unbalanced && !trailing.has(last)) break;
    open.set(last, (open.get(last) ?? 0) - 1);
  }
  return end;
}

const isWordBefore = (text: string, start: number) =>
  start > 0 && /[\p{L}\p{N}]/u.test(text.charAt(start - 1));

function toHref(address: string): string | null {
  if (address.length > LONGEST) return null;
  const bare = !/^https?:/i.test(address);
  const url = URL.parse(bare ? `https://${address}` : address);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  // `https://bank.example@evil.example` reads as another place than it leads to.
  if (url.username !== "" || url.password !== "") return null;
  if (bare && !/^www\.[^.]+\../i.test(url.hostname)) return null;
  return url.href;
}
