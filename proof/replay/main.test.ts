import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

test.each([
  ["an unknown option", ["--sped", "3"], "--sped"],
  ["an option without its value", ["--seed"], "--seed"],
  ["a speed of zero", ["--speed", "0"], "--speed"],
  ["a seed that is no number", ["--seed", "x"], "--seed"],
  ["too many kills", ["--kills", "21"], "--kills"],
  ["two logs", ["one.txt", "two.txt"], "two.txt"],
  ["a missing file", ["no-such-log.txt"], "no-such-log.txt"],
  ["a folder", ["."], "."],
])("%s gets one line and exit code 2", async (_, args, named) => {
  await expectRefusal(args, named);
});

test.each([
  ["a file that is no log", "# Notes\n\nhello\n", "line 1"],
  ["a log in which nobody says anything", "=== ada has joined\n", "nothing to play"],
])("%s gets one line and exit code 2", async (_, content, named) => {
  const folder = mkdtempSync(join(tmpdir(), "snug-replay-test-"));
  try {
    const file = join(folder, "log.txt");
    writeFileSync(file, content);
    await expectRefusal([file], named);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a value that begins with - is refused, and not called ambiguous", () =>
  expectRefusal(["--kills", "-1"], "--kills takes no value that begins with -."));

test("--help tells the options", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  for (const option of ["--seed", "--speed", "--kills", "--watchers"])
    expect(out).toContain(option);
});

async function expectRefusal(args: string[], named: string) {
  const { code, out, err } = await run(args);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err.trimEnd().split("\n")).toHaveLength(1);
  expect(err).toContain(named);
}

async function run(args: string[]) {
  const child = Bun.spawn([process.execPath, MAIN, ...args], { stdout: "pipe", stderr: "pipe" });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, out, err };
}
