import { expect } from "bun:test";

/** The files of an archive whose entries are stored as they are, by their names, each checked by its sum. */
export function unzip(zip: Uint8Array): Map<string, string> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const files = new Map<string, string>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [size, length] = [view.getUint32(at + 24, true), view.getUint16(at + 28, true)];
    const begin = view.getUint32(at + 42, true) + 30 + length;
    const bytes = zip.subarray(begin, begin + size);
    expect(Bun.hash.crc32(bytes)).toBe(view.getUint32(at + 16, true));
    const text = new TextDecoder();
    const name = text.decode(zip.subarray(at + 46, at + 46 + length));
    expect(files.has(name)).toBe(false);
    files.set(name, text.decode(bytes));
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}
