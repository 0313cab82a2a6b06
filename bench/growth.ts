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
  all: Grown[];
  /** What the system lets one process hold open, where that is less than was wanted. */
  most: number | null;
}

const SIZES = [100, 1_000, 5_000, 20_000];
const ROOM = 10;
const RATE = 400;
const WARMING = { people: 500, rate: 2_000 };
/** Files of a server that are no connections. */
const SPARE = 200;

/** A server for each size, all on one data folder: only the connections are more. */
export async function measureGrowth(
  { programs, folder }: { programs: Programs; folder: string },
  onRun: (line: string) => void,
): Promise<Growth> {
  const files = openFiles();
  const largest = Math.max(...SIZES);
  const most = largest + SPARE > files ? Math.floor((files - SPARE) / 100) * 100 : null;
  const data = join(folder, "w9");
  const seeded = seed(data, { guests: largest, rooms: largest / ROOM });
  const all: Grown[] = [];
  for (const wanted of SIZES) {
    const size = Math.min(wanted, most ?? largest);
    const server = await serveFolder(data);
    try {
      const run = { mode: "grown", seconds: 2 } as const;
      // By others where there are others: who comes back at once is a reload, of which nobody is told.
      const others = linesOf(seeded, largest - WARMING.people, largest);
      await load(programs, server, { ...run, lines: others, amount: WARMING.rate, warmUp: 0 });
      await untilStill();
      const lines = linesOf(seeded, 0, size);
      // Once: what a server has taken for its connections, it does not give back at once.
      const grown = await load<Grown>(programs, server, {
        ...run,
        lines,
        amount: RATE,
        warmUp: 0.8,
      });
      all.push(grown);
      onRun(
        `W9 ${size} connections: ${(grown.bytes / 1024).toFixed(1)} KB, ${grown.connectUs.toFixed(1)} µs to connect, ${cost(grown).toFixed(1)} µs for a delivery`,
      );
    } finally {
      await server.close();
    }
  }
  return { all, most };
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
