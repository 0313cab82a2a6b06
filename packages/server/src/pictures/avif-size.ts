/** How large an AVIF picture is, as its header says: nothing here can decode one. `null`: it does not say. */
export function avifSize(bytes: Uint8Array): { width: number; height: number } | null {
  const head = bytes.subarray(0, 16_384);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
  let largest: { width: number; height: number } | null = null;
  // ISO 23008-12: the box "ispe" is 20 bytes, its name after four; one of a tile is smaller than the whole.
  for (const { index } of text.matchAll(/ispe/g)) {
    if (index + 16 > head.length || view.getUint32(index - 4) !== 20) continue;
    const [width, height] = [view.getUint32(index + 8), view.getUint32(index + 12)];
    if (largest === null || width * height > largest.width * largest.height)
      largest = { width, height };
  }
  const turn = /irot([^])/.exec(text)?.[1];
  const isOnSide = turn !== undefined && turn.charCodeAt(0) % 2 === 1;
  return largest && isOnSide ? { width: largest.height, height: largest.width } : largest;
}
