import { endInBrackets, endOfAddress, toHref, toLabelHref } from "./address.ts";
import { limits } from "../limit.ts";
import { codeAt, codeBefore, isSpace, isWord, isWordOrMark } from "./letters.ts";
import { isVisible } from "../plain-text.ts";
import type { Inline, Mention, Style } from "./tree.ts";

/** Marks that may be open at one time; of more, the oldest stay text. It bounds how deep nodes lie in one another. */
const MOST_OPEN = 16;

/** `*`, `**`, `_` or `~~`: a run of them, of which some open and some close a style. */
interface Run {
  readonly type: "run";
  readonly mark: string;
  /** Those that found no partner, and are text. */
  left: number;
  /** The innermost first; most close nothing. */
  closes: readonly Style[] | null;
  /** How many it opens. */
  opens: number;
}
/** A `[`, which begins a link when the end of one is found. */
interface Label {
  readonly type: "label";
  readonly at: number;
  href: string | null;
}
/** A string is text: there are as many of them as marks. */
type Piece = string | Inline | Run | Label | { readonly type: "label-end" };

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
  scan(text.slice(start), pieces);
  return toTree(pieces);
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
  const open: (Run | Label)[] = [];
  const closerOf = codeCloser(text);
  let lastLink = -1;
  let written = 0;
  let at = 0;

  /** What stands before `at` is text, and `piece` goes on to `end`. */
  const put = (piece: Piece | null, end: number) => {
    if (at > written) pieces.push(text.slice(written, at));
    if (piece) pieces.push(piece);
    at = written = end;
  };
  const keepOpen = (mark: Run | Label) => {
    if (open.push(mark) > MOST_OPEN) open.shift();
  };

  for (at = nextMark(text, at); at < text.length; at = nextMark(text, at)) {
    switch (text.charAt(at)) {
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
        const mention = idAt(text, at) ?? nameAt(text, at, open);
        if (mention) put(mention, at + mention.text.length);
        else at++;
        break;
      }
      case "*":
      case "_":
      case "~": {
        const length = runLength(text, at);
        const run = runAt(text, at, length, open);
        if (run === null) at += length;
        else {
          if (run.left > 0 && mayOpen(text, at, length)) keepOpen(run);
          put(run, at + length);
        }
        break;
      }
      case "[": {
        const label: Label = { type: "label", at, href: null };
        keepOpen(label);
        put(label, at + 1);
        break;
      }
      case "]": {
        const index = open.findLastIndex((mark) => mark.type === "label");
        const label = open[index];
        if (label?.type !== "label") {
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
          open.splice(index, 1);
          at++;
          break;
        }
        open.length = index;
        label.href = href;
        lastLink = at;
        put({ type: "label-end" }, end + 1);
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
  if (!text.startsWith("<@", at)) return null;
  idMention.lastIndex = at;
  const found = idMention.exec(text);
  return found && { type: "mention", kind: "id", of: found[1] ?? "", text: found[0] };
}

function nameAt(text: string, at: number, open: readonly (Run | Label)[]): Mention | null {
  if (text.charAt(at) !== "@") return null;
  nameMention.lastIndex = at;
  let name = nameMention.exec(text)?.[1] ?? "";
  const end = at + 1 + name.length;
  // An e-mail address, a path, or a name of elsewhere (`@ada@example.org`).
  if (isTouching(codeBefore(text, at)) || "/_<".includes(text.charAt(at - 1) || " ")) return null;
  if (isTouching(codeAt(text, end))) return null;
  // The stop ends the sentence, and `_` what is written in italics.
  const closes = open.some((mark) => mark.type === "run" && mark.mark === "_");
  name = name.slice(0, endOfName(name, closes ? ".-_" : ".-"));
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

/** Most runs close one, so these are shared. */
const alone = { bold: ["bold"], italic: ["italic"], strike: ["strike"] } as const;

/** The run at `at`, after it closed what it can; `null` where it is text. */
function runAt(text: string, at: number, length: number, open: (Run | Label)[]): Run | null {
  const mark = text.charAt(at);
  if (length > 3 || (mark === "_" && length > 1) || (mark === "~" && length !== 2)) return null;
  const run: Run = { type: "run", mark, left: length, closes: null, opens: 0 };
  if (isSpace(codeBefore(text, at))) return run;
  while (run.left > 0) {
    const index = indexOfOpener(open, run);
    const opener = open[index];
    if (opener?.type !== "run") break;
    if (run.left === 1 && isWord(codeAt(text, at + length))) break;
    const count = Math.min(opener.left, run.left, 2);
    const style = mark === "~" ? "strike" : count === 2 ? "bold" : "italic";
    opener.opens++;
    run.closes = run.closes === null ? alone[style] : [...run.closes, style];
    opener.left -= count;
    run.left -= count;
    open.length = opener.left > 0 ? index + 1 : index;
  }
  return run;
}

/** One closes one, and two close two; three close either, as three may be closed by either. */
function indexOfOpener(open: readonly (Run | Label)[], { mark, left }: Run): number {
  for (let index = open.length - 1; index >= 0; index--) {
    const opener = open[index];
    if (opener?.type !== "run" || opener.mark !== mark) continue;
    if (left === 3 || opener.left === 3 || opener.left === left) return index;
  }
  return -1;
}

/** Bold may begin and end within a word, in scripts without spaces it has to; italics would be found in `a_b_c` and `2*3*4`. */
const mayOpen = (text: string, at: number, length: number) =>
  !isSpace(codeAt(text, at + length)) && !(length === 1 && isWord(codeBefore(text, at)));

const address = /www\.|https?:\/\//iy;

function startsAddress(text: string, at: number): boolean {
  address.lastIndex = at;
  return address.test(text);
}

function toTree(pieces: readonly Piece[]): readonly Inline[] {
  let children: Inline[] = [];
  let text = "";
  const outer: Inline[][] = [];
  const hrefs: string[] = [];
  const flush = () => {
    if (text !== "") children.push({ type: "text", text });
    text = "";
  };
  const begin = () => {
    flush();
    outer.push(children);
    children = [];
  };
  /** What was begun last is whole: what it holds is the return value, and it goes to where it was begun. */
  const end = () => {
    flush();
    const inner = children;
    children = outer.pop() ?? [];
    return inner;
  };
  for (const piece of pieces) {
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    switch (piece.type) {
      case "run": {
        const { closes, left, mark } = piece;
        for (const type of closes ?? []) {
          const inner = end();
          children.push({ type, children: inner });
        }
        if (left > 0) text += left === 1 ? mark : mark.repeat(left);
        for (let opened = 0; opened < piece.opens; opened++) begin();
        break;
      }
      case "label":
        if (piece.href === null) text += "[";
        else {
          hrefs.push(piece.href);
          begin();
        }
        break;
      case "label-end": {
        const inner = end();
        children.push({ type: "link", href: hrefs.pop() ?? "", bare: false, children: inner });
        break;
      }
      case "text":
      case "code":
      case "mention":
      case "link":
      case "bold":
      case "italic":
      case "strike":
        flush();
        children.push(piece);
    }
  }
  flush();
  return children;
}
