import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { StoreError, type Blobs } from "../../core/ports.ts";
import { Turns } from "../../core/turns.ts";

/**
 * Bytes. A commit of messages waits at the disk for whatever is being synced there,
 * so a file is synced in parts, of which a disk takes one in a few milliseconds.
 */
const SYNC_EVERY = 256 * 1024;

/**
 * Bytes as files in a folder, which is made when the first one comes. Each is written
 * beside its place, made durable there, and only then put into it.
 */
export function openFolderBlobs(folder: string): Blobs {
  // For the same reason there is one sync at a time, however many files come.
  const syncs = new Turns(1, Number.POSITIVE_INFINITY);
  const pathOf = (name: string) => {
    // Names are ids of ours; nothing that anybody sends is ever a path.
    if (!/^[\w-]+(\.\w+)?$/.test(name)) throw new Error("no name of a file of ours");
    return join(folder, name);
  };
  return {
    async put(name, bytes) {
      const path = pathOf(name);
      const part = `${path}.part`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const size = await write(part, bytes, syncs);
        await rename(part, path);
        await sync(folder, syncs);
        return size;
      } catch (fault) {
        await rm(part, { force: true }).catch(() => {});
        throw toStoreError(fault);
      }
    },
    async read(name, from, to) {
      const file = Bun.file(pathOf(name));
      return (await file.exists()) ? file.slice(from, to) : null;
    },
    async remove(name) {
      const path = pathOf(name);
      try {
        await rm(path, { force: true });
        await rm(`${path}.part`, { force: true });
      } catch (fault) {
        throw toStoreError(fault);
      }
    },
  };
}

async function write(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  syncs: Turns,
): Promise<number> {
  const file = await open(path, "w", 0o600);
  let size = 0;
  let synced = 0;
  try {
    for await (const chunk of bytes) {
      // One write may take less than all of it.
      for (let done = 0; done < chunk.length;)
        done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
      size += chunk.length;
      if (size - synced < SYNC_EVERY) continue;
      await syncs.take(() => file.datasync());
      synced = size;
    }
    await syncs.take(() => file.sync());
  } finally {
    await file.close();
  }
  return size;
}

/** A name is as durable as its folder. */
async function sync(folder: string, syncs: Turns): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await syncs.take(() => handle.sync());
  } finally {
    await handle.close();
  }
}

/** What the system said; whatever else was thrown came from the source, and is not ours. */
function toStoreError(fault: unknown): unknown {
  if (!(fault instanceof Error) || !("syscall" in fault)) return fault;
  const isFull = "code" in fault && (fault.code === "ENOSPC" || fault.code === "EDQUOT");
  return new StoreError(isFull ? "store_full" : "store_unavailable", { cause: fault });
}
