import type { Connection } from "./connection.ts";
import { house } from "./keys.ts";
import { LIFE } from "./scripts.ts";

/**
 * Which Redis this is, and which life of the house in it. Another word says that history
 * may be lost: another process holds it, which began on what a disk or another Redis
 * had; or all keys were taken away.
 */
export async function identityOf(connection: Connection): Promise<string> {
  const [server, replication, life] = await Promise.all([
    connection.call<string>("INFO", "server"),
    connection.call<string>("INFO", "replication"),
    connection.run<string>(LIFE, [house.facts, crypto.randomUUID()]),
  ]);
  const [run] = /^run_id:\w+/m.exec(server) ?? [];
  const [line] = /^master_replid:\w+/m.exec(replication) ?? [];
  return [run, line, life].join(" ");
}
