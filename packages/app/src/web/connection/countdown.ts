/** Whole seconds until the next attempt, from how long the state has held, never from the clock of day. */
export const secondsLeft = (retryIn: number, held: number) =>
  Math.max(0, Math.ceil((retryIn - held) / 1000));
