import type { Database } from "bun:sqlite";
import type { Blobs } from "../../core/ports.ts";
import { Files } from "../embedded/files.ts";
import { SearchIndex } from "../embedded/search-index.ts";
import type { Connection } from "../redis/connection.ts";
import { toRecord } from "../redis/files.ts";
import { house } from "../redis/keys.ts";
import { Difference, same } from "./compare.ts";
import { allBytes, isThere } from "./files.ts";
import type { Bytes } from "./part.ts";

/** Files and bytes, previews with them. */
export async function compareFiles(
  db: Database,
  connection: Connection,
  from: Blobs,
  to: Blobs,
): Promise<{ files: number; bytes: number }> {
  const found = new Files(db, new SearchIndex(db));
  let [files, bytes] = [0, 0];
  for (const one of allBytes(db)) {
    bytes += one.size;
    if (!(await isSame(one, from, to)))
      throw new Difference(`The bytes of the file ${one.name} are not as they were.`);
    const record = found.find(one.name);
    // Of a preview there is no record.
    if (record === null) continue;
    files++;
    const json = await connection.call<string | null>("HGET", house.files, one.name);
    same(`The record of the file ${one.name}`, record, toRecord(json));
  }
  return { files, bytes };
}

/** What was left where it was is only counted. */
async function isSame(bytes: Bytes, from: Blobs, to: Blobs): Promise<boolean> {
  if (!(await isThere(to, bytes))) return false;
  if (from === to || !(await isThere(from, bytes))) return true;
  return (await hashOf(from, bytes)) === (await hashOf(to, bytes));
}

async function hashOf(blobs: Blobs, { name, size }: Bytes): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const found = await blobs.read(name, 0, size);
  if (found !== null) for await (const chunk of streamOf(found)) hash.update(chunk);
  return hash.digest("hex");
}

export function streamOf(found: Blob | ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return found instanceof Blob ? found.stream() : found;
}
