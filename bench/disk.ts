import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const APPENDS = 100;
const BYTES = 256;

/** The time of one small append with its fdatasync in `folder`, in milliseconds: the median of many. */
export function timeSync(folder: string): number {
  const path = join(folder, "sync-probe");
  const file = openSync(path, "a");
  const record = new Uint8Array(BYTES).fill(0x20);
  const times: number[] = [];
  for (let i = 0; i < APPENDS; i++) {
    const start = performance.now();
    writeSync(file, record);
    fdatasyncSync(file);
    times.push(performance.now() - start);
  }
  closeSync(file);
  unlinkSync(path);
  return times.toSorted((a, b) => a - b)[APPENDS / 2] ?? 0;
}
