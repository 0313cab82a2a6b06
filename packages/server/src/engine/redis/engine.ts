import type { Blobs, Clock, Engine, Store } from "../../core/ports.ts";
import { Backplane } from "./backplane.ts";
import { Commits } from "./commits.ts";
import { Connection } from "./connection.ts";
import { durabilityOf, RedisError } from "./durability.ts";
import { RedisPeers } from "./peers.ts";
import { RedisStore } from "./store.ts";

export interface RedisOptions {
  /** `redis://` or `rediss://`, with user and password if there are any. */
  readonly url: string;
  readonly clock: Clock;
  /** Where the bytes of files are: somewhere that all nodes share. */
  readonly blobs: Blobs;
  /** Refused where this Redis does not give it; when left out, what can be seen to be so. */
  readonly durability?: Store["durability"];
  readonly onFault?: (fault: unknown) => void;
}

/** Opens the engine for many nodes: all that they share is in one Redis, or one hash slot of a cluster. */
export async function openRedis(options: RedisOptions): Promise<Engine> {
  const { url, clock, blobs, onFault = () => {} } = options;
  const connection = await connect(url, onFault);
  const ears = await connect(url, onFault);
  const backplane = new Backplane(connection, ears, clock, onFault);
  const peers = new RedisPeers(connection, ears, clock, onFault);
  const close = () => {
    backplane.close();
    connection.close();
  };
  try {
    const durability = await durabilityOf(connection, options.durability);
    await backplane.open();
    await peers.open();
    const isReplicated = durability === "replicated";
    const commits = new Commits(connection, backplane, clock, isReplicated);
    const store = new RedisStore({ connection, commits, backplane, clock, durability });
    return {
      store,
      blobs,
      backplane,
      peers,
      async close() {
        await store.close();
        await peers.close();
        close();
      },
    };
  } catch (fault) {
    close();
    throw fault;
  }
}

async function connect(url: string, onFault: (fault: unknown) => void): Promise<Connection> {
  try {
    return await Connection.open(url, onFault);
  } catch (fault) {
    throw new RedisError(
      "There is no Redis at the address of --redis, or it lets nobody in. Start it, or correct the address.",
      { cause: fault },
    );
  }
}
