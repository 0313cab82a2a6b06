import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Asks it something, in the words of its command line. */
  ask(...words: string[]): string;
  readonly pid: number;
  /** Whether it was not killed or paused. */
  readonly isUp: boolean;
  /** It stands still, and goes on. */
  pause(): void;
  goOn(): void;
  /** It is killed, and started again on what it had on its disk. */
  die(): Promise<void>;
  rise(): Promise<void>;
  dieAndRise(): Promise<void>;
  close(): Promise<void>;
}

const REDIS = "/usr/bin/redis-server";
/** Where scripts/valkey.mjs brings it. */
const VALKEY = join(import.meta.dir, "../../../../../node_modules/.valkey/usr/bin/valkey-server");

/** A Redis of its own, on a free port and in a temporary folder. */
export function startRedis(...options: string[]): Promise<TestRedis> {
  return start(REDIS, options);
}

/** The same of Valkey; `null` where there is none. */
export async function startValkey(...options: string[]): Promise<TestRedis | null> {
  return existsSync(VALKEY) ? start(VALKEY, options) : null;
}

async function start(program: string, options: string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "snug-redis-"));
  const asksPort = options.indexOf("--port") + 1;
  const port = asksPort > 0 ? Number(options[asksPort]) : await freePort();
  const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
  const asked = [...place, "--save", "", "--repl-diskless-sync-delay", "0"];
  // A file of settings stands before what is asked for.
  const file = options[0]?.startsWith("--") === false ? [options[0]] : [];
  const command = [program, ...file, ...asked, ...options.slice(file.length)];
  const run = () => Bun.spawn(command, { stdout: "ignore", stderr: "ignore" });
  let server = run();
  let isUp = true;
  const ask = (...words: string[]) => {
    const { stdout } = Bun.spawnSync(["/usr/bin/redis-cli", "-p", `${port}`, "--raw", ...words]);
    return stdout.toString().trimEnd();
  };
  const answers = async () => {
    while (ask("PING") !== "PONG") {
      if (server.exitCode !== null) throw new Error(`${program} did not start`);
      await Bun.sleep(10);
    }
  };
  const die = async () => {
    isUp = false;
    server.kill("SIGKILL");
    await server.exited;
  };
  const rise = async () => {
    server = run();
    await answers();
    isUp = true;
  };
  await answers();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    ask,
    get pid() {
      return server.pid;
    },
    get isUp() {
      return isUp;
    },
    pause() {
      isUp = false;
      server.kill("SIGSTOP");
    },
    goOn() {
      isUp = true;
      server.kill("SIGCONT");
    },
    die,
    rise,
    async dieAndRise() {
      await die();
      await rise();
    },
    async close() {
      await die();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A way to that port which can be cut, or led elsewhere. */
export async function startCable(port: number) {
  let end = port;
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(end, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        ends.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  const cut = () => {
    isCut = true;
    for (const end of ends) end.destroy();
  };
  return {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    cut,
    leadTo: (other: number) => void (end = other),
    mend: () => void (isCut = false),
    close() {
      cut();
      server.close();
    },
  };
}

export async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
