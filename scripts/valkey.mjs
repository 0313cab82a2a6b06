// Brings a Valkey for the tests, where Debian 12 or what runs its programs has one: out of
// its backports into node_modules, with lists and a cache of its own. The machine's
// sources and packages stay as they are.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = join(root, "node_modules/.valkey");
const SOURCE = "deb http://deb.debian.org/debian bookworm-backports main";
const PATIENCE_MS = 60_000;

/** Does nothing where it is there, or cannot be had: its tests say so. */
export function bringValkey() {
  if (process.platform !== "linux" || existsSync(place)) return;
  const made = `${place}-${process.pid}`;
  mkdirSync(join(made, "lists/partial"), { recursive: true });
  mkdirSync(join(made, "cache/archives/partial"), { recursive: true });
  writeFileSync(join(made, "sources.list"), `${SOURCE}\n`);
  const options = [
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::Etc::sourcelist=${made}/sources.list`,
    `Dir::State::lists=${made}/lists`,
    `Dir::Cache=${made}/cache`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  const run = (program, ...args) =>
    spawnSync(program, args, { cwd: made, stdio: "ignore", timeout: PATIENCE_MS }).status === 0;
  const isThere =
    run("apt-get", ...options, "update") &&
    run("apt-get", ...options, "download", "valkey-server", "valkey-tools") &&
    run("sh", "-c", "for file in *.deb; do dpkg -x $file program || exit 1; done") &&
    // Its libraries are those of redis-server, where that is of the same Debian.
    run(join(made, "program/usr/bin/valkey-server"), "--version");
  if (isThere) renameSync(join(made, "program"), place);
  rmSync(made, { recursive: true });
}
