import type { Connection } from "./connection.ts";
import { house } from "./keys.ts";
import { toFacts } from "./primary.ts";
import { LIFE } from "./scripts.ts";

/**
 * Which Redis this is, and which life of the house in it. Another word says that history
 * may be lost: another process holds it, which began on what a disk or another Redis
 * had; or all keys were taken away.
 */
export async function identityOf(connection: Connection): Promise<string> {
  const [info, life] = await Promise.all([
    connection.call<string>("INFO", "server", "replication"),
    connection.run<string>(LIFE, [house.facts, crypto.randomUUID()]),
  ]);
  const facts = toFacts(info);
  return [facts.get("run_id"), facts.get("master_replid"), life].join(" ");
}
