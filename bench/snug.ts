import { join } from "node:path";
import type { Seeded } from "./seeded.ts";
import { startServer, type Server } from "./server.ts";

/** Seeds a data folder and starts Snug on it. */
export async function startSnug(
  data: string,
  { guests = 1_000, rooms = 100, each = 1 } = {},
): Promise<{ server: Server; seeded: Seeded }> {
  const seeding = Bun.spawnSync([
    process.execPath,
    join(import.meta.dir, "seed.ts"),
    data,
    ...[guests, rooms, each].map(String),
  ]);
  if (seeding.exitCode !== 0) throw new Error(`seeding failed:\n${seeding.stderr.toString()}`);
  return {
    server: await serveFolder(data),
    seeded: JSON.parse(seeding.stdout.toString()) as Seeded,
  };
}

/** Starts Snug on a data folder that is there. */
export function serveFolder(data: string): Promise<Server> {
  const main = join(import.meta.dir, "../packages/app/src/main.ts");
  return startServer("snug", [
    process.execPath,
    main,
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--data",
    data,
    "--rate-limits",
    "off",
  ]);
}
