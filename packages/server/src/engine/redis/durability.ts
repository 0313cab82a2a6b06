import type { Store } from "../../core/ports.ts";
import type { Connection } from "./connection.ts";
import { toMap } from "./step.ts";

/** Redis cannot be used as it is; the message says what to do. */
export class RedisError extends Error {}

/**
 * How durable a commit is here. No stronger word is said than can be seen, and what is
 * asked for and not there is refused.
 */
export async function durabilityOf(
  connection: Connection,
  wanted: Store["durability"] | undefined,
): Promise<Store["durability"]> {
  await checkVersion(connection);
  await checkKeeping(connection);
  if (wanted === "replicated") {
    const replicas = Number((await info(connection, "replication")).get("connected_slaves") ?? 0);
    if (replicas > 0) return "replicated";
    throw new RedisError(
      "This Redis has no replica. Connect one, or ask for another durability than replicated.",
    );
  }
  const isOnDisk = await syncsAlways(connection);
  if (wanted === "disk" && !isOnDisk)
    throw new RedisError(
      "This Redis does not write each commit to its disk, or does not say so. Set appendonly yes, appendfsync always and no-appendfsync-on-rewrite no, or ask for another durability than disk.",
    );
  return wanted ?? (isOnDisk ? "disk" : "memory");
}

/** Of a program that is told apart by it, as the first to know all commands that are asked here. */
const OLDEST = 7;

async function checkVersion(connection: Connection): Promise<void> {
  const version = (await info(connection, "server")).get("redis_version") ?? "";
  if (Number.parseInt(version, 10) >= OLDEST) return;
  throw new RedisError(
    `This Redis is too old (${version}). Snug needs Redis ${OLDEST}.0 or later.`,
  );
}

/** A store that throws keys away when its memory is full is none. */
async function checkKeeping(connection: Connection): Promise<void> {
  const memory = await info(connection, "memory");
  const policy = memory.get("maxmemory_policy") ?? "noeviction";
  if (policy === "noeviction" || Number(memory.get("maxmemory") ?? 0) === 0) return;
  throw new RedisError(
    `This Redis would throw rooms away when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy noeviction.`,
  );
}

async function syncsAlways(connection: Connection): Promise<boolean> {
  if ((await info(connection, "persistence")).get("aof_enabled") !== "1") return false;
  try {
    // Those who rent a Redis out often forbid to ask.
    const settings = toMap(await connection.call<string[]>("CONFIG", "GET", "*appendfsync*"));
    // While it rewrites its file it may be told to write no commit to the disk.
    const isSteady = settings.get("no-appendfsync-on-rewrite") === "no";
    return isSteady && settings.get("appendfsync") === "always";
  } catch {
    return false;
  }
}

export async function info(connection: Connection, section: string): Promise<Map<string, string>> {
  const text = await connection.call<string>("INFO", section);
  return new Map(
    text.split("\r\n").map((line): [string, string] => {
      const [name = "", value = ""] = line.split(":");
      return [name, value];
    }),
  );
}
