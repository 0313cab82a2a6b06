import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../packages/app/src/main.ts", import.meta.url));
export const SNUG = [process.execPath, MAIN];
/** With a page that needs no build. */
export const WITHOUT_BUILD = [
  ...SNUG,
  "--page",
  fileURLToPath(new URL("../../examples/one-file/index.html", import.meta.url)),
];

const READY_WITHIN = 15_000;
const LEAVES_WITHIN = 6_000;
const READY = /http:\/\/127\.0\.0\.1:(\d+) .*durability (\w+)\)/;

/** How the server is reached: directly, or through something that breaks now and then. */
export interface Way {
  enter(): Passage;
}

/** One connection's way, from when it is asked for on. */
export interface Passage {
  readonly address: string;
  /** Whether it broke at any time since. */
  readonly wasAway: () => boolean;
  /** Whether the store was away, or moved, at any time since: whoever is told so may come again. */
  readonly wasWithoutStore: () => boolean;
}

/** How a life of the server began, or ended. */
export type Life =
  | { readonly kind: "start"; readonly durability: string }
  | { readonly kind: "exit"; readonly asked: boolean; readonly how: string };

/** The real server as a child process, which can be killed and comes back on the same port and data. */
export class Server implements Way {
  readonly name: string;
  readonly #command: readonly string[];
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: Bun.Subprocess<"ignore", "pipe", Bun.BunFile> | undefined;
  #up = false;
  #finished = false;
  #outages = 0;
  #port = 0;
  #starts = 0;
  kills = 0;
  /** How long each kill kept it away, in milliseconds. */
  readonly away: number[] = [];

  /** Called when the server ends and nobody asked it to. */
  onDeath: (why: string) => void = () => {};
  /** Called just before it is killed. */
  beforeKill: () => void = () => {};
  /** Told of each life: how it began, and how it ended. */
  tell: (what: Life) => void = () => {};

  constructor(
    command: readonly string[],
    folder: string,
    env: Readonly<Record<string, string>> = {},
    name = "server",
  ) {
    this.name = name;
    this.#command = command;
    this.#folder = folder;
    this.#env = env;
  }

  get data(): string {
    return join(this.#folder, "data");
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get isUp(): boolean {
    return this.#up;
  }

  async start(): Promise<void> {
    if (this.#finished) return;
    const errors = this.#errors(++this.#starts);
    const child = Bun.spawn({
      cmd: [
        ...this.#command,
        "--host",
        "127.0.0.1",
        "--port",
        `${this.#port}`,
        "--data",
        this.data,
      ],
      env: { ...unsetSnug(process.env), SNUG_RATE_LIMITS: "off", ...this.#env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: Bun.file(errors),
    });
    this.#child = child;
    void child.exited.then(() => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#down();
      const how = `${child.signalCode ?? `code ${child.exitCode}`}`;
      this.tell({ kind: "exit", asked: false, how });
      this.onDeath(`${this.name} ended by itself (${how}). ${lastLine(errors)}`.trim());
    });
    const said = await readiness(child.stdout);
    this.#port = Number(said.port);
    this.#up = true;
    this.tell({ kind: "start", durability: said.durability });
  }

  async killAndRestart(): Promise<void> {
    if (!this.#child) return;
    this.kills++;
    this.beforeKill();
    const { beganAt } = await this.#end("SIGKILL");
    await this.start();
    this.away.push(performance.now() - beganAt);
  }

  /** Asks it to go, as a deploy does, and starts the next one; how the first one went. */
  async drainAndRestart(): Promise<{ exit: number | string | null; within: number }> {
    const { beganAt, exit } = await this.#end("SIGTERM");
    const within = performance.now() - beganAt;
    await this.start();
    return { exit, within };
  }

  async #end(signal: NodeJS.Signals) {
    const child = this.#child;
    const beganAt = performance.now();
    this.#child = undefined;
    this.#down();
    child?.kill(signal);
    await child?.exited;
    this.tell({ kind: "exit", asked: true, how: signal });
    return { beganAt, exit: child?.signalCode ?? child?.exitCode ?? null };
  }

  #errors(start: number): string {
    return join(this.#folder, `${this.name}-${start}.log`);
  }

  /** All lines that it wrote to stderr, over all its starts. */
  printed(): string[] {
    const files = Array.from({ length: this.#starts }, (_, index) => this.#errors(index + 1));
    return files.flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
  }

  enter(): Passage {
    const outages = this.#outages;
    const up = this.#up;
    return {
      address: this.address,
      wasAway: () => !up || !this.#up || outages !== this.#outages,
      wasWithoutStore: () => false,
    };
  }

  async stop(): Promise<void> {
    this.#finished = true;
    const child = this.#child;
    this.#child = undefined;
    this.#down();
    if (!child) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), LEAVES_WITHIN);
    await child.exited;
    clearTimeout(timer);
  }

  /** For a process that is about to end itself: leaves nothing running. */
  killNow(): void {
    this.#finished = true;
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }

  #down(): void {
    this.#up = false;
    this.#outages++;
  }
}

/** What is set for somebody's own server must not lead a replay to its data. */
function unsetSnug(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SNUG_")));
}

function lastLine(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "";
}

/** What it says when it is ready. */
async function readiness(stdout: ReadableStream<Uint8Array>) {
  const reader = stdout.getReader();
  const decoder = new TextDecoder();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the server was not ready within ${READY_WITHIN / 1000} s`)),
    READY_WITHIN,
  );
  try {
    let said = "";
    while (true) {
      const { value, done } = await Promise.race([reader.read(), late.promise]);
      if (done) throw new Error("the server ended before it was ready");
      said += decoder.decode(value, { stream: true });
      const [, port, durability] = READY.exec(said) ?? [];
      if (port !== undefined && durability !== undefined) {
        void drain(reader);
        return { port, durability };
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads on, so that the server never waits for room in the pipe. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
