/** How many tints style/tokens.css has. */
export const TINTS = 8;

/** Always the same tint for the same id. */
export function tintOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return hash % TINTS;
}

/** The first character that people see as one, without what is stacked on it. */
export function initialOf(name: string): string {
  const first = name.match(/[\p{L}\p{N}]|\p{Extended_Pictographic}/u);
  return first ? first[0].toLocaleUpperCase() : "·";
}

// Takes 15 ms to be made ready, four times that on a slow machine, and not everybody chose something.
let graphemes: Intl.Segmenter | undefined;
/** As many signs as fit in the circle. */
const FITS = 3;

/** What stands in somebody's circle: what they chose, else their initial. */
export function faceOf(name: string, avatar: string | undefined): string {
  const text = avatar?.trim() ?? "";
  if (text === "") return initialOf(name);
  graphemes ??= new Intl.Segmenter();
  const chosen = [...graphemes.segment(text)].slice(0, FITS);
  return chosen.map(({ segment }) => segment).join("");
}
