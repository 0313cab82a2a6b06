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

/** Whether others are at work, for something that cannot tell its own work from theirs: asked before it and after. */
export async function isDisturbed(): Promise<boolean> {
  const before = busy();
  await Bun.sleep(1_000);
  return (busy() - before) / 1_000 > FOREIGN;
}

function busy(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}
