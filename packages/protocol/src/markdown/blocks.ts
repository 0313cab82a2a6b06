import { parseInline } from "./inline.ts";
import { isSpace } from "./letters.ts";
import type { Block } from "./tree.ts";

/** Quotes and lists in one another at most; deeper marks stay text. */
const DEEPEST = 6;

/**
 * The lines of a text, by where they begin and end in it. A quote or a list takes its
 * marks off the lines that it holds by moving their beginnings: nothing is copied.
 */
interface Lines {
  readonly text: string;
  readonly begins: number[];
  readonly ends: number[];
  /**
   * For each line the longest run of backticks that ends one of those after it: where
   * none is long enough, nobody has to look for it.
   */
  readonly fences: number[];
}

/**
 * Reads a message's text, any text, as the rules in docs/protocol.md (Text) say. What
 * is not understood stays as it was written. Costs time in line with the text's length.
 */
export function parseMarkdown(text: string): readonly Block[] {
  if (text === "") return [];
  const lines = linesOf(text);
  return parseLines(lines, 0, lines.begins.length, 0);
}

function linesOf(text: string): Lines {
  const begins = [0];
  const ends: number[] = [];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    ends.push(at);
    begins.push(at + 1);
  }
  ends.push(text.length);
  return { text, begins, ends, fences: text.includes("```") ? begins.map(() => 0) : [] };
}

const beginOf = (lines: Lines, at: number) => lines.begins[at] ?? 0;
const endOf = (lines: Lines, at: number) => lines.ends[at] ?? 0;
const lineOf = (lines: Lines, at: number) => lines.text.slice(beginOf(lines, at), endOf(lines, at));

/** Of the lines from `first` up to `end`. */
function parseLines(lines: Lines, first: number, end: number, depth: number): readonly Block[] {
  const blocks: Block[] = [];
  if (lines.fences.length > 0) lookForFences(lines, first, end);
  /** Where the lines begin that are of no block yet. */
  let plain = first;
  let at = first;
  while (at < end) {
    const found = blockAt(lines, at, end, depth);
    if (!found) {
      at++;
      continue;
    }
    if (at > plain) pushParagraph(blocks, lines, plain, at, plain > first, true);
    blocks.push(found.block);
    plain = at = found.next;
  }
  if (at > plain) pushParagraph(blocks, lines, plain, at, plain > first, false);
  return blocks;
}

interface Found {
  readonly block: Block;
  /** The line after it. */
  readonly next: number;
}

function blockAt(lines: Lines, at: number, end: number, depth: number): Found | null {
  const start = beginOf(lines, at);
  const mark = afterSpaces(lines, at);
  if (mark === endOf(lines, at)) return null;
  const first = lines.text.charAt(mark);
  if (first === "`") return codeBlockAt(lines, at, mark - start);
  if (depth === DEEPEST || mark - start > 3) return null;
  return first === ">" ? quoteAt(lines, at, end, depth) : listAt(lines, at, end, depth);
}

/** Where the line's indent ends. */
function afterSpaces({ text, begins, ends }: Lines, line: number): number {
  const end = ends[line] ?? 0;
  let at = begins[line] ?? 0;
  while (at < end && text.charCodeAt(at) === SPACE) at++;
  return at;
}

const SPACE = 0x20;
const GREATER = 0x3e;

function isBlank({ text, begins, ends }: Lines, line: number): boolean {
  const end = ends[line] ?? 0;
  let at = begins[line] ?? 0;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at === end;
}

/** Blank lines beside another block only set it apart. */
function pushParagraph(
  blocks: Block[],
  lines: Lines,
  from: number,
  to: number,
  isAfter: boolean,
  isBefore: boolean,
): void {
  let start = from;
  let end = to;
  if (isAfter) while (start < end && isBlank(lines, start)) start++;
  if (isBefore) while (end > start && isBlank(lines, end - 1)) end--;
  if (start === end) return;
  blocks.push({ type: "paragraph", children: parseInline(textOf(lines, start, end)) });
}

/** What the lines from `first` up to `end` say without the marks taken off. */
function textOf(lines: Lines, first: number, end: number): string {
  let at = first + 1;
  while (at < end && beginOf(lines, at) === endOf(lines, at - 1) + 1) at++;
  const begin = beginOf(lines, first);
  if (at >= end) return lines.text.slice(begin, endOf(lines, end - 1));
  return Array.from({ length: end - first }, (_, index) => lineOf(lines, first + index)).join("\n");
}

