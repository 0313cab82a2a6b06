import type { Chance } from "../chance.ts";
import type { Internet } from "./internet.ts";

/**
 * Puts the simulated network and time in the place of the runtime's own, for
 * whatever runs in this process from now on; returns its undo.
 */
export function takeOver(internet: Internet, chance: Chance): () => void {
  const own = {
    fetch: globalThis.fetch,
    WebSocket: globalThis.WebSocket,
    timeout: AbortSignal.timeout,
    random: crypto.getRandomValues,
  };
  globalThis.fetch = internet.fetch as typeof fetch;
  globalThis.WebSocket = internet.WebSocket as unknown as typeof WebSocket;
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
    globalThis.fetch = own.fetch;
    globalThis.WebSocket = own.WebSocket;
    AbortSignal.timeout = own.timeout;
    crypto.getRandomValues = own.random;
  };
}
