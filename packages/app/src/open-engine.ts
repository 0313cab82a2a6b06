import {
  FolderError,
  hostsIn,
  openEmbedded,
  openFolderBlobs,
  openS3Blobs,
  systemClock,
  type S3Options,
} from "@snug/server";
import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, type Config } from "./config.ts";

interface Told {
  readonly onCommit: (changes: number, seconds: number) => void;
  readonly onFault: (fault: unknown) => void;
}

/** The engine that the settings ask for. */
export async function openEngine(config: Config, { onCommit, onFault }: Told) {
  const { data, redis, s3 } = config;
  const blobs = s3 && (await bucketOf(s3, data));
  if (redis === null) {
    return openEmbedded({
      folder: data,
      clock: systemClock,
      ...(blobs && { blobs }),
      onWait: () => console.error(`Another Snug has ${data}; waiting for it to stop …`),
      onCommit,
      onFault,
    });
  }
  const { openRedis } = await import("@snug/server/redis");
  // No lock: the folder is one for all nodes.
  const folder = await writable(data, s3 ? "spool" : "files");
  return openRedis({
    ...redis,
    clock: systemClock,
    blobs: blobs ?? openFolderBlobs(folder),
    onCommit,
    onFault,
  });
}

/** For the line that says it is ready; of addresses only what holds no password. */
export function placesOf({ data, redis, s3 }: Config): string {
  if (redis === null) return `data in ${data}`;
  const files = s3 ? `the bucket ${s3.bucket}` : `${data}, which all nodes have to share`;
  return `data on Redis at ${hostsIn(redis.url)}, files in ${files}`;
}

/** Better to say at the start that a bucket cannot be used than to each who uploads. */
export async function bucketOf(options: S3Options, folder: string) {
  const blobs = openS3Blobs(options, openFolderBlobs(join(folder, "spool")));
  try {
    await blobs.read("probe", 0, 1);
    return blobs;
  } catch {
    throw new ConfigError(
      `The bucket ${options.bucket} at ${options.endpoint} cannot be used. Check the address, the key and the region in --s3 (or SNUG_S3).`,
    );
  }
}

/** The same of a folder. */
async function writable(data: string, name: string): Promise<string> {
  const folder = join(data, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return folder;
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
    throw new FolderError(
      `Files cannot be kept in ${data} (${code}). Check that it is a folder and may be written to, or choose another with --data.`,
    );
  }
}
