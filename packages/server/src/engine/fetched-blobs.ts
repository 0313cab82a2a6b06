import { AwsClient } from "aws4fetch";
import { StoreError, type Blobs } from "../core/ports.ts";
import type { S3Options } from "./s3-blobs.ts";

/** Bytes in a bucket, where no place of this machine's lasts: a file is held in memory until it is whole. */
export function openFetchedBlobs({ endpoint, bucket, ...key }: S3Options): Blobs {
  const client = new AwsClient({ ...key, service: "s3", retries: 3 });
  const ask = async (name: string, init: RequestInit): Promise<Response> => {
    try {
      const answer = await client.fetch(`${endpoint}/${bucket}/${name}`, init);
      const isMissing = answer.status === 404 && init.method !== "PUT";
      if (answer.ok || isMissing) return answer;
      throw new Error(`The bucket answered ${answer.status}: ${await answer.text()}`);
    } catch (fault) {
      throw new StoreError("store_unavailable", { cause: fault });
    }
  };
  return {
    async put(name, bytes) {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      // Whoever hands it on may use its place again.
      for await (const chunk of bytes) chunks.push(new Uint8Array(chunk));
      const body = new Blob(chunks);
      const answer = await ask(name, { method: "PUT", body });
      // A connection with something unread on it cannot be used again.
      await answer.arrayBuffer();
      return body.size;
    },
    async read(name, from, to) {
      const headers = { range: `bytes=${from}-${to - 1}` };
      const { status, body } = await ask(name, { method: "GET", headers });
      if (status !== 404) return body;
      await body?.cancel();
      return null;
    },
    async remove(name) {
      const { body } = await ask(name, { method: "DELETE" });
      await body?.cancel();
    },
  };
}
