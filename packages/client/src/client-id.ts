import type { Clock } from "./clock.ts";

/**
 * A new `clientId`: 48 bits of time and 80 of chance, as in a UUIDv7, so that
 * the server's index grows at its end. Not `crypto.randomUUID`, which browsers
 * lend to pages over HTTPS only.
 */
export function newClientId(clock: Pick<Clock, "now">): string {
  const chance = crypto.getRandomValues(new Uint8Array(10));
  const time = Math.max(0, clock.now()).toString(16).padStart(12, "0").slice(-12);
  return time + Array.from(chance, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
