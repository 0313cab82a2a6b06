import { expect, test } from "bun:test";
import { join } from "node:path";
import { check, namedIds, readRules } from "./rules.ts";

const served = (id: string) => `- **[${id}]** ✅ Something holds.\n`;
const planned = (id: string) => `- **[${id}]** ◻ Something will hold.\n`;
const proof = (...ids: string[]) =>
  `test("${ids.map((id) => `[${id}]`).join(" ")} it holds", () => {});\n`;
const sources = (text: string) => new Map([["a.test.ts", text]]);

test("rules and their marks are read, and nothing else", () => {
  const document = `# Title\n[RES9] in a sentence\n${served("RES1")}${planned("RES10")}`;
  expect(readRules(document)).toEqual({
    rules: [
      { id: "RES1", served: true },
      { id: "RES10", served: false },
    ],
    problems: [],
  });
});

test("a rule without a mark, with two ids alike or of another form is a problem", () => {
  const document = `- **[ORD1]** text\n- **[ord2]** ✅ text\n${served("ORD3")}${planned("ORD3")}`;
  expect(readRules(document).problems).toEqual([
    'line 1 is not of the form "- **[ID1]** ✅ text"',
    'line 2 is not of the form "- **[ID1]** ✅ text"',
    "[ORD3] is there twice",
  ]);
});

test("ids are found in every form of a test's name", () => {
  const id = (n: number) => `[${"SLO"}${n}]`;
  const source = [
    `test("${id(1)} ${id(2)} two", () => {});`,
    `  it('${id(3)} single quotes', () => {});`,
    `describe(\`${id(4)} \${door}\`, () => {});`,
    `test(\n  "${id(5)} wrapped by the formatter",\n  () => {},\n);`,
    `test.each([f(1),\n  f(2)])("${id(6)} %p", () => {});`,
    `test.if(linux)("${id(7)} only here", () => {});`,
    `test.skip("${id(90)} skipped", () => {});`,
    `test.todo("${id(91)} planned");`,
    `// test("${id(92)} commented out", () => {});`,
    `expect("${id(93)}").toBe("not a name");`,
  ].join("\n");
  expect([...namedIds(source)]).toEqual(["SLO1", "SLO2", "SLO3", "SLO4", "SLO5", "SLO6", "SLO7"]);
});

test("document and tests that agree have no problems", () => {
  const document = served("ORD1") + served("ORD2") + planned("ORD3");
  expect(check(document, sources(proof("ORD1", "ORD2")))).toEqual({
    problems: [],
    summary: "3 rules, 2 served, 2 named by tests",
  });
});

test("a served rule without a test, an unknown id and a rule not served are problems", () => {
  const document = served("ORD1") + served("ORD2") + planned("ORD3");
  expect(check(document, sources(proof("ORD2") + proof("ORD3") + proof("ORD4")))).toEqual({
    problems: [
      "a.test.ts names [ORD3], which the document marks as not served",
      "a.test.ts names [ORD4], which the document does not have",
      "no test names [ORD1]",
    ],
    summary: "3 rules, 2 served, 1 named by tests",
  });
});

test.each([
  ["rules.ts", "--help", 0],
  ["rules.ts", "--nope", 2],
  ["sizes.ts", "--help", 0],
  ["sizes.ts", "--nope", 2],
  ["pack-sdk.ts", "--help", 0],
  ["pack-sdk.ts", "--nope", 2],
  ["../packages/app/src/function/build.ts", "--help", 0],
  ["../packages/app/src/function/build.ts", "--nope", 2],
])("%s %s gets one line of usage and exit code %i", (script, argument, code) => {
  const run = Bun.spawnSync([process.execPath, join(import.meta.dirname, script), argument]);
  expect([run.exitCode, run.stdout.toString()]).toEqual([code, ""]);
  expect(run.stderr.toString()).toMatch(/^Usage: .*\n$/);
});

test("whoever asks for the usage of the formatter has nothing written", () => {
  const run = Bun.spawnSync(["node", join(import.meta.dirname, "format.mjs"), "--help"]);
  expect([run.exitCode, run.stdout.toString()]).toEqual([0, ""]);
  expect(run.stderr.toString()).toMatch(/^Usage: .*\n$/);
});
