import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Where it writes, and keeps data: beside the bench, whose disk is one. */
export const out = join(import.meta.dir, "out");
mkdirSync(out, { recursive: true });

/** The paths of what was compiled. */
export interface Programs {
  load: string;
  reference: string;
}

/** Compiles the generator and the reference into `bench/out`; the error's message says what is missing. */
export function build(): Programs {
  if (process.platform !== "linux")
    throw new Error("the bench needs Linux: it reads /proc and uses epoll");
  if (!Bun.which("cc")) throw new Error("the bench needs a C compiler: apt install gcc libc6-dev");
  if (!Bun.which("taskset")) throw new Error("the bench needs taskset: apt install util-linux");
  if (navigator.hardwareConcurrency < 2)
    throw new Error("the bench needs two cores: one for the server, one for the load");
  return {
    load: compile("load", globSync(join(import.meta.dir, "load/*.c"))),
    reference: compile("c-each", [join(import.meta.dir, "c-each.c")]),
  };
}

function compile(name: string, sources: readonly string[]): string {
  const binary = join(out, name);
  const { exitCode, stderr } = Bun.spawnSync([
    "cc",
    "-O2",
    "-Wall",
    "-Wextra",
    ...sources,
    "-o",
    binary,
  ]);
  if (exitCode !== 0) throw new Error(`cc cannot compile ${name}:\n${stderr.toString()}`);
  return binary;
}
