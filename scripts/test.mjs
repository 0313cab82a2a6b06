// npm test: brings what it needs, runs every check, and ends with one line
// that counts them. A check that could not run has failed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, constants, setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bun, environment, setUp } from "./setup.mjs";
import { bringValkey } from "./valkey.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

/** What Debian packages bring, by the program that tells they are there. */
const systemPackages = {
  "/usr/bin/chromium": "chromium",
  "/usr/bin/redis-server": "redis-server",
};

setUp("everything");
bringSystemPackages();
bringValkey();

let passed = 0;
let failed = 0;
let impossible = 0;
const failures = [];
const tool = (name) => [bun, "--bun", join(root, "node_modules/.bin", name)];
const browser = ["packages/app/src/e2e", "examples/one-file", "proof/access/xss"];
const reckoning = ["proof/model", "proof/planted", "proof/simulation"];
const asked = process.argv.slice(2);
if (asked.length > 0) {
  await checks();
  await suite(asked);
} else
  // Side by side: what measures time goes first, what waits for a browser takes what that
  // leaves of the processors, and what only reckons takes the rest.
  await Promise.all([
    suite([...browser, ...reckoning].map((part) => `--path-ignore-patterns=${part}/**`)),
    suite(
      browser.map((part) => `${part}/`),
      constants.priority.PRIORITY_BELOW_NORMAL,
    ),
    checks(constants.priority.PRIORITY_LOW).then(() =>
      suite(
        reckoning.map((part) => `${part}/`),
        constants.priority.PRIORITY_LOW,
        // Many short lives in small heaps: what makes long ones quick costs these a third more.
        {
          BUN_JSC_useFTLJIT: "0",
          BUN_JSC_numberOfGCMarkers: "1",
          BUN_JSC_useConcurrentGC: "0",
          BUN_JSC_smallHeapGrowthFactor: "6",
        },
      ),
    ),
  ]);

// Once more at the end, where one looks first: what failed, and what it said.
for (const failure of failures) console.log(`\n${failure}`);
const untried = impossible === 0 ? "" : `, ${impossible} impossible here`;
console.log(`${passed} passed, ${failed} failed${untried}`);
process.exitCode = failed === 0 ? 0 : 1;

async function checks(priority = constants.priority.PRIORITY_NORMAL) {
  await check("format", [bun, "fmt", "--check", "."], priority);
  await check("lint", [...tool("oxlint"), "--type-aware", "--deny-warnings"], priority);
  await check("types", [join(root, "node_modules/.bin/tsc"), "-p", "."], priority);
  await check("rules", [bun, "scripts/rules.ts"], priority);
}

async function check(name, [program, ...args], priority) {
  const start = performance.now();
  const { status, output } = await run(program, args, { quiet: true, priority });
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (status === 0) passed++;
  else failed++;
  if (status !== 0) failures.push(`${name}:\n${output.trimEnd()}`);
  if (status !== 0 && name === "format") failures.push("Write the format with: npm run format");
}

async function suite(which, priority = constants.priority.PRIORITY_NORMAL, env = {}) {
  // One suite is seen as it goes; what the others said follows whole.
  const quiet = priority !== constants.priority.PRIORITY_NORMAL;
  const limits = ["--timeout=60000", `--max-concurrency=${availableParallelism()}`];
  const { status, output } = await run(bun, ["test", ...limits, ...which], {
    quiet,
    priority,
    env,
  });
  if (quiet) process.stdout.write(output);
  const count = (word) =>
    Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
  // A test that was left out has not passed, and a suite that broke has failed.
  const bad = count("fail") + count("skip") + count("todo") + count("errors?");
  // What could not be tried here has not passed either, and its test only says so.
  const untried = [...output.matchAll(/^impossible here: /gm)].length;
  impossible += untried;
  passed += count("pass") - untried;
  const told = failuresIn(output);
  if (status !== 0 && told.length === 0) told.push(output.slice(-2_000));
  failures.push(...told);
  failed += status === 0 || bad > 0 ? bad : 1;
}

/** What failed: its file, and what was printed since the test before it. */
function failuresIn(output) {
  const found = [];
  let file = "";
  let since = [];
  let between = false;
  for (const line of output.split("\n")) {
    if (/^\S+\.test\.tsx?:$/.test(line)) [file, since] = [line, []];
    else if (line.startsWith("(pass) ")) since = [];
    else since.push(line);
    const rule = /^-+$/.test(line) && since.includes("# Unhandled error between tests");
    if (rule) between = !between;
    if (!line.startsWith("(fail) ") && !(rule && !between)) continue;
    // A test that says very much says what matters first or last.
    const told = since.length > 80 ? [...since.slice(0, 40), "…", ...since.slice(-40)] : since;
    found.push([file, ...told].join("\n"));
    since = [];
  }
  return found;
}

function run(program, args, { quiet, priority = constants.priority.PRIORITY_NORMAL, env = {} }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environment, NO_COLOR: "1", ...env },
    });
    if (child.pid !== undefined && priority > 0) setPriority(child.pid, priority);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (!quiet) process.stdout.write(chunk);
      });
    }
    child.on("error", (fault) => resolve({ status: 1, output: String(fault) }));
    child.on("close", (status) => resolve({ status, output }));
  });
}

function bringSystemPackages() {
  const missing = Object.entries(systemPackages).flatMap(([file, name]) =>
    existsSync(file) ? [] : [name],
  );
  if (missing.length === 0) return;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, "apt-get", ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(program, rest, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  console.log(`Installing the system packages that tests need: ${missing.join(", ")} …`);
  if (apt("update") && apt("install", "-y", "--no-install-recommends", ...missing)) return;
  console.error(
    `The tests need these system packages; install them and try again: ${missing.join(" ")}`,
  );
  process.exit(1);
}
