/** Uploads, and people who make one after another until they are stopped: bun bench/uploads.ts URL TOKEN... */
const MEBIBYTE = 1024 * 1024;
const SIZE = 5 * MEBIBYTE;
/** Bytes a second of one of them, who has a good line. */
const LINE = 4 * MEBIBYTE;
const PART = MEBIBYTE / 16;

/** Sends a file into the general room. */
export async function upload(url: string, token: string, body: BodyInit): Promise<void> {
  const response = await fetch(`${url}/v1/rooms/general/files?name=large.bin`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  if (response.status !== 201) throw new Error(`an upload was answered with ${response.status}`);
}

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

if (import.meta.main) {
  const [url = "", ...tokens] = process.argv.slice(2);
  await Promise.all(
    tokens.map(async (token) => {
      for (;;) await upload(url, token, paced());
    }),
  );
}
