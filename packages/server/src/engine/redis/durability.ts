import type { Store } from "../../core/ports.ts";
import type { Client } from "./client.ts";
import type { Facts } from "./primary.ts";
import { RedisError } from "./redis-error.ts";
import { toMap } from "./step.ts";

/**
 * How durable a commit is. No stronger word is said than can be seen, and a primary that
 * does not give what was asked for is not used, at the start or later.
 */
export class Durability {
  readonly #wanted: Store["durability"] | undefined;
  #seen: Store["durability"] | undefined;

  constructor(wanted: Store["durability"] | undefined) {
    this.#wanted = wanted;
  }

  /** Of the primary that was looked at last. */
  get word(): Store["durability"] {
    return this.#seen ?? "memory";
  }

  async look(facts: Facts, client: Client): Promise<void> {
    checkVersion(facts);
    checkKeeping(facts);
    const isStart = this.#seen === undefined;
    // A new primary waits for its replicas, as all do who wait for them.
    if (this.#wanted === "replicated" && isStart && !(Number(facts.get("connected_slaves")) > 0))
      throw new RedisError(
        "This Redis has no replica. Connect one, or ask for another durability than replicated.",
      );
    const isOnDisk = await syncsAlways(facts, client);
    if (this.#wanted === "disk" && !isOnDisk)
      throw new RedisError(
        "This Redis does not write each commit to its disk, or does not say so. Set appendonly yes, appendfsync always and no-appendfsync-on-rewrite no, or ask for another durability than disk.",
      );
    this.#seen = this.#wanted ?? (isOnDisk ? "disk" : "memory");
  }
}

/** Of a program that is told apart by it, as the first to know all commands that are asked here. */
const OLDEST = 7;

function checkVersion(facts: Facts): void {
  const version = facts.get("redis_version") ?? "";
  if (Number.parseInt(version, 10) >= OLDEST) return;
  throw new RedisError(
    `This Redis is too old (${version}). Snug needs Redis ${OLDEST}.0 or later.`,
  );
}

/** A store that throws keys away when its memory is full is none. */
function checkKeeping(facts: Facts): void {
  const policy = facts.get("maxmemory_policy") ?? "noeviction";
  if (policy === "noeviction" || Number(facts.get("maxmemory") ?? 0) === 0) return;
  throw new RedisError(
    `This Redis would throw rooms away when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy noeviction.`,
  );
}

async function syncsAlways(facts: Facts, client: Client): Promise<boolean> {
  if (facts.get("aof_enabled") !== "1") return false;
  try {
    // Those who rent a Redis out often forbid to ask.
    const settings = toMap(await client.sendCommand<string[]>(["CONFIG", "GET", "*appendfsync*"]));
    // While it rewrites its file it may be told to write no commit to the disk.
    const isSteady = settings.get("no-appendfsync-on-rewrite") === "no";
    return isSteady && settings.get("appendfsync") === "always";
  } catch {
    return false;
  }
}
