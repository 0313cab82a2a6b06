import { endInBrackets, endOfAddress, toHref, toLabelHref } from "./address.ts";
import { limits } from "../limit.ts";
import { codeAt, codeBefore, isSpace, isWord, isWordOrMark } from "./letters.ts";
import { isVisible } from "../plain-text.ts";
import type { Inline, Mention } from "./tree.ts";

/** Marks that may be open at one time; of more, the oldest stay text. It bounds how deep nodes lie in one another. */
const MOST_OPEN = 16;

/**
 * `*`, `**`, `***`, `_` or `~~` that open a style when they are closed, and `[` that
 * begins a link. Used again and again: there may be as many in a text as letters.
 */
interface Opener {
  mark: string;
  /** Where it stands in the text. */
  at: number;
  /** Where it stands among the pieces, as text until it is closed. */
  place: number;
  /** Those of it that found no partner. */
  left: number;
}
/** A string is text: there are as many of them as marks. */
type Piece = string | Inline;

/** Reads a paragraph's text. No pair of marks reaches over a blank line. */
export function parseInline(text: string): readonly Inline[] {
  if (!special.test(text)) return [{ type: "text", text }];
  const pieces: Piece[] = [];
  const blank = /\n(?:[^\S\n]*\n)+/g;
  let start = 0;
  for (let gap = blank.exec(text); gap !== null; gap = blank.exec(text)) {
    scan(text.slice(start, gap.index), pieces);
    pieces.push(gap[0]);
    start = blank.lastIndex;
  }
  scan(start === 0 ? text : text.slice(start), pieces);
  return nodesFrom(pieces, 0);
}

/** Takes the pieces from `place` on away, as nodes. */
function nodesFrom(pieces: Piece[], place: number): Inline[] {
  const nodes: Inline[] = [];
  let text = "";
  for (let index = place; index < pieces.length; index++) {
    const piece = pieces[index] ?? "";
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    if (text !== "") nodes.push({ type: "text", text });
    text = "";
    nodes.push(piece);
  }
  if (text !== "") nodes.push({ type: "text", text });
  pieces.length = place;
  return nodes;
}

/** The marks that are open, the innermost last. */
class Open {
  readonly #openers: Opener[] = [];
  #count = 0;

