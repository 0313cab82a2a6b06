// Each code point is looked up by its properties once: an expression for each of
// twenty thousand costs more than all the rest.
const KNOWN = 1;
const WORD = 2;
const MARK = 4;
const SPACE = 8;
const kinds = new Uint8Array(0x11_00_00);

function kindOf(code: number): number {
  const known = kinds[code] ?? 0;
  if (known !== 0) return known;
  const character = String.fromCodePoint(code);
  const kind =
    KNOWN |
    (/[\p{L}\p{N}]/u.test(character) ? WORD : 0) |
    (/\p{M}/u.test(character) ? MARK : 0) |
    (/\s/.test(character) ? SPACE : 0);
  kinds[code] = kind;
  return kind;
}

/** A letter or a digit, of any script. */
export const isWord = (code: number) => (kindOf(code) & WORD) !== 0;

/** … or a sign that is put on one. */
export const isWordOrMark = (code: number) => (kindOf(code) & (WORD | MARK)) !== 0;

export const isSpace = (code: number) => (kindOf(code) & SPACE) !== 0;

/** Before a text and after it. */
const NOTHING = 0x0a;

/** The code point that begins at `at`. */
export const codeAt = (text: string, at: number) => text.codePointAt(at) ?? NOTHING;

/** The one that ends at `at`. */
export function codeBefore(text: string, at: number): number {
  if (at === 0) return NOTHING;
  const pair = text.codePointAt(at - 2) ?? NOTHING;
  return pair > 0xffff ? pair : text.charCodeAt(at - 1);
}
