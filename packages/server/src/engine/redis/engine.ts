import { StoreError, type Blobs, type Clock, type Engine, type Store } from "../../core/ports.ts";
import { Backplane } from "./backplane.ts";
import { Commits } from "./commits.ts";
import { Connection } from "./connection.ts";
import { parseRedis } from "./address.ts";
import { Durability } from "./durability.ts";
import { RedisPeers } from "./peers.ts";
import { house } from "./keys.ts";
import { Primary } from "./primary.ts";
import { RedisError } from "./redis-error.ts";
import { LET_GO } from "./scripts.ts";
import { RedisStore } from "./store.ts";

export interface RedisOptions {
  /** As `parseRedis` takes it. */
  readonly url: string;
  readonly clock: Clock;
  /** Where the bytes of files are: somewhere that all nodes share. */
  readonly blobs: Blobs;
  /** Refused where this Redis does not give it; when left out, what can be seen to be so. */
  readonly durability?: Store["durability"];
  readonly onCommit?: (changes: number, seconds: number) => void;
  readonly onFault?: (fault: unknown) => void;
}

/** Opens the engine for many nodes: all that they share is in one Redis, or one hash slot of a cluster. */
export async function openRedis(options: RedisOptions): Promise<Engine> {
  const { url, clock, blobs, onCommit = () => {}, onFault = () => {} } = options;
  const opened: { close(): void }[] = [];
  const close = () => opened.splice(0).forEach((one) => one.close());
  let isOpen = false;
  // What breaks before is the answer to whoever opens it.
  const onBreak = (fault: unknown) => void (isOpen && onFault(fault));
  try {
    const address = parseRedis(url);
    if (address === null) throw new RedisError("This is no address of a Redis.");
    const primary = new Primary(address);
    opened.push(primary);
    const durability = new Durability(options.durability);
    const look = durability.look.bind(durability);
    const connection = await Connection.open(primary, look, onBreak);
    opened.push(connection);
    const ears = await Connection.open(primary, anyPrimary, onBreak);
    opened.push(ears);
    const backplane = new Backplane(connection, ears, clock, onFault);
    opened.push(backplane);
    await backplane.open();
    const peers = new RedisPeers(connection, ears, clock, onFault);
    await peers.open();
    const isReplicated = options.durability === "replicated";
    const commits = new Commits(connection, backplane, clock, isReplicated, onCommit);
    opened.push(commits);
    const store = new RedisStore({ connection, commits, backplane, clock, durability });
    await store.probe().catch(unlessFull);
    // After something was written: a move begins where nothing is.
    if ((await connection.call("EXISTS", house.move)) === 1)
      throw new RedisError(
        "A house is being moved to this Redis. Finish that with npm start -- move, or clear this Redis.",
      );
    // Scripts may be forbidden where all else is allowed.
    await connection.run(LET_GO, [""]);
    isOpen = true;
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
    throw unusable(fault);
  }
}

/** A full house can be read, and what takes away makes room in it. */
const unlessFull = (fault: unknown) => {
  if (!(fault instanceof StoreError && fault.code === "store_full")) throw fault;
};

/** Whoever is only heard need give nothing. */
const anyPrimary = async () => {};

/** What to say of whatever came of opening it. */
export function unusable(fault: unknown): RedisError {
  if (fault instanceof RedisError) return fault;
  const cause = fault instanceof StoreError ? (fault.cause ?? fault) : fault;
  const reason = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
  return new RedisError(
    `There is no Redis that can be used at the address of --redis (${reason}). Start it, let Snug in, or correct the address.`,
    { cause: fault },
  );
}
