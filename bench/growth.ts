import { join } from "node:path";
import type { Programs } from "./build.ts";
import type { Crowd } from "./crowd.ts";
import { cost, load, type Line, type Run } from "./load.ts";
import { untilStill } from "./noise.ts";
import { roomsOf, type Seeded } from "./seeded.ts";
import { seed, serveFolder } from "./snug.ts";

/** W9: so many connections, and the same posts a second among them, each told to ten. */
export interface Grown extends Crowd, Run {
  /** Cores' worth of work by others while they came. */
  comingForeign: number;
}

export interface Growth {
  /** Of each size, each time on a new server. */
  all: Grown[][];
  /** What the system lets one process hold open, where that is less than was wanted. */
  most: number | null;
}

const SIZES = [100, 1_000, 5_000, 20_000];
const REPEATS = 3;
const ROOM = 10;
const RATE = 400;
const WARMING = { people: 500, rate: 2_000 };
/** Files of a server that are no connections. */
const SPARE = 200;

/** New servers for each size, all on one data folder: only the connections are more. */
export async function measureGrowth(
  { programs, folder }: { programs: Programs; folder: string },
  onRun: (line: string) => void,
): Promise<Growth> {
  const files = openFiles();
  const largest = Math.max(...SIZES);
  const most = largest + SPARE > files ? Math.floor((files - SPARE) / 100) * 100 : null;
  const data = join(folder, "w9");
  const seeded = seed(data, { guests: largest, rooms: largest / ROOM });
  const all: Grown[][] = [];
  for (const wanted of SIZES) {
    const size = Math.min(wanted, most ?? largest);
    const runs: Grown[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const grown = await grow(programs, data, seeded, size);
      runs.push(grown);
      onRun(
        `W9 ${size} connections: ${(grown.bytes / 1024).toFixed(1)} KB, ${grown.connectUs.toFixed(1)} µs to connect, ${cost(grown).toFixed(1)} µs for a delivery`,
      );
    }
    all.push(runs);
  }
  return { all, most };
}

/** On a new server: what one has taken for its connections, it does not give back at once. */
async function grow(
  programs: Programs,
  data: string,
  seeded: Seeded,
  size: number,
): Promise<Grown> {
  const server = await serveFolder(data);
  try {
    const run = { mode: "grown", seconds: 2 } as const;
    // By others where there are others: who comes back at once is a reload, of which nobody is told.
    const all = seeded.tokens.length;
    const others = linesOf(seeded, all - WARMING.people, all);
    await load(programs, server, { ...run, lines: others, amount: WARMING.rate, warmUp: 0 });
    await untilStill([server.pid]);
    const lines = linesOf(seeded, 0, size);
    return await load<Grown>(programs, server, { ...run, lines, amount: RATE, warmUp: 0.8 });
  } finally {
    await server.close();
  }
}

/** The guests of some rooms, all of each room: as seeded, neighbours are in different ones. */
function linesOf({ tokens, rooms }: Seeded, from: number, to: number): Line[] {
  const due = new Set(rooms.slice(from / ROOM, to / ROOM));
  return tokens.flatMap((token, index) => {
    const own = roomsOf(rooms, 1, index);
    return due.has(own[0] ?? "") ? [{ wire: "ws" as const, token, rooms: own }] : [];
  });
}

function openFiles(): number {
  return (
    Number(Bun.spawnSync(["sh", "-c", "ulimit -Hn"]).stdout.toString()) || Number.MAX_SAFE_INTEGER
  );
}
