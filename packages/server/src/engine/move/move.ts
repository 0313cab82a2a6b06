import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError, type Blobs, type Clock } from "../../core/ports.ts";
import { ownFolder } from "../embedded/engine.ts";
import {
  readMoveMark,
  removeMoveMark,
  sayMoved,
  writeMoveMark,
  type MoveMark,
} from "../embedded/move-mark.ts";
import { hostsIn, parseRedis } from "../redis/address.ts";
import { Connection } from "../redis/connection.ts";
import { Durability } from "../redis/durability.ts";
import { unusable, type RedisOptions } from "../redis/engine.ts";
import { Primary, toFacts } from "../redis/primary.ts";
import { compareFiles, streamOf } from "./compare-files.ts";
import { compare, Difference, type Compared } from "./compare.ts";
import { allBytes, files, isThere } from "./files.ts";
import { logs, LostEvent } from "./log.ts";
import { MoveError } from "./move-error.ts";
import type { Bytes, Part } from "./part.ts";
import { sessions, users } from "./people.ts";
import { repeats } from "./repeats.ts";
import { rest } from "./rest.ts";
import { lastRoles, members, rooms } from "./rooms.ts";
import { sizeOf, type Size } from "./size.ts";
import { Overtaken, Target } from "./target.ts";

export interface MoveOptions extends Pick<RedisOptions, "url" | "durability"> {
  readonly folder: string;
  readonly clock: Clock;
  /** The bytes in the folder, and where they belong: the same where they stay. */
  readonly from: Blobs;
  readonly to: Blobs;
  readonly onBegin?: (size: Size, goesOn: boolean) => void;
  /** Told how many events this process brought so far. */
  readonly onStep?: (events: number) => void;
}

export interface Moved extends Compared {
  readonly files: number;
  readonly bytes: number;
  readonly seconds: { readonly copied: number; readonly compared: number };
  /** Events that this process brought; others were there before. */
  readonly brought: number;
}

/**
 * Takes a house out of its folder to a Redis. Whatever ends it on the way, the same call
 * goes on with it: the folder is marked before anything is there, so that nothing changes
 * in it any more, and with all that it brings there it says how far that is. Only when
 * all was read again and compared is the folder a house that was moved, and then the
 * Redis a house. `null`: it was moved there before.
 */
export async function moveHouse(options: MoveOptions): Promise<Moved | null> {
  const { folder, url, clock } = options;
  const address = parseRedis(url);
  if (address === null) throw new MoveError("This is no address of a Redis.");
  if (!existsSync(join(folder, "snug.db")))
    throw new MoveError(`There is no house in ${folder}. Name the folder of one with --data.`);
  const { db, wal } = await ownFolder(folder, clock, 0);
  try {
    // Before there is a connection: all events are gone through, and it breaks by silence.
    const size = sizeOf(db);
    const primary = new Primary(address);
    const durability = new Durability(options.durability);
    try {
      const look = durability.look.bind(durability);
      const connection = await Connection.open(primary, look, () => {}).catch(refuse);
      try {
        return await move(options, hostsIn(url), db, connection, size);
      } finally {
        connection.close();
      }
    } finally {
      primary.close();
    }
  } catch (fault) {
    throw toMoveError(fault, options);
  } finally {
    db.close();
    wal.close();
  }
}

async function move(
  options: MoveOptions,
  host: string,
  db: Database,
  connection: Connection,
  size: Size,
): Promise<Moved | null> {
  const { folder, clock, from, to, onBegin = () => {} } = options;
  const before = readMoveMark(folder);
  if (before?.done) return moved(folder, before, host, connection);

  const there = await Target.look(connection);
  const goesOn = there === before?.id;
  if (!goesOn) {
    if (there !== 0) throw notEmpty(host, there);
    await checkMemory(connection, size);
  }
  await checkBytes(db, from, to);
  const mark: MoveMark = { id: before?.id ?? crypto.randomUUID(), to: host, done: false };
  writeMoveMark(folder, mark);
  const target = await Target.begin(connection, mark.id, "0 ");
  if (target === null) {
    if (before === null) removeMoveMark(folder);
    throw notEmpty(host, await Target.look(connection));
  }
  onBegin(size, goesOn);

  const start = clock.elapsed();
  const brought = await bring(options, db, target);
  const copied = clock.elapsed();
  const compared = {
    ...(await compare(db, connection, clock)),
    ...(await compareFiles(db, connection, from, to)),
  };
  if (options.durability === "replicated") await checkReplica(connection);
  writeMoveMark(folder, { ...mark, done: true });
  await target.finish();
  const seconds = {
    copied: (copied - start) / 1_000,
    compared: (clock.elapsed() - copied) / 1_000,
  };
  return { ...compared, brought, seconds };
}

