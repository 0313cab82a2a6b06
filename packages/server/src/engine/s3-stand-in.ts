import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The one account that it has. */
const KEY = "S3RVER";
const BUCKET = "snug";
/** What it appends to the name of an object's file. */
const OBJECT = "._S3rver_object";
const UPLOADS = "._S3rver_uploads";

/** A bucket on this machine. It knows whose key a request is signed by, and does not check version 4's signature. */
export async function startS3() {
  const { default: S3rver } = await import("s3rver");
  const folder = mkdtempSync(join(tmpdir(), "snug-s3-"));
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: folder,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await server.run();
  const list = (path: string) => {
    try {
      return readdirSync(join(folder, BUCKET, path));
    } catch (fault) {
      // Made when the first one begins.
      if (fault instanceof Error && "code" in fault && fault.code === "ENOENT") return [];
      throw fault;
    }
  };
  return {
    options: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: BUCKET,
      region: "us-east-1",
      accessKeyId: KEY,
      secretAccessKey: KEY,
    },
    objects: () =>
      list("").flatMap((file) => (file.endsWith(OBJECT) ? file.slice(0, -OBJECT.length) : [])),
    /** Uploads in parts that did not end. */
    uploads: () => list(UPLOADS),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
