import { join } from "node:path";
import type { Programs } from "./build.ts";
import { load, type Line } from "./load.ts";
import { cEach, type Peer } from "./peers.ts";
import { roomsOf, type Seeded } from "./seeded.ts";
import { startSnug } from "./snug.ts";

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

/** W3: what so many cost. */
export interface Idle extends Crowd {
  name: string;
  roomsEach: number;
  foreign: [number, number];
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
  const fail = (name: string, roomsEach: number, error: unknown) => {
    failed.push(`${name}, ${roomsEach} rooms each: ${(error as Error).message}.`);
    onRun(failed.at(-1) ?? "");
  };
  const add = (idle: Idle) => {
    all.push(idle);
    onRun(
      `W3 ${idle.name}, ${idle.roomsEach} rooms each: ${(idle.bytes / 1024).toFixed(1)} KB, ${idle.connectUs.toFixed(1)} µs, ${idle.perSecond.toFixed(0)} connects/s`,
    );
  };
  for (const crowd of CROWDS) {
    const roomsEach = crowd.each;
    const { server, seeded } = await startSnug(join(folder, `w3-${roomsEach}`), crowd);
    try {
      // So that the compiler knows the code, and the heap has the size it has with some hundred connections.
      const lines = idleLines(seeded, "ws");
      await load(programs, server, {
        lines: lines.slice(0, 500),
        mode: "idle",
        amount: 0,
        warmUp: 0,
        seconds: 1,
      });
      await Bun.sleep(5_000);
      add({ name: "Snug", roomsEach, ...(await idle(programs, server, lines)) });
    } catch (error) {
      fail("Snug", roomsEach, error);
    } finally {
      await server.close();
    }
    if (roomsEach > 1) continue;
    for (const peer of [cEach(programs), ...peers]) {
      const other = await peer.start(0);
      try {
        const lines = idleLines(seeded, peer.wire);
        if (peer.warms)
          await load(programs, other, {
            lines: lines.slice(0, 500),
            mode: "idle",
            amount: 0,
            warmUp: 0,
            seconds: 1,
          });
        add({ name: peer.name, roomsEach, ...(await idle(programs, other, lines)) });
      } catch (error) {
        fail(peer.name, roomsEach, error);
      } finally {
        await other.close();
      }
    }
  }
  return { all, failed };
}

// Once: what a server has taken for its connections, it does not give back at once.
function idle(programs: Programs, server: Parameters<typeof load>[1], lines: readonly Line[]) {
  return load<Omit<Idle, "name" | "roomsEach">>(programs, server, {
    lines,
    mode: "idle",
    amount: 0,
    warmUp: 0,
    seconds: IDLE_SECONDS,
  });
}

function idleLines({ tokens, rooms, each }: Seeded, wire: Line["wire"]): Line[] {
  return tokens.map((token, index) => ({ wire, token, rooms: roomsOf(rooms, each, index) }));
}

export async function measureReturn(
  { programs, folder }: World,
  onRun: (line: string) => void,
): Promise<Return> {
  const { server, seeded } = await startSnug(join(folder, "w5"), {
    guests: BACK,
    rooms: BACK_ROOMS,
  });
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
    const seen = await load<Omit<Return, "events">>(programs, server, {
      lines,
      mode: "resume",
      amount: BEHIND,
      warmUp: 0,
      seconds: 60,
    });
    onRun(`W5: all ${BACK} there after ${seen.allMs.toFixed(0)} ms, p99 ${seen.p99.toFixed(0)} ms`);
    return { events: BEHIND, ...seen };
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
