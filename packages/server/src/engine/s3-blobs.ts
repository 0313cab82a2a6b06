import { StoreError, type Blobs } from "../core/ports.ts";

export interface S3Options {
  /** The service's address, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Bytes in a bucket. They pass through a place of this machine's, so that nothing is
 * in the bucket of what breaks off, and memory holds a few parts of it at most.
 */
export function openS3Blobs(options: S3Options, spool: Blobs): Blobs {
  const bucket = new Bun.S3Client({
    ...options,
    partSize: 5 * 1024 * 1024,
    queueSize: 1,
    retry: 3,
  });
  const serving = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (fault) {
      throw fault instanceof StoreError
        ? fault
        : new StoreError("store_unavailable", { cause: fault });
    }
  };
  return {
    async put(name, bytes) {
      const size = await spool.put(name, bytes);
      try {
        await serving(async () => {
          const whole = await spool.read(name, 0, size);
          if (!(whole instanceof Blob)) throw new Error("the spool keeps nothing");
          await bucket.write(name, whole);
        });
      } finally {
        await spool.remove(name);
      }
      return size;
    },
    read: (name, from, to) =>
      serving(async () => {
        const file = bucket.file(name);
        return (await file.exists()) ? file.slice(from, to).stream() : null;
      }),
    async remove(name) {
      await spool.remove(name);
      await serving(() => bucket.delete(name));
    },
  };
}
