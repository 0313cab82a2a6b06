import { join } from "node:path";
import type { Seeded } from "./seeded.ts";
import { startServer, type Server } from "./server.ts";

/** Seeds a data folder and starts Snug on it. */
export async function startSnug(
  data: string,
  counts: Parameters<typeof seed>[1] = {},
): Promise<{ server: Server; seeded: Seeded }> {
  const seeded = seed(data, counts);
  return { server: await serveFolder(data), seeded };
}

/** Fills a new data folder, or an empty Redis. */
export function seed(place: string, { guests = 1_000, rooms = 100, each = 1 } = {}): Seeded {
  const script = join(import.meta.dir, "seed.ts");
  const counts = [guests, rooms, each].map(String);
  const seeding = Bun.spawnSync([process.execPath, script, place, ...counts]);
  if (seeding.exitCode !== 0) throw new Error(`seeding failed:\n${seeding.stderr.toString()}`);
  return JSON.parse(seeding.stdout.toString()) as Seeded;
}

/** Starts Snug on a data folder that is there; with a Redis among the options, on that. */
export function serveFolder(
  data: string,
  name = "snug",
  options: readonly string[] = [],
): Promise<Server> {
  const main = join(import.meta.dir, "../packages/app/src/main.ts");
  const place = ["--host", "127.0.0.1", "--port", "0", "--data", data];
  return startServer(name, [process.execPath, main, ...place, "--rate-limits", "off", ...options]);
}
