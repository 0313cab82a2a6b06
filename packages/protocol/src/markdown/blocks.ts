import { parseInline } from "./inline.ts";
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
  const flush = (isLast: boolean) => {
    const paragraph = toParagraph(lines.slice(plain, at), plain > 0, !isLast);
    if (paragraph) blocks.push(paragraph);
  };
  while (at < lines.length) {
    const found = blockAt(lines, at, depth, fences);
    if (!found) {
      at++;
      continue;
    }
    flush(false);
    blocks.push(found.block);
    plain = at = found.next;
  }
  flush(true);
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
function toParagraph(
  lines: readonly string[],
  isAfterBlock: boolean,
  isBeforeBlock: boolean,
): Block | null {
  let start = 0;
  let end = lines.length;
  if (isAfterBlock) while (start < end && isBlank(lines[start] ?? "")) start++;
  if (isBeforeBlock) while (end > start && isBlank(lines[end - 1] ?? "")) end--;
  if (start === end) return null;
  return { type: "paragraph", children: parseInline(lines.slice(start, end).join("\n")) };
}

const language = /^[\w+#.-]{1,32}$/;

/**
 * For each line the longest run of backticks that ends one of the lines after it:
 * where none is long enough, nobody has to look for it.
 */
function longestFences(lines: readonly string[]): readonly number[] {
  const longest: number[] = [];
  if (!lines.some((line) => line.includes("```"))) return longest;
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
  const inner = lines.slice(at, next).map((line) => line.replace(/^ {0,3}> ?/, ""));
  return { block: { type: "quote", children: parseLines(inner, depth + 1) }, next };
}

const itemMark = /^( {0,3})(?:[-*]|(\d{1,9})\.)[ \t]+(?=\S)/;

function listAt(lines: readonly string[], first: number, depth: number): Found | null {
  let mark = markOf(lines[first]);
  if (!mark) return null;
  const indent = mark[1]?.length ?? 0;
  const start = mark[2] === undefined ? null : Number(mark[2]);
  const items: (readonly Block[])[] = [];
  let at = first;
  while (mark && (mark[2] === undefined) === (start === null)) {
    const own = [(lines[at] ?? "").slice(mark[0].length)];
    at++;
    let next = afterBlanks(lines, at);
    for (; next < lines.length; next = afterBlanks(lines, at)) {
      const inner = withoutIndent(lines[next] ?? "", indent + 2, mark[0].length);
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

function markOf(line = ""): RegExpExecArray | null {
  const first = line.charAt(indentOf(line));
  if (first !== "-" && first !== "*" && !(first >= "0" && first <= "9")) return null;
  return itemMark.exec(line);
}

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
