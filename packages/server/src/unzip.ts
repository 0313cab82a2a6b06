/** For tests: the files of an archive that stores them as they are, by their names; each has to fit its sum. */
export function unzip(zip: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error("the archive has no end");
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [sum, size] = [view.getUint32(at + 16, true), view.getUint32(at + 24, true)];
    const length = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + length));
    const begin = view.getUint32(at + 42, true) + 30 + length;
    const bytes = zip.subarray(begin, begin + size);
    if (files.has(name)) throw new Error(`${name} is there twice`);
    if (Bun.hash.crc32(bytes) !== sum) throw new Error(`${name} is damaged`);
    files.set(name, bytes);
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}
