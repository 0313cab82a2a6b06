// Installs what is needed, with Node.js and npm alone: npm brings the pinned
// Bun into runtime/, Bun brings the rest by its lock file. Does nothing, and
// asks nobody, when all is there.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
export const bun = join(root, "runtime/node_modules/bun/bin/bun.exe");

/** @param {"start" | "everything"} need what the product needs, or all that its development needs */
export function setUp(need) {
  const runtime = stampOf("runtime/package.json");
  once("runtime/node_modules/.snug", runtime, () => {
    console.log("Installing the runtime …");
    run("npm", [
      "install",
      "--prefix",
      "runtime",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ]);
  });
  const all = stampOf("bun.lock") + runtime;
  if (need === "start" && isDone("node_modules/.snug", `${all} everything`)) return;
  once("node_modules/.snug", `${all} ${need}`, () => {
    console.log("Installing packages …");
    run(bun, [
      "install",
      "--frozen-lockfile",
      "--silent",
      ...(need === "start" ? ["--production"] : []),
    ]);
  });
}

/** What everything is run with. The allocator keeps the holes in its pages: docs/decisions/016-memory-is-kept.md. */
export const environment = { MIMALLOC_PURGE_HOLES: "0", ...process.env };

/** Runs a program in the terminal's place: same streams, same signals, same end. */
export function become(program, args) {
  const child = spawn(program, args, { stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("error", (fault) => stop(`${program} could not be started: ${fault.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

export function run(program, args) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error) stop(`${program} could not be started: ${error.message}`);
  if (status !== 0) stop(`"${program} ${args.join(" ")}" failed; see above.`);
}

function stop(reason) {
  console.error(reason);
  process.exit(1);
}

function once(stamp, value, install) {
  if (isDone(stamp, value)) return;
  rmSync(join(root, stamp), { force: true });
  install();
  writeFileSync(join(root, stamp), value);
}

function isDone(stamp, value) {
  const file = join(root, stamp);
  return existsSync(file) && readFileSync(file, "utf8") === value;
}

function stampOf(file) {
  return createHash("sha256")
    .update(readFileSync(join(root, file)))
    .digest("hex")
    .slice(0, 16);
}
