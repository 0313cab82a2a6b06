// Accents, and the vowel points of Hebrew and Arabic, which people leave out as they
// type; not the vowel signs of India or the sound marks of Japanese, which make
// another letter. What cannot be seen goes too.
const dropped =
  /[\u0300-\u036F\u0591-\u05C7\u064B-\u065F\u0670\u0640\p{Default_Ignorable_Code_Point}]+/gu;
const ascii = /^[\0-\x7F]*$/;
const blanks = /\s+/g;

/**
 * A text as it is compared with another: without case, accents, and the difference
 * between forms of one letter (full width, ligatures), a run of blanks as one.
 */
export function fold(text: string): string {
  const plain = ascii.test(text) ? text.toLowerCase() : foldLetters(text);
  return plain.replace(blanks, " ");
}

/**
 * The same, and for each unit of it the place in the text of what it came from; one
 * more says where the text ends.
 */
export function foldInPlace(text: string): { folded: string; places: number[] } {
  const parts: string[] = [];
  const places: number[] = [];
  const known = new Map<string, string>();
  const isJoined = joins.test(text);
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = from + widthAt(text, from);
    if (isJoined) to = endOfCluster(text, to);
    const cluster = text.slice(from, to);
    let as = known.get(cluster);
    if (as === undefined) known.set(cluster, (as = fold(cluster)));
    if (as === "" || (as === " " && parts.at(-1) === " ")) continue;
    parts.push(as);
    for (let unit = 0; unit < as.length; unit++) places.push(from);
  }
  places.push(text.length);
  return { folded: parts.join(""), places };
}

function foldLetters(text: string): string {
  // Capitals first: ß and SS, ı and I are the same.
  const plain = text.normalize("NFKD").replace(dropped, "").toUpperCase().toLowerCase();
  return plain.replaceAll("ς", "σ").normalize("NFC");
}

// Marks belong to the letter before them, as the later parts of a Korean syllable to its first.
const joins = /[\p{M}\u1161-\u11FF]/u;

/** Where a letter ends with its marks, of which the first may stand here. */
function endOfCluster(text: string, at: number): number {
  let to = at;
  while (to < text.length) {
    const next = to + widthAt(text, to);
    if (!joins.test(text.slice(to, next))) break;
    to = next;
  }
  return to;
}

const widthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
