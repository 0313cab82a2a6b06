import type { Connection } from "./connection.ts";
import { info } from "./durability.ts";
import { house } from "./keys.ts";
import { LIFE } from "./scripts.ts";

/**
 * Which Redis this is, and which life of the house in it. Another word says that history
 * may be lost: another process holds it, which began on what a disk or another Redis
 * had; or all keys were taken away.
 */
export async function identityOf(connection: Connection): Promise<string> {
  const [server, replication, life] = await Promise.all([
    info(connection, "server"),
    info(connection, "replication"),
    connection.run<string>(LIFE, [house.facts, crypto.randomUUID()]),
  ]);
  return [server.get("run_id"), replication.get("master_replid"), life].join(" ");
}
