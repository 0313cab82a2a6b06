import { join } from "node:path";
import { startServer, type Server } from "./server.ts";

/** What the seeding leaves for the generator. */
export interface Seeded {
  /** Session tokens; the guest at `index` is in `general` and in `rooms[index % rooms.length]`. */
  tokens: string[];
  rooms: string[];
}

/** Seeds a data folder and starts Snug on it. */
export async function startSnug(
  data: string,
  guests = 1_000,
): Promise<{ server: Server; seeded: Seeded }> {
  const seeded = seed(data, guests);
  return { server: await startNode("snug", data), seeded };
}

/** Fills a new data folder, or an empty Redis. */
export function seed(place: string, guests: number): Seeded {
  const script = join(import.meta.dir, "seed.ts");
  const seeding = Bun.spawnSync([process.execPath, script, place, String(guests)]);
  if (seeding.exitCode !== 0) throw new Error(`seeding failed:\n${seeding.stderr.toString()}`);
  return JSON.parse(seeding.stdout.toString()) as Seeded;
}

/** Starts Snug; without a Redis on what is in the folder. */
export function startNode(name: string, data: string, more: string[] = []): Promise<Server> {
  const main = join(import.meta.dir, "../packages/app/src/main.ts");
  const place = ["--host", "127.0.0.1", "--port", "0", "--data", data];
  return startServer(name, [process.execPath, main, ...place, "--rate-limits", "off", ...more]);
}
