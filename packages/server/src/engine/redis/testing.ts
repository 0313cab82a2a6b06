import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Asks it something, in the words of its command line. */
  ask(...words: string[]): string;
  /** It stands still, and goes on. */
  pause(): void;
  goOn(): void;
  close(): Promise<void>;
}

/** A Redis of its own, on a free port and in a temporary folder. */
export async function startRedis(...options: string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "snug-redis-"));
  const port = await freePort();
  const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
  const asked = [...place, "--save", "", "--repl-diskless-sync-delay", "0"];
  const server = Bun.spawn(["/usr/bin/redis-server", ...asked, ...options], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const ask = (...words: string[]) => {
    const { stdout } = Bun.spawnSync(["/usr/bin/redis-cli", "-p", `${port}`, "--raw", ...words]);
    return stdout.toString().trimEnd();
  };
  while (ask("PING") !== "PONG") {
    if (server.exitCode !== null) throw new Error("redis-server did not start");
    await Bun.sleep(10);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    ask,
    pause: () => server.kill("SIGSTOP"),
    goOn: () => server.kill("SIGCONT"),
    async close() {
      server.kill("SIGKILL");
      await server.exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** A way to that port which can be cut. */
export async function startCable(port: number) {
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, "127.0.0.1");
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
    cut,
    mend: () => void (isCut = false),
    close() {
      cut();
      server.close();
    },
  };
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
