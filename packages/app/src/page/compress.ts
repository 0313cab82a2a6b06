import type { Encoded } from "@snug/server";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/**
 * Brotli's step 6 takes a few milliseconds for a page; its last step takes half
 * a second for a twelfth less, which is a long time to be not ready.
 */
const QUALITY = 6;

/** The body in the codings that make it smaller. */
export async function compress(body: Uint8Array<ArrayBuffer>): Promise<Encoded> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY };
  const [br, gzipped] = await Promise.all([brotli(body, { params }), zip(body, { level: 9 })]);
  return {
    ...(br.byteLength < body.byteLength && { br }),
    ...(gzipped.byteLength < body.byteLength && { gzip: gzipped }),
  };
}
