import { join } from "node:path";
import type { Programs } from "./build.ts";
import { load, type Line } from "./load.ts";
import { untilStill } from "./noise.ts";
import { cEach, type Peer } from "./peers.ts";
import { roomsOf, type Seeded } from "./seeded.ts";
import { seed, serveFolder, startSnug } from "./snug.ts";

/** Those who came, and say nothing. */
export interface Crowd {
  connections: number;
  perSecond: number;
  /** CPU of the server for one that comes. */
  connectUs: number;
  /** Resident memory of the server for one that is there. */
  bytes: number;
  idleUsPerSecond: number;
}

/** W3: what so many cost, each time on a new server. */
export interface Idle {
  name: string;
  roomsEach: number;
  runs: (Crowd & { foreign: [number, number] })[];
}

/** W5: all come back at once. */
export interface Return {
  connections: number;
  events: number;
  /** Until every one of them had all it missed. */
  allMs: number;
  /** From asking for the room to the last event missed. */
  p50: number;
  p99: number;
  cpuUs: number;
  rssBefore: number;
  rssMost: number;
  foreign: [number, number];
}

/** The second: 200 people see each other come, in each of 20 rooms. */
const CROWDS = [
  { guests: 10_000, rooms: 1_000, each: 1 },
  { guests: 10_000, rooms: 1_000, each: 20 },
];
const REPEATS = 3;
const IDLE_SECONDS = 5;
const BACK = 5_000;
const BACK_ROOMS = 50;
const BEHIND = 300;

interface World {
  programs: Programs;
  folder: string;
  peers: readonly Peer[];
}

export async function measureIdle(
  { programs, folder, peers }: World,
  onRun: (line: string) => void,
): Promise<{ all: Idle[]; failed: string[] }> {
  const all: Idle[] = [];
  const failed: string[] = [];
  for (const crowd of CROWDS) {
    const data = join(folder, `w3-${crowd.each}`);
    const seeded = seed(data, crowd);
    const own: Peer = { name: "Snug", wire: "ws", warms: true, start: () => serveFolder(data) };
    const others = crowd.each === 1 ? [cEach(programs), ...peers] : [];
    const rows = [own, ...others].map((peer) => ({ peer, runs: [] as Idle["runs"] }));
    for (let repeat = 0; repeat < REPEATS; repeat++)
      for (const { peer, runs } of rows) {
        const what = `${peer.name}, ${crowd.each} rooms each`;
        if (failed.some((line) => line.startsWith(what))) continue;
        try {
          const run = await idle(programs, peer, idleLines(seeded, peer.wire));
          runs.push(run);
          onRun(
            `W3 ${what}: ${(run.bytes / 1024).toFixed(1)} KB, ${run.connectUs.toFixed(1)} µs, ${run.perSecond.toFixed(0)} connects/s`,
          );
        } catch (error) {
          failed.push(`${what}: ${(error as Error).message}.`);
          onRun(failed.at(-1) ?? "");
        }
      }
    for (const { peer, runs } of rows)
      if (runs.length > 0) all.push({ name: peer.name, roomsEach: crowd.each, runs });
  }
  return { all, failed };
}

/** On a new server: what one has taken for its connections, it does not give back at once. */
async function idle(
  programs: Programs,
  peer: Peer,
  lines: readonly Line[],
): Promise<Idle["runs"][number]> {
  const quiet = { mode: "idle", amount: 0, warmUp: 0 } as const;
  const server = await peer.start(0);
  try {
    if (peer.warms) {
      // So that the compiler knows the code, and the heap has the size it has with some hundred connections.
      await load(programs, server, { ...quiet, lines: lines.slice(0, 500), seconds: 1 });
      await Bun.sleep(5_000);
    }
    await untilStill([server.pid]);
    return await load(programs, server, { ...quiet, lines, seconds: IDLE_SECONDS });
  } finally {
    await server.close();
  }
}

function idleLines({ tokens, rooms, each }: Seeded, wire: Line["wire"]): Line[] {
  return tokens.map((token, index) => ({ wire, token, rooms: roomsOf(rooms, each, index) }));
}

export async function measureReturn(
  { programs, folder }: World,
  onRun: (line: string) => void,
): Promise<Return[]> {
  const all: Return[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const seen = await comeBack(programs, join(folder, `w5-${repeat}`));
    all.push(seen);
    onRun(`W5: all ${BACK} there after ${seen.allMs.toFixed(0)} ms, p99 ${seen.p99.toFixed(0)} ms`);
  }
  return all;
}

async function comeBack(programs: Programs, data: string): Promise<Return> {
  const { server, seeded } = await startSnug(data, { guests: BACK, rooms: BACK_ROOMS });
  try {
    const cursors = new Map<string, string>();
    for (const [index, room] of seeded.rooms.entries()) {
      const token = seeded.tokens[index] ?? "";
      cursors.set(room, await cursorOf(server.port, room, token));
      for (let from = 0; from < BEHIND; from += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, n) => post(server.port, room, token, from + n)),
        );
    }
    const lines = seeded.tokens.map((token, index): Line => {
      const rooms = roomsOf(seeded.rooms, 1, index);
      return { wire: "ws", token, rooms, after: cursors.get(rooms[0] ?? "") ?? "" };
    });
    await untilStill([server.pid]);
    const behind = { mode: "resume", amount: BEHIND, warmUp: 0, seconds: 60 } as const;
    return {
      events: BEHIND,
      ...(await load<Omit<Return, "events">>(programs, server, { ...behind, lines })),
    };
  } finally {
    await server.close();
  }
}

const TEXT = "x".repeat(128);

async function cursorOf(port: number, room: string, token: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/rooms/${room}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { room: found } = (await answer.json()) as { room: { cursor: string } };
  return found.cursor;
}

async function post(port: number, room: string, token: string, index: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/rooms/${room}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ clientId: `behind-${index}`, text: TEXT }),
  });
  if (answer.status !== 201) throw new Error(`a post was answered with ${answer.status}`);
  await answer.text();
}
