/** People who upload one file after another until they are stopped: bun bench/uploads.ts URL TOKEN... */
import { upload } from "./upload.ts";

const MEBIBYTE = 1024 * 1024;
const SIZE = 5 * MEBIBYTE;
/** Bytes a second of one of them, who has a good line. */
const LINE = 4 * MEBIBYTE;
const PART = MEBIBYTE / 16;

const [url = "", ...tokens] = process.argv.slice(2);
await Promise.all(
  tokens.map(async (token) => {
    for (;;) await upload(url, token, paced());
  }),
);

/** A file, as fast as the line is. */
function paced(): ReadableStream<Uint8Array> {
  let left = SIZE;
  return new ReadableStream({
    async pull(control) {
      await Bun.sleep((PART / LINE) * 1_000);
      control.enqueue(new Uint8Array(PART));
      left -= PART;
      if (left <= 0) control.close();
    },
  });
}
