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
  const seeding = Bun.spawnSync([
    process.execPath,
    join(import.meta.dir, "seed.ts"),
    data,
    String(guests),
  ]);
  if (seeding.exitCode !== 0) throw new Error(`seeding failed:\n${seeding.stderr.toString()}`);
  const main = join(import.meta.dir, "../packages/app/src/main.ts");
  const server = await startServer("snug", [
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
  return { server, seeded: JSON.parse(seeding.stdout.toString()) as Seeded };
}
