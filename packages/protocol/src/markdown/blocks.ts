import { parseInline } from "./inline.ts";
import { isSpace } from "./letters.ts";
import type { Block } from "./tree.ts";

/** Quotes and lists in one another at most; deeper marks stay text. */
const DEEPEST = 6;

/**
 * Reads a message's text, any text, as the rules in docs/protocol.md (Text) say. What
 * is not understood stays as it was written. Costs time in line with the text's length.
 */
export const parseMarkdown = (text: string): readonly Block[] =>
  text === "" ? [] : parseLines(text.split("\n"), 0);

function parseLines(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = [];
  const fences = longestFences(lines);
  /** Where the lines begin that are of no block yet. */
  let plain = 0;
  let at = 0;
  while (at < lines.length) {
    const found = blockAt(lines, at, depth, fences);
    if (!found) {
      at++;
      continue;
    }
    if (at > plain) pushParagraph(blocks, lines, plain, at);
    blocks.push(found.block);
    plain = at = found.next;
  }
  if (at > plain) pushParagraph(blocks, lines, plain, at);
  return blocks;
}

interface Found {
  readonly block: Block;
  /** The line after it. */
  readonly next: number;
}

function blockAt(
  lines: readonly string[],
  at: number,
  depth: number,
  fences: readonly number[],
): Found | null {
  const line = lines[at] ?? "";
  const first = line.charAt(indentOf(line));
  if (first === "`") return codeBlockAt(lines, at, fences);
  if (depth === DEEPEST) return null;
  return first === ">" ? quoteAt(lines, at, depth) : listAt(lines, at, depth);
}

const isBlank = (line: string) => line.trim() === "";

/** Blank lines beside another block only set it apart. */
function pushParagraph(blocks: Block[], lines: readonly string[], from: number, to: number): void {
  let start = from;
  let end = to;
  if (from > 0) while (start < end && isBlank(lines[start] ?? "")) start++;
  if (to < lines.length) while (end > start && isBlank(lines[end - 1] ?? "")) end--;
  if (start === end) return;
  const text = end - start === 1 ? (lines[start] ?? "") : lines.slice(start, end).join("\n");
  blocks.push({ type: "paragraph", children: parseInline(text) });
}

const language = /^[\w+#.-]{1,32}$/;

/**
 * For each line the longest run of backticks that ends one of the lines after it:
 * where none is long enough, nobody has to look for it.
 */
function longestFences(lines: readonly string[]): readonly number[] {
  const longest: number[] = [];
  if (lines.length < 2 || !lines.some((line) => line.includes("```"))) return longest;
  let most = 0;
  for (let at = lines.length - 1; at >= 0; at--) {
    longest[at] = most;
    most = Math.max(most, fenceAtEnd(lines[at] ?? ""));
  }
  return longest;
}

function fenceAtEnd(line: string): number {
  if (!line.includes("```")) return 0;
  const end = line.trimEnd().length;
  let start = end;
  while (start > 0 && line.charAt(start - 1) === "`") start--;
  return end - start;
}

function codeBlockAt(
  lines: readonly string[],
  at: number,
  closable: readonly number[],
): Found | null {
  const line = (lines[at] ?? "").trimEnd();
  const start = indentOf(line);
  let open = start;
  while (line.charAt(open) === "`") open++;
  const length = open - start;
  if (length < 3 || start > 3) return null;
  const rest = line.slice(open);
  const tick = rest.indexOf("`");
  // One line alone: ```code```
  if (tick > 0 && tick === rest.length - length && fenceAtEnd(rest) === length)
    return { block: codeBlock(null, [rest.slice(0, tick)]), next: at + 1 };
  if (tick !== -1 || (closable[at] ?? 0) < length) return null;
  let end = at + 1;
  while (fenceAtEnd(lines[end] ?? "") < length) end++;
  const last = (lines[end] ?? "").trimEnd();
  const code = lines.slice(at + 1, end);
  const left = last.slice(0, last.length - fenceAtEnd(last));
  if (!isBlank(left)) code.push(left);
  const word = rest.trim();
  if (language.test(word)) return { block: codeBlock(word, code), next: end + 1 };
  return { block: codeBlock(null, word === "" ? code : [rest, ...code]), next: end + 1 };
}

const codeBlock = (language: string | null, lines: readonly string[]): Block => ({
  type: "code-block",
  language,
  text: lines.join("\n"),
});

function indentOf(line: string): number {
  let at = 0;
  while (line.charAt(at) === " ") at++;
  return at;
}

// With a blank after it: `>_<` and `>5` are no quotes.
const quote = /^ {0,3}>+(?:\s|$)/;
// The first line says something, so that no run of empty ones is looked through from each of them.
const quoteStart = /^ {0,3}>+\s[\s>]*[^\s>]/;

function quoteAt(lines: readonly string[], at: number, depth: number): Found | null {
  if (!quoteStart.test(lines[at] ?? "")) return null;
  let next = at + 1;
  while (next < lines.length && quote.test(lines[next] ?? "")) next++;
  const inner = lines.slice(at, next).map(withoutQuoteMark);
  return { block: { type: "quote", children: parseLines(inner, depth + 1) }, next };
}

function withoutQuoteMark(line: string): string {
  const after = indentOf(line) + 1;
  return line.slice(line.charAt(after) === " " ? after + 1 : after);
}

/** `-`, `*` or a number with a dot, up to what the item says. */
interface ItemMark {
  readonly indent: number;
  /** From the line's beginning, with the blanks after it. */
  readonly length: number;
  readonly number: number | null;
}

function listAt(lines: readonly string[], first: number, depth: number): Found | null {
  let mark = markOf(lines[first]);
  if (!mark) return null;
  const { indent, number: start } = mark;
  const items: (readonly Block[])[] = [];
  let at = first;
  while (mark && (mark.number === null) === (start === null)) {
    const own = [(lines[at] ?? "").slice(mark.length)];
    at++;
    let next = afterBlanks(lines, at);
    for (; next < lines.length; next = afterBlanks(lines, at)) {
      const inner = withoutIndent(lines[next] ?? "", indent + 2, mark.length);
      if (inner === null) break;
      own.push(...lines.slice(at, next), inner);
      at = next + 1;
    }
    items.push(parseLines(own, depth + 1));
    mark = markOf(lines[next]);
    if (mark) at = next;
  }
  return { block: { type: "list", start, items }, next: at };
}

// By hand: an expression with groups costs more than all else that a line costs.
function markOf(line = ""): ItemMark | null {
  const indent = indentOf(line);
  if (indent > 3) return null;
  let at = indent;
  let number: number | null = null;
  const first = line.charAt(at);
  if (first === "-" || first === "*") at++;
  else {
    while (at - indent < 9 && isDigit(line.charAt(at))) at++;
    if (at === indent || line.charAt(at) !== ".") return null;
    number = Number(line.slice(indent, at));
    at++;
  }
  const end = at;
  while (line.charAt(at) === " " || line.charAt(at) === "\t") at++;
  const saysSomething = at > end && at < line.length && !isSpace(line.charCodeAt(at));
  return saysSomething ? { indent, length: at, number } : null;
}

const isDigit = (character: string) => character >= "0" && character <= "9";

function afterBlanks(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && isBlank(lines[next] ?? "")) next++;
  return next;
}

/** What belongs to an item stands further in than its mark. */
function withoutIndent(line: string, least: number, most: number): string | null {
  if (line.startsWith("\t")) return line.slice(1);
  const indent = indentOf(line);
  return indent < least ? null : line.slice(Math.min(indent, most));
}
