/** As much of SQLite's write-ahead log as a cut needs: https://www.sqlite.org/fileformat2.html, 4.1. */
export const WAL_HEAD = 32;
const FRAME_HEAD = 24;

/** The salts: they change whenever the log is begun anew. */
export function generation(wal: Buffer): string {
  return wal.length < WAL_HEAD ? "none" : wal.toString("hex", 16, 24);
}

export function frameSize(wal: Buffer): number {
  return FRAME_HEAD + wal.readUInt32BE(8);
}

/** Where the last commit ends; what lies behind it is of an earlier generation. */
export function committedEnd(wal: Buffer): number {
  if (wal.length < WAL_HEAD) return 0;
  const size = frameSize(wal);
  let end = 0;
  for (let at = WAL_HEAD; at + size <= wal.length; at += size) {
    if (wal.toString("hex", at + 8, at + 16) !== generation(wal)) break;
    // The size of the database after a commit; 0 in a frame that ends none.
    if (wal.readUInt32BE(at + 4) !== 0) end = at + size;
  }
  return end;
}

/** How many frames are committed. */
export function frames(wal: Buffer): number {
  return wal.length < WAL_HEAD ? 0 : Math.max(0, committedEnd(wal) - WAL_HEAD) / frameSize(wal);
}