const language = /^[\w+#.-]{1,32}$/;

function lookForFences(lines: Lines, first: number, end: number): void {
  let most = 0;
  for (let at = end - 1; at >= first; at--) {
    lines.fences[at] = most;
    most = Math.max(most, fenceAtEnd(lineOf(lines, at)));
  }
}

function fenceAtEnd(line: string): number {
  if (!line.includes("```")) return 0;
  const end = line.trimEnd().length;
  let start = end;
  while (start > 0 && line.charAt(start - 1) === "`") start--;
  return end - start;
}

function codeBlockAt(lines: Lines, at: number, start: number): Found | null {
  if (start > 3 || lines.fences.length === 0) return null;
  const line = lineOf(lines, at).trimEnd();
  let open = start;
  while (line.charAt(open) === "`") open++;
  const length = open - start;
  if (length < 3) return null;
  const rest = line.slice(open);
  const tick = rest.indexOf("`");
  // One line alone: ```code```
  if (tick > 0 && tick === rest.length - length && fenceAtEnd(rest) === length)
    return { block: codeBlock(null, [rest.slice(0, tick)]), next: at + 1 };
  if (tick !== -1 || (lines.fences[at] ?? 0) < length) return null;
  const code: string[] = [];
  let end = at + 1;
  for (; fenceAtEnd(lineOf(lines, end)) < length; end++) code.push(lineOf(lines, end));
  const last = lineOf(lines, end).trimEnd();
  const left = last.slice(0, last.length - fenceAtEnd(last));
  if (left.trim() !== "") code.push(left);
  const word = rest.trim();
  if (language.test(word)) return { block: codeBlock(word, code), next: end + 1 };
  return { block: codeBlock(null, word === "" ? code : [rest, ...code]), next: end + 1 };
}

const codeBlock = (language: string | null, lines: readonly string[]): Block => ({
  type: "code-block",
  language,
  text: lines.join("\n"),
});

/** Where the line's quote mark ends, or -1. There is a blank after it: `>_<` and `>5` are no quotes. */
function afterQuoteMark(lines: Lines, line: number): number {
  const { text } = lines;
  const end = endOf(lines, line);
  let at = afterSpaces(lines, line);
  const start = at;
  if (start - beginOf(lines, line) > 3) return -1;
  while (at < end && text.charCodeAt(at) === GREATER) at++;
  return at > start && (at === end || isSpace(text.charCodeAt(at))) ? at : -1;
}

function quoteAt(lines: Lines, first: number, end: number, depth: number): Found | null {
  // The first line says something, so that no run of empty ones is looked through from each of them.
  if (!saysSomething(lines, first, afterQuoteMark(lines, first))) return null;
  let next = first + 1;
  while (next < end && afterQuoteMark(lines, next) !== -1) next++;
  for (let at = first; at < next; at++) {
    const after = afterSpaces(lines, at) + 1;
    const hasSpace = after < endOf(lines, at) && lines.text.charCodeAt(after) === SPACE;
    lines.begins[at] = hasSpace ? after + 1 : after;
  }
  return { block: { type: "quote", children: parseLines(lines, first, next, depth + 1) }, next };
}

/** Whether the line has more than blanks and quote marks from `from` on. */
function saysSomething({ text, ends }: Lines, line: number, from: number): boolean {
  if (from === -1) return false;
  const end = ends[line] ?? 0;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code !== GREATER && !isSpace(code)) return true;
  }
  return false;
}

/** `-`, `*` or a number with a dot, up to what the item says. */
interface ItemMark {
  readonly indent: number;
  /** From the line's beginning, with the blanks after it. */
  readonly length: number;
  readonly number: number | null;
}

function listAt(lines: Lines, first: number, end: number, depth: number): Found | null {
  let mark = markOf(lines, first);
  if (!mark) return null;
  const { indent, number: start } = mark;
  const items: (readonly Block[])[] = [];
  let at = first;
  while (mark && (mark.number === null) === (start === null)) {
    const item = at;
    lines.begins[at] = beginOf(lines, at) + mark.length;
    at++;
    let next = afterBlanks(lines, at, end);
    for (; next < end; next = afterBlanks(lines, at, end)) {
      if (!takeIndent(lines, next, indent + 2, mark.length)) break;
      at = next + 1;
    }
    items.push(parseLines(lines, item, at, depth + 1));
    mark = next < end ? markOf(lines, next) : null;
    if (mark) at = next;
  }
  return { block: { type: "list", start, items }, next: at };
}

// By hand: an expression with groups costs more than all else that a line costs.
function markOf(lines: Lines, line: number): ItemMark | null {
  const { text } = lines;
  const begin = beginOf(lines, line);
  const end = endOf(lines, line);
  let at = afterSpaces(lines, line);
  const indent = at - begin;
  if (indent > 3 || at === end) return null;
  let number: number | null = null;
  const first = text.charAt(at);
  if (first === "-" || first === "*") at++;
  else {
    const digits = at;
    while (at < end && at - digits < 9 && isDigit(text.charCodeAt(at))) at++;
    if (at === digits || at === end || text.charAt(at) !== ".") return null;
    number = Number(text.slice(digits, at));
    at++;
  }
  const marked = at;
  while (at < end && isSpaceOrTab(text.charCodeAt(at))) at++;
  const says = at > marked && at < end && !isSpace(text.charCodeAt(at));
  return says ? { indent, length: at - begin, number } : null;
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const isSpaceOrTab = (code: number) => code === SPACE || code === 0x09;

function afterBlanks(lines: Lines, at: number, end: number): number {
  let next = at;
  while (next < end && isBlank(lines, next)) next++;
  return next;
}

/** What belongs to an item stands further in than its mark; the line is left as it was if it does not. */
function takeIndent(lines: Lines, line: number, least: number, most: number): boolean {
  const begin = beginOf(lines, line);
  if (begin < endOf(lines, line) && lines.text.charAt(begin) === "\t") {
    lines.begins[line] = begin + 1;
    return true;
  }
  const indent = afterSpaces(lines, line) - begin;
  if (indent < least) return false;
  lines.begins[line] = begin + Math.min(indent, most);
  return true;
}