/** It was moved; perhaps the other end does not know that yet. */
async function moved(
  folder: string,
  mark: MoveMark,
  host: string,
  connection: Connection,
): Promise<null> {
  const there = await Target.look(connection);
  // Nothing of it is left where it was moved to, or it was never there.
  if (mark.to !== host || there === 0) throw new MoveError(sayMoved(folder, mark));
  if (there === mark.id) await (await Target.begin(connection, mark.id, ""))?.finish();
  return null;
}

/** How many events it brought. */
async function bring(
  { clock, from, to, onStep = () => {} }: MoveOptions,
  db: Database,
  target: Target,
): Promise<number> {
  const now = clock.now();
  const parts: readonly Part[] = [
    users(db),
    sessions(db, now),
    rooms(db),
    members(db),
    repeats(db, now),
    logs(db),
    files(db),
    rest(db, now),
    lastRoles(db),
  ];
  const [first = "", after = ""] = target.at.split(/ (.*)/s);
  let brought = 0;
  for (const [index, part] of parts.entries()) {
    if (index < Number(first)) continue;
    const isBegun = index === Number(first) && after !== "";
    for (const { commands, bytes = [], events = 0, upTo } of part(isBegun ? after : null)) {
      for (const one of bytes) await copy(one, from, to);
      await target.put(commands, `${index} ${upTo}`);
      brought += events;
      onStep(brought);
    }
    await target.put([], `${index + 1} `);
  }
  return brought;
}

async function copy(bytes: Bytes, from: Blobs, to: Blobs): Promise<void> {
  if (from === to) return;
  const found = await from.read(bytes.name, 0, bytes.size);
  // Else they are where they belong, as was seen before.
  if (found !== null) await to.put(bytes.name, streamOf(found));
}

async function checkMemory(connection: Connection, { memory }: Size): Promise<void> {
  const is = toFacts(await connection.call<string>("INFO", "memory"));
  const [most, used] = [Number(is.get("maxmemory") ?? 0), Number(is.get("used_memory") ?? 0)];
  if (most === 0 || used + memory <= most) return;
  const mebibytes = Math.ceil((used + memory) / 1024 / 1024);
  throw new MoveError(
    `This house needs some ${mebibytes} MiB of Redis' memory. Raise maxmemory, or take it away. Nothing was changed.`,
  );
}

async function checkBytes(db: Database, from: Blobs, to: Blobs): Promise<void> {
  let missing = 0;
  for (const bytes of allBytes(db)) {
    const isFound = (await isThere(from, bytes)) || (from !== to && (await isThere(to, bytes)));
    if (!isFound) missing++;
  }
  if (missing === 0) return;
  throw new MoveError(
    `The bytes of ${missing} files or previews are not in the folder${from === to ? "; if they are in a bucket, name it with --s3" : " nor in the bucket"}. Nothing was changed.`,
  );
}

async function checkReplica(connection: Connection): Promise<void> {
  if ((await connection.call<number>("WAIT", "1", "1000")) > 0) return;
  throw new MoveError("No replica has all of it yet. Run the same again: it goes on.");
}

function refuse(fault: unknown): never {
  throw unusable(fault);
}

function notEmpty(host: string, there: string | number): MoveError {
  return new MoveError(
    typeof there === "string"
      ? `Another move to the Redis at ${host} is half done. Finish that one, or clear this Redis with redis-cli FLUSHALL. Nothing was changed.`
      : `The Redis at ${host} is not empty (${there} keys). Name one of the house's own, or clear it with redis-cli FLUSHALL. Nothing was changed.`,
  );
}

function toMoveError(fault: unknown, { url }: MoveOptions): unknown {
  const host = hostsIn(url);
  if (fault instanceof Difference)
    return new MoveError(
      `${fault.message} The move to the Redis at ${host} is not done: clear it with redis-cli FLUSHALL, and run the same again.`,
    );
  if (fault instanceof LostEvent)
    return new MoveError(`${fault.message} Put a backup in the folder's place.`);
  if (fault instanceof Overtaken)
    return new MoveError(
      `Something else writes to the Redis at ${host}. Stop that, and run the same again: it goes on.`,
    );
  if (!(fault instanceof StoreError)) return fault;
  const why = fault.cause instanceof Error ? ` (${fault.cause.message.replace(/\.$/, "")})` : "";
  return new MoveError(
    fault.code === "store_full"
      ? `There is no more room${why}. Make some, and run the same again: it goes on.`
      : `The Redis at ${host} or the place of the files cannot be reached${why}. Run the same again: it goes on.`,
  );
}
