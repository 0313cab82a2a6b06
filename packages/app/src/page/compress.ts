import type { Encoded } from "@snug/server";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** The body in the codings that make it smaller. */
export async function compress(body: Uint8Array<ArrayBuffer>): Promise<Encoded> {
  // At its last step, which is the default.
  const [br, gzipped] = await Promise.all([brotli(body), zip(body, { level: 9 })]);
  return {
    ...(br.byteLength < body.byteLength && { br }),
    ...(gzipped.byteLength < body.byteLength && { gzip: gzipped }),
  };
}
