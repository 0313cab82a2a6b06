import { cpus } from "node:os";

/** Cores' worth of foreign work that a window bears. */
export const FOREIGN = 0.25;

const SAMPLE = 300;
let patience = 60_000;

/** Waits until others leave the machine alone; a minute at most over the whole bench. */
export async function calm(): Promise<void> {
  while (patience > 0) {
    const before = busy();
    await Bun.sleep(SAMPLE);
    if ((busy() - before) / SAMPLE <= FOREIGN) return;
    patience -= SAMPLE;
  }
}

function busy(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}
