// Holds docs/protocol.md and the tests together: every served rule is named by a test, and every named rule is served.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Rule = { id: string; served: boolean };

if (import.meta.main) main();

/** Compares the rules of the document with the ids that test sources name; `problems` is empty when they agree. */
export function check(document: string, sources: Map<string, string>) {
  const { rules, problems } = readRules(document);
  const served = new Map(rules.map((rule) => [rule.id, rule.served]));
  const named = new Set<string>();
  for (const [path, source] of sources)
    for (const id of namedIds(source)) {
      named.add(id);
      if (!served.has(id)) problems.push(`${path} names [${id}], which the document does not have`);
      else if (!served.get(id))
        problems.push(`${path} names [${id}], which the document marks as not served`);
    }
  const due = [...served.keys()].filter((id) => served.get(id));
  const unnamed = due.filter((id) => !named.has(id));
  problems.push(...unnamed.map((id) => `no test names [${id}]`));
  const summary = `${served.size} rules, ${due.length} served, ${due.length - unnamed.length} named by tests`;
  return { problems, summary };
}

/** Rules are the lines `- **[RES3]** ✅ text` (served) and `- **[RES3]** ◻ text` (not yet). */
export function readRules(document: string): { rules: Rule[]; problems: string[] } {
  const rules: Rule[] = [];
  const problems: string[] = [];
  for (const [index, line] of document.split("\n").entries()) {
    if (!line.startsWith("- **[")) continue;
    const [, id, mark] = /^- \*\*\[([A-Z]+[1-9]\d*)\]\*\* (✅|◻) \S/.exec(line) ?? [];
    if (!id) problems.push(`line ${index + 1} is not of the form "- **[ID1]** ✅ text"`);
    else if (rules.some((rule) => rule.id === id)) problems.push(`[${id}] is there twice`);
    else rules.push({ id, served: mark === "✅" });
  }
  return { rules, problems };
}

/** The ids in square brackets in the names of a source's tests; skipped, planned and commented-out tests prove nothing. */
export function namedIds(source: string): Set<string> {
  const call =
    /^[ \t]*(?:test|it|describe)(?:\.(?!skip\b|todo\b)\w+(?:\([^]*?\))?)*\(\s*(["'`])(.*?)\1/gm;
  const names = [...source.matchAll(call)].map((match) => match[2] ?? "");
  return new Set(
    names.flatMap((name) => [...name.matchAll(/\[([A-Z]+\d+)\]/g)].map((match) => match[1] ?? "")),
  );
}

function main() {
  if (process.argv.length > 2) {
    console.error("Usage: npm run rules (it takes no arguments)");
    process.exit(process.argv[2] === "--help" ? 0 : 2);
  }
  const root = join(import.meta.dirname, "..");
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const paths = globSync("**/*.test.ts", { cwd: root, exclude: ["**/node_modules/**"] }).toSorted();
  const { problems, summary } = check(
    read("docs/protocol.md"),
    new Map(paths.map((path) => [path, read(path)])),
  );
  for (const problem of problems) console.log(problem);
  console.log(summary);
  process.exitCode = problems.length ? 1 : 0;
}
