import { fail, limits, type Failure } from "@snug/protocol";
import { Limiter, type Rate } from "./limiter.ts";
import type { Clock } from "./ports.ts";

// Where the numbers in limit.ts come from: the fastest typist sends two messages
// a second, a program that reports every event of a busy machine some ten, and
// an outbox that was offline catches up within seconds. A hall of 300 scans one
// code on one wall, behind one address. A program that copies a whole history
// reads 20,000 events a second. A flood is a hundred times above all of these.

/** What is counted: per user, but for `roomSends` (per room) and `newcomers` (per address). */
const rates = {
  /** Whatever adds to a log or changes a record. */
  sends: { perSecond: limits.sendsPerSecond, burst: limits.sendsBurst },
  roomSends: { perSecond: limits.roomSendsPerSecond, burst: limits.roomSendsBurst },
  typing: { perSecond: limits.typingPerSecond, burst: limits.typingBurst },
  openings: { perSecond: limits.openingsPerSecond, burst: limits.openingsBurst },
  reads: { perSecond: limits.readsPerSecond, burst: limits.readsBurst },
  searches: { perSecond: limits.searchesPerSecond, burst: limits.searchesBurst },
  /** New rooms, invites and tokens. */
  creations: { perSecond: limits.creationsPerMinute / 60, burst: limits.creationsBurst },
  uploads: { perSecond: limits.uploadsPerMinute / 60, burst: limits.uploadsBurst },
  exports: { perSecond: limits.exportsPerMinute / 60, burst: limits.exportsBurst },
  /** New guests and accounts. */
  newcomers: { perSecond: limits.newcomersPerMinute / 60, burst: limits.newcomersBurst },
} as const satisfies Record<string, Rate>;

export type RateName = keyof typeof rates;

export interface Rates {
  /** Why it may not happen now, or `null`; then it is counted. */
  refuse(name: RateName, key: string): Failure | null;
  /** Uploads that one user may have under way. */
  readonly uploadsAtOnce: number;
}

/** The rates of this node, by the numbers in limit.ts. */
export function createRates(clock: Pick<Clock, "elapsed">): Rates {
  const limiters = Object.fromEntries(
    Object.entries(rates).map(([name, rate]) => [name, new Limiter(clock, rate)]),
  ) as Record<RateName, Limiter>;
  return {
    refuse(name, key) {
      const wait = limiters[name].take(key);
      return wait === 0 ? null : tooFast(wait);
    },
    uploadsAtOnce: limits.uploadsAtOnce,
  };
}

export const noRates: Rates = {
  refuse: () => null,
  uploadsAtOnce: Number.POSITIVE_INFINITY,
};

/** @param wait milliseconds after which it may go on */
export function tooFast(wait: number): Failure {
  const retryAfter = Math.max(1, Math.ceil(wait / 1_000));
  return fail("rate_limited", `Nothing was changed. Send the same again in ${retryAfter} s.`, {
    retryAfter,
  });
}
