/** One change to a program, small enough that a good test notices it. */
export interface Mutant {
  /** What became what, and in which line. */
  readonly name: string;
  readonly source: string;
}

/** Words of which each may stand where another of its family does. */
const FAMILIES = [
  ["allowed", "denied", "hidden"],
  ["owner", "moderator", "member", "reader"],
  ["public", "private", "direct", "ephemeral"],
  ["all", "post", "read"],
  "read join leave post edit delete pin mark invite add moderate appoint change clear destroy".split(
    " ",
  ),
];

/** What may stand where another does. `null`: nothing may. */
const EXCHANGES: readonly (readonly [from: RegExp, to: readonly string[]])[] = [
  [/===/g, ["!=="]],
  [/!==/g, ["==="]],
  [/&&/g, ["||"]],
  [/\|\|/g, ["&&"]],
  [/(?<=\s)>=(?=\s)/g, [">", "<", "<=", "===", "!=="]],
  [/!(?=[a-z(])/g, [""]],
  [/\btrue\b/g, ["false"]],
  [/\bfalse\b/g, ["true"]],
  [/\bnull\b/g, ["undefined"]],
  [/(?<=: )\d(?=[ ,}])/g, ["0", "1", "2", "3", "4", "5"]],
  [/\bbanned\b(?=\))/g, ["!banned"]],
  [/\barchived\b(?= &&|;)/g, ["true", "false"]],
  [/\bkind\b(?= [=!]==)/g, ["role"]],
  [/\brole\b(?= [=!]==|,)/g, ["kind"]],
  [/\btarget\b(?= )/g, ["role"]],
  [/\badmin\b(?= &&|;)/g, ["true", "false"]],
];

/** Every program that differs from this one in one place. Types and comments stay as they are. */
export function mutants(source: string): Mutant[] {
  const found = new Map<string, Mutant>();
  const code = blankOut(source);
  const change = (start: number, end: number, text: string) => {
    const was = source.slice(start, end);
    const mutant = source.slice(0, start) + text + source.slice(end);
    if (was === text || !isProgram(mutant)) return;
    const line = source.slice(0, start).split("\n").length;
    const flat = (words: string) => words.replace(/\s+/g, " ").trim();
    found.set(mutant, {
      name: `line ${line}: ${flat(was)} → ${flat(text) || "nothing"}`,
      source: mutant,
    });
  };

  for (const [from, to] of EXCHANGES)
    for (const match of code.matchAll(from))
      for (const text of to) change(match.index, match.index + match[0].length, text);

  for (const match of code.matchAll(/"([a-z]+)"/g))
    for (const family of FAMILIES)
      if (family.includes(match[1] ?? ""))
        for (const word of family)
          change(match.index, match.index + match[0].length, JSON.stringify(word));

  // Statements that are dropped, turned round, or always the case.
  for (const match of code.matchAll(/\bif \((.*)\) (return [^;]+;)/g)) {
    const [whole, condition = ""] = match;
    change(match.index, match.index + whole.length, "");
    const start = match.index + "if (".length;
    for (const text of [`!(${condition})`, "true", "false"])
      change(start, start + condition.length, text);
    operands(start, condition);
  }
  for (const match of code.matchAll(/\breturn ([^;]+);/g)) {
    const expression = match[1] ?? "";
    const start = match.index + "return ".length;
    for (const text of ["true", "false", `!(${expression})`])
      change(start, start + expression.length, text);
    operands(start, expression);
    const choice = /^(.*\?)(?!\?)(.*)( :)(.*)$/s.exec(expression);
    if (choice) {
      const [, condition = "", yes = "", , no = ""] = choice;
      change(start, start + expression.length, `${condition}${no} :${yes}`);
    }
  }
  // Cases that fall through to the next.
  for (const match of code.matchAll(/case "[a-z]+":\n\s+(return [^;]+;)/g)) {
    const body = match[1] ?? "";
    const end = match.index + match[0].length;
    change(end - body.length, end, "");
  }
  for (const match of code.matchAll(/^\s+case "[a-z]+":$/gm))
    change(match.index, match.index + match[0].length, "");
  return [...found.values()];

  /** Each part of a condition, dropped. */
  function operands(offset: number, expression: string): void {
    let depth = 0;
    let last = 0;
    const parts: { start: number; end: number }[] = [];
    for (let at = 0; at <= expression.length; at++) {
      const char = expression[at];
      if (char === "(") depth++;
      if (char === ")") depth--;
      const isEnd = at === expression.length;
      const isOperator = depth === 0 && /^(&&|\|\||\?(?!\?)| : )/.test(expression.slice(at));
      if (!isEnd && !isOperator) continue;
      parts.push({ start: last, end: at });
      last = at + 2;
    }
    for (const [index, { start, end }] of parts.entries()) {
      const isLast = index === parts.length - 1;
      if (parts.length < 2) return;
      // With the operator that stands after it, or before the last.
      const from = isLast ? start - 2 : start;
      change(offset + from, offset + (isLast ? end : end + 2), isLast ? "" : " ");
    }
  }
}

/** The same text with blanks for comments and types, so that places stay the same. */
function blankOut(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  return source
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, blank)
    .replace(/^import .*$/gm, blank)
    .replace(/^export type [\s\S]*?;$/gm, blank)
    .replace(/^export interface [\s\S]*?^\}$/gm, blank)
    .replace(/(?<=\n)(export )?function [\s\S]*?\{\n/g, blank);
}

const transpiler = new Bun.Transpiler({ loader: "ts" });

function isProgram(source: string): boolean {
  try {
    transpiler.transformSync(source);
    return true;
  } catch {
    return false;
  }
}