  add(mark: string, at: number, place: number, left: number): void {
    const openers = this.#openers;
    const opener = this.#count === MOST_OPEN ? openers.shift() : openers[this.#count];
    if (!opener) this.#count = openers.push({ mark, at, place, left });
    else {
      opener.mark = mark;
      opener.at = at;
      opener.place = place;
      opener.left = left;
      if (this.#count === MOST_OPEN) openers.push(opener);
      else this.#count++;
    }
  }

  lastOf(mark: string): Opener | null {
    for (let index = this.#count - 1; index >= 0; index--) {
      const opener = this.#openers[index];
      if (opener?.mark === mark) return opener;
    }
    return null;
  }

  /** One closes one, and two close two; three close either, as three may be closed by either. */
  partnerOf(mark: string, left: number): Opener | null {
    for (let index = this.#count - 1; index >= 0; index--) {
      const opener = this.#openers[index];
      if (opener?.mark !== mark) continue;
      if (left === 3 || opener.left === 3 || opener.left === left) return opener;
    }
    return null;
  }

  /** What was opened within is text, for its end did not come. */
  closeWithin(opener: Opener): void {
    while (this.#openers[this.#count - 1] !== opener) this.#count--;
  }

  close(opener: Opener): void {
    this.closeWithin(opener);
    this.#count--;
  }

  /** It is text; what was opened within stays open. */
  drop(opener: Opener): void {
    this.#openers.splice(this.#openers.indexOf(opener), 1);
    this.#count--;
  }
}

/** Where something may begin or end; all else is stepped over. */
const marks = Uint8Array.from({ length: 0x80 }, (_, code) =>
  /[\\`<@*_~[\]hw]/i.test(String.fromCharCode(code)) ? 1 : 0,
);

function nextMark(text: string, from: number): number {
  let at = from;
  while (at < text.length && marks[text.charCodeAt(at)] !== 1) at++;
  return at;
}

/** Without any of these there is nothing to find. */
const special = /[\\`<@*_~[]|http|www/i;
const escapable = new Set("\\`*_~[]<>@:.-");

function scan(text: string, pieces: Piece[]): void {
  const open = new Open();
  const closerOf = codeCloser(text);
  let lastLink = -1;
  let written = 0;
  let at = 0;

  /** What stands before `at` is text, and `piece` goes on to `end`. */
  const put = (piece: Piece | null, end: number) => {
    if (at > written) pieces.push(text.slice(written, at));
    if (piece !== null) pieces.push(piece);
    at = written = end;
  };

  /** Closes what it can, and what is left of it may open. */
  const putRun = (mark: string, length: number) => {
    const start = at;
    let left = length;
    put(null, at + length);
    let opener = isSpace(codeBefore(text, start)) ? null : open.partnerOf(mark, left);
    while (opener && !(left === 1 && isWord(codeAt(text, at)))) {
      const count = Math.min(opener.left, left, 2);
      const children = nodesFrom(pieces, opener.place + 1);
      opener.left -= count;
      left -= count;
      if (opener.left > 0) {
        pieces[opener.place] = mark.repeat(opener.left);
        open.closeWithin(opener);
      } else {
        pieces.length = opener.place;
        open.close(opener);
      }
      pieces.push({ type: mark === "~" ? "strike" : count === 2 ? "bold" : "italic", children });
      opener = left > 0 ? open.partnerOf(mark, left) : null;
    }
    if (left === 0) return;
    pieces.push(left === 1 ? mark : mark.repeat(left));
    if (mayOpen(text, start, length)) open.add(mark, start, pieces.length - 1, left);
  };

  for (at = nextMark(text, at); at < text.length; at = nextMark(text, at)) {
    const mark = text.charAt(at);
    switch (mark) {
      case "\\":
        if (!escapable.has(text.charAt(at + 1))) at++;
        else {
          put(null, at + 1);
          at++;
        }
        break;
      case "`": {
        const length = runLength(text, at);
        const closer = closerOf(at, length);
        if (closer === -1) at += length;
        else put(code(text.slice(at + length, closer)), closer + length);
        break;
      }
      case "<":
      case "@": {
        const mention = mark === "<" ? idAt(text, at) : nameAt(text, at, open);
        if (mention) put(mention, at + mention.text.length);
        else at++;
        break;
      }
      case "*":
      case "_":
      case "~": {
        const length = runLength(text, at);
        if (isRun(mark, length)) putRun(mark, length);
        else at += length;
        break;
      }
      case "[": {
        const start = at;
        put("[", at + 1);
        open.add("[", start, pieces.length - 1, 1);
        break;
      }
      case "]": {
        const label = open.lastOf("[");
        if (!label) {
          at++;
          break;
        }
        const end = text.charAt(at + 1) === "(" ? endInBrackets(text, at + 2) : -1;
        // A label with an address in it would say one place and lead to another.
        const href =
          end !== -1 && label.at > lastLink && isVisible(text.slice(label.at + 1, at))
            ? toLabelHref(text.slice(at + 2, end))
            : null;
        if (href === null) {
          open.drop(label);
          at++;
          break;
        }
        open.close(label);
        lastLink = at;
        put(null, end + 1);
        const children = nodesFrom(pieces, label.place + 1);
        pieces[label.place] = { type: "link", href, bare: false, children };
        break;
      }
      case "h":
      case "H":
      case "w":
      case "W": {
        if (!startsAddress(text, at)) {
          at++;
          break;
        }
        const end = endOfAddress(text, at);
        const address = text.slice(at, end);
        const href = isWord(codeBefore(text, at)) ? null : toHref(address);
        // A refused address is stepped over as a whole: looking into it again would cost its length each time.
        if (href === null) at = Math.max(end, at + 1);
        else {
          lastLink = at;
          const children = [{ type: "text", text: address } as const];
          put({ type: "link", href, bare: true, children }, end);
        }
        break;
      }
      default:
        at++;
    }
  }
  put(null, at);
}

function runLength(text: string, at: number): number {
  const mark = text.charAt(at);
  let end = at + 1;
  while (text.charAt(end) === mark) end++;
  return end - at;
}

/** Finds the run of backticks that ends a code span. The places asked for must ascend. */
function codeCloser(text: string): (at: number, length: number) => number {
  let runs: Map<number, number[]> | null = null;
  return (at, length) => {
    runs ??= backtickRuns(text);
    const places = runs.get(length) ?? [];
    while ((places.at(-1) ?? Infinity) <= at) places.pop();
    return places.at(-1) ?? -1;
  };
}

/** By length, the last place first. */
function backtickRuns(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (let at = text.indexOf("`"); at !== -1; at = text.indexOf("`", at)) {
    const length = runLength(text, at);
    const places = runs.get(length);
    if (places) places.push(at);
    else runs.set(length, [at]);
    at += length;
  }
  for (const places of runs.values()) places.reverse();
  return runs;
}

/** A blank on both sides is there so that code can begin with a backtick. */
function code(text: string): Inline {
  const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  return { type: "code", text: isPadded ? text.slice(1, -1) : text };
}

const idMention = new RegExp(`<@([A-Za-z0-9_-]{1,${limits.idLength}})>`, "y");
const nameMention = new RegExp(`@([A-Za-z0-9._-]{1,${limits.usernameLength + 1}})`, "y");

function idAt(text: string, at: number): Mention | null {
  if (text.charAt(at + 1) !== "@") return null;
  idMention.lastIndex = at;
  const found = idMention.exec(text);
  return found && { type: "mention", kind: "id", of: found[1] ?? "", text: found[0] };
}

function nameAt(text: string, at: number, open: Open): Mention | null {
  // An e-mail address, a path, or a name of elsewhere (`@ada@example.org`).
  if (isTouching(codeBefore(text, at)) || "/_<".includes(text.charAt(at - 1) || " ")) return null;
  nameMention.lastIndex = at;
  let name = nameMention.exec(text)?.[1] ?? "";
  const end = at + 1 + name.length;
  if (isTouching(codeAt(text, end))) return null;
  // The stop ends the sentence, and `_` what is written in italics.
  name = name.slice(0, endOfName(name, open.lastOf("_") ? ".-_" : ".-"));
  if (name.length < limits.usernameLeast || name.length > limits.usernameLength) return null;
  const special = name.toLowerCase();
  if (special === "here" || special === "room")
    return { type: "mention", kind: special, text: `@${name}` };
  return { type: "mention", kind: "username", of: name, text: `@${name}` };
}

function endOfName(name: string, ending: string): number {
  let end = name.length;
  while (end > 0 && ending.includes(name.charAt(end - 1))) end--;
  return end;
}

const isTouching = (code: number) => code === 0x40 || isWordOrMark(code);

const isRun = (mark: string, length: number) =>
  mark === "*" ? length <= 3 : mark === "_" ? length === 1 : length === 2;

/** Bold may begin and end within a word, in scripts without spaces it has to; italics would be found in `a_b_c` and `2*3*4`. */
const mayOpen = (text: string, at: number, length: number) =>
  !isSpace(codeAt(text, at + length)) && !(length === 1 && isWord(codeBefore(text, at)));

const address = /www\.|https?:\/\//iy;

function startsAddress(text: string, at: number): boolean {
  address.lastIndex = at;
  return address.test(text);
}
