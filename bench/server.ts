import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { out } from "./build.ts";

const READY_MS = 20_000;
const STOP_MS = 10_000;
const running = new Set<ChildProcess>();

export interface Server {
  pid: number;
  port: number;
  close(): Promise<void>;
}

/**
 * Starts a server on core 0 and waits for the line that holds its address; one that prints none
 * is asked for by `findPort`.
 */
export async function startServer(
  name: string,
  command: string[],
  findPort?: () => Promise<number>,
): Promise<Server> {
  const log = join(out, `${name}.log`);
  const child = start(0, command, log);
  const port = await (findPort ? findPort() : readPort(child)).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw new Error(
      `${name} did not start (${String(error)}):\n${readFileSync(log, "utf8").slice(-2000)}`,
    );
  });
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.kill("SIGTERM");
    await once(child, "exit");
    clearTimeout(force);
  };
  return { pid: child.pid ?? 0, port, close };
}

/** Runs the load generator on core 1 and returns its line; what it says on stderr becomes the error. */
export async function runLoad(command: string[], seconds: number): Promise<string> {
  const log = join(out, "load.log");
  const child = start(1, command, log);
  const limit = setTimeout(() => child.kill("SIGKILL"), (seconds + 150) * 1000);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, "close");
  clearTimeout(limit);
  if (code !== 0)
    throw new Error(readFileSync(log, "utf8").trim() || "load: stopped after taking too long");
  return text;
}

/** Ends whatever still runs, at once: for an interrupted bench. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

function start(core: 0 | 1, command: string[], log: string): ChildProcess {
  const stderr = openSync(log, "w");
  const child = spawn("taskset", ["-c", String(core), ...command], {
    stdio: ["ignore", "pipe", stderr],
    detached: true,
  });
  closeSync(stderr);
  running.add(child);
  child.once("exit", () => running.delete(child));
  raise(child.pid);
  return child;
}

// A detached child leads a scheduling group of its own, which root may raise above whatever else runs here.
function raise(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, "-19");
  } catch {
    // Not root, or a kernel without autogroups: the noise check in load.ts still stands.
  }
}

/** The same for what was started for this process by somebody else: a browser. */
export function raiseChildren(): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  for (const [pid] of children.matchAll(/\d+/g)) raise(Number(pid));
}

async function readPort(child: ChildProcess): Promise<number> {
  let text = "";
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const limit = setTimeout(() => reject(`silent for ${READY_MS / 1000} s`), READY_MS);
  child.once("exit", (code) => reject(`exit ${code}`));
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port) resolve(Number(port));
  });
  return promise.finally(() => clearTimeout(limit));
}
