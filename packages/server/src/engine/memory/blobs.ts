import type { Blobs } from "../../core/ports.ts";

/** The plainest blobs that keep the contract. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Blob>();
  return {
    async put(name, bytes) {
      const blob = new Blob((await Array.fromAsync(bytes)) as BlobPart[]);
      blobs.set(name, blob);
      return blob.size;
    },
    read: async (name, from, to) => blobs.get(name)?.slice(from, to) ?? null,
    async remove(name) {
      blobs.delete(name);
    },
  };
}
