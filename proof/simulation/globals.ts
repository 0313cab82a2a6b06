import type { Chance } from "../chance.ts";
import type { Internet } from "./internet.ts";

/**
 * Puts the simulated network and time in the place of the runtime's own, for
 * whatever runs in this process from now on; returns its undo.
 */
export function takeOver(internet: Internet, chance: Chance): () => void {
  const { fetch, WebSocket } = globalThis;
  // Kept to be put back, not to be called.
  // oxlint-disable-next-line typescript/unbound-method
  const [timeout, getRandomValues] = [AbortSignal.timeout, crypto.getRandomValues];
  Object.assign(globalThis, { fetch: internet.fetch, WebSocket: internet.WebSocket });
  AbortSignal.timeout = (ms) => {
    const late = new AbortController();
    internet.time.after(ms, () => late.abort(new DOMException("timed out", "TimeoutError")));
    return late.signal;
  };
  crypto.getRandomValues = (<Values extends Uint8Array>(values: Values) => {
    for (let index = 0; index < values.length; index++) values[index] = chance.whole(0, 255);
    return values;
  }) as typeof crypto.getRandomValues;
  return () => {
    Object.assign(globalThis, { fetch, WebSocket });
    AbortSignal.timeout = timeout;
    crypto.getRandomValues = getRandomValues;
  };
}
