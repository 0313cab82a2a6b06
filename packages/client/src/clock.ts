/** Time and chance, so that tests can hold them. */
export interface Clock {
  /** Unix milliseconds; may jump, so it orders and times nothing. */
  now(): number;
  /** Calls back once after `ms`; returns its undo. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 up to 1. */
  random(): number;
}

/** Resolves after `ms` (`null`: never), or when the signal comes before. */
export async function rest(signal: AbortSignal, clock: Clock, ms: number | null): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      signal.removeEventListener("abort", end);
      cancel();
      resolve();
    };
    const cancel = ms === null ? () => {} : clock.after(ms, end);
    signal.addEventListener("abort", end);
  });
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
