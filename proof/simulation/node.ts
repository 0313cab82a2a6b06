import type { Server, ServerWebSocket } from "bun";
import type { Clock, Ids, Passwords, Pictures } from "../../packages/server/src/core/ports.ts";
import { randomIds } from "../../packages/server/src/ids.ts";
import { Metrics } from "../../packages/server/src/metrics.ts";
import { createServer, type SnugServer } from "../../packages/server/src/server.ts";
import type { SocketData } from "../../packages/server/src/transport/websocket.ts";
import type { Chance } from "../chance.ts";
import type { Boundary, Disk, Life } from "./disk.ts";
import type { Time } from "./time.ts";

export type NodeSocket = ServerWebSocket<SocketData>;

/** What the network does for a process: only while the process lives. */
export interface Handling {
  /** Undefined where it became a socket. */
  readonly response: Response | undefined;
  readonly upgraded: SocketData | null;
}

/** Years of Unix time at which each simulated world begins. */
export const BEGINNING = 1_700_000_000_000;

/** Milliseconds that a commit takes at the most, where the disk is not slow. */
const SYNC = 13;

/** Passwords as they are: hashing is not the subject. */
const plainPasswords: Passwords = {
  hash: async (password) => `plain ${password}`,
  verify: async (password, hash) => hash === `plain ${password}`,
};

/** Nobody sends any. */
const noPictures: Pictures = { prepare: async () => null };

/** One life of the server: the real one, but for its clock, its chance and its store. */
class Process {
  readonly clock: Clock;
  readonly snug: Promise<SnugServer>;
  readonly #onEnd = new Set<() => void>();
  lives = true;

  constructor(node: Node, time: Time, chance: Chance, disk: Disk) {
    const whileItLives = (act: () => void) => () => void (this.lives && act());
    this.clock = {
      now: () => BEGINNING + Math.round(time.now) + node.skew,
      elapsed: () => time.now,
      after: (ms, callback) => time.after(ms, whileItLives(callback)),
      soon: (callback) => void time.after(0, whileItLives(callback)),
    };
    const life: Life = {
      clock: this.clock,
      delay: (of) => {
        if (node.slowness > 1) node.slowed++;
        return chance.next() * node.slowness * (of === "read" ? 1 : SYNC);
      },
      endsAt: (boundary) => node.endsAt(boundary),
      onFault: (fault) => node.onFault(fault),
    };
    this.snug = createServer({
      engine: disk.open(life),
      clock: this.clock,
      ids: seededIds(chance),
      passwords: plainPasswords,
      pictures: noPictures,
      metrics: new Metrics(),
      rateLimits: "off",
      onFault: (fault) => node.onFault(fault),
    });
  }

  /** Called when it is over; returns its undo. */
  atEnd(act: () => void): () => void {
    this.#onEnd.add(act);
    return () => void this.#onEnd.delete(act);
  }

  kill(): void {
    this.lives = false;
    for (const act of this.#onEnd) act();
    this.#onEnd.clear();
  }
}

/** The server's machine: a process that can be killed and started again on the same disk. */
export class Node {
  /** Milliseconds by which its wall clock is wrong. */
  skew = 0;
  /** How many times slower than usual its disk is. */
  slowness = 1;
  /** Where the process is to end, at the next commit that comes there. */
  crashAt: Boundary | null = null;
  /** How often it ended, by where. */
  readonly crashes: Record<Boundary | "between commits", number> = {
    "before the commit": 0,
    "after the commit": 0,
    "after telling": 0,
    "between commits": 0,
  };
  /** How often it ended as it was asked to, its clock jumped, and its slow disk kept somebody waiting. */
  stops = 0;
  clockJumps = 0;
  slowed = 0;
  readonly disk: Disk;
  readonly faults: unknown[] = [];
  readonly #time: Time;
  readonly #chance: Chance;
  #process: Process | null = null;

  constructor(time: Time, chance: Chance, disk: Disk) {
    this.#time = time;
    this.#chance = chance;
    this.disk = disk;
  }

  get process(): Process | null {
    return this.#process;
  }

  async start(): Promise<void> {
    const process = new Process(this, this.#time, this.#chance, this.disk);
    this.#process = process;
    await process.snug;
  }

  /** As `kill -9` does. */
  kill(where: Boundary | "between commits"): void {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    this.crashAt = null;
    this.crashes[where]++;
    process.kill();
  }

  /** As SIGTERM does: it says goodbye, and ends. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    await (await process.snug).close();
    if (this.#process !== process) return;
    this.stops++;
    this.#process = null;
    process.kill();
  }

  endsAt(boundary: Boundary): boolean {
    if (this.crashAt !== boundary) return false;
    this.kill(boundary);
    return true;
  }

  onFault(fault: unknown): void {
    this.faults.push(fault);
  }

  /** What the process makes of a request; null where there is none, or it ends before it has answered. */
  async handle(
    request: Request,
    address: string,
    timeout: Server<SocketData>["timeout"],
  ): Promise<Handling | null> {
    const process = this.#process;
    if (process === null) return null;
    let upgraded: SocketData | null = null;
    const server = {
      requestIP: () => ({ address, port: 1, family: "IPv4" }),
      upgrade(_: Request, { data }: { data: SocketData }) {
        upgraded = data;
        return true;
      },
      timeout,
    } as unknown as Server<SocketData>;
    return new Promise((resolve) => {
      const undo = process.atEnd(() => resolve(null));
      void (async () => {
        const snug = await process.snug;
        const response = await snug.fetch(request, server);
        undo();
        resolve(process.lives ? { response, upgraded } : null);
      })();
    });
  }
}

/** Ids and tokens that a seed brings back. */
function seededIds(chance: Chance): Ids {
  const draw = (bytes: number) =>
    Buffer.from(Array.from({ length: bytes }, () => chance.whole(0, 255))).toString("base64url");
  return { id: () => draw(16), token: () => draw(32), hash: (token) => randomIds.hash(token) };
}
