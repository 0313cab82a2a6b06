import { mkdtempSync, readdirSync, readlinkSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const MAIN = fileURLToPath(new URL("packages/app/src/main.ts", ROOT));
/** A page that needs no build, so that the server is up at once. */
const PAGE = fileURLToPath(new URL("examples/one-file/index.html", ROOT));

/** Milliseconds in which it lets go of who is gone or quiet: this process's own kept connections too. */
const RETURN_WITHIN = 15_000;

/** Milliseconds in which it has collected what a flood left behind. */
const TIDIES_WITHIN = 20_000;

/** The real server as a process of its own, and what can be seen of it from outside. */
export class Target {
  readonly url: string;
  readonly pid: number;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly folder: string;
  readonly #words: Promise<string>;
  readonly #errors: Promise<string>;

  private constructor(
    child: Bun.Subprocess<"ignore", "pipe", "pipe">,
    folder: string,
    url: string,
    words: Promise<string>,
  ) {
    this.#words = words;
    this.#child = child;
    this.folder = folder;
    this.#errors = new Response(child.stderr).text();
    this.url = url;
    this.pid = child.pid;
  }

  static start(...flags: readonly string[]): Promise<Target> {
    return Target.startWithPage("--page", PAGE, ...flags);
  }

  /** With the page that people see, unless the flags name another. */
  static async startWithPage(...flags: readonly string[]): Promise<Target> {
    const folder = mkdtempSync(join(tmpdir(), "snug-fuzz-"));
    const own = ["--port", "0", "--data", folder];
    const child = Bun.spawn([process.execPath, MAIN, ...own, ...flags], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env["PATH"] ?? "" },
    });
    const ready = Promise.withResolvers<string>();
    const words = (async () => {
      const decoder = new TextDecoder();
      let said = "";
      for await (const chunk of child.stdout) {
        said += decoder.decode(chunk, { stream: true });
        const [, url] = /ready at (\S+)/.exec(said) ?? [];
        if (url !== undefined) ready.resolve(url);
      }
      ready.reject(new Error(`the server ended before it was ready: ${said}`));
      return said;
    })();
    return new Target(child, folder, await ready.promise, words);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Bytes of memory that it has now. */
  memory(): number {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(this.#proc("status")) ?? [];
    return Number(kib) * 1024;
  }

  /** What each of them leads to. */
  descriptors(): readonly string[] {
    const folder = `/proc/${this.pid}/fd`;
    return readdirSync(folder).map((name) => {
      try {
        return readlinkSync(join(folder, name));
      } catch {
        return "closed since";
      }
    });
  }

  /** What it holds beyond what it held, if it does not give that back within its time for the quiet. */
  async descriptorsBeyond(before: readonly string[]): Promise<string | null> {
    const deadline = performance.now() + RETURN_WITHIN;
    const isMore = () => this.descriptors().length > before.length;
    while (isMore() && performance.now() < deadline) await Bun.sleep(50);
    if (!isMore()) return null;
    const now = this.descriptors();
    const news = now.filter((one) => !before.includes(one));
    return `${before.length} descriptors became ${now.length}, with ${news.join(", ")}`;
  }

  /** Bytes that it has more than so many once it had time to tidy up, or as soon as it is `allowed`. */
  async growthSince(before: number, allowed: number): Promise<number> {
    const deadline = performance.now() + TIDIES_WITHIN;
    while (this.memory() - before > allowed && performance.now() < deadline) {
      await (await this.fetch("/healthz")).text();
      await Bun.sleep(200);
    }
    return this.memory() - before;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, init);
  }

  /** Becomes a guest; the answer's token. */
  async guest(name: string): Promise<string> {
    const answer = await this.fetch("/v1/guests", {
      method: "POST",
      // One that was kept may be closed at this moment, for having been quiet.
      keepalive: false,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    const { token } = (await answer.json()) as { token: string };
    return token;
  }

  /** Asks it to stop; what it had to say on stdout and stderr, and whether it stopped as it should. */
  async stop(): Promise<{
    readonly code: number;
    readonly words: string;
    readonly errors: string;
  }> {
    this.#child.kill("SIGTERM");
    const code = await this.#child.exited;
    rmSync(this.folder, { recursive: true, force: true });
    return { code, words: await this.#words, errors: await this.#errors };
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, "utf8");
  }
}
