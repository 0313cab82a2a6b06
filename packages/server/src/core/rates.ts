import { fail, limits, type Failure } from "@snug/protocol";
import { Limiter, type Rate } from "./limiter.ts";
import type { Clock } from "./ports.ts";
import { type House, Talk } from "./talk.ts";

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
  close(): void;
}

/** What was taken from buckets of one kind. */
type Taken = readonly [name: RateName, key: string, count: number];

/** Milliseconds between two tellings of what was taken. */
const GATHER = 300;
/** The part of a burst that is nobody else's business: who takes no more, and slowly, is no flood anywhere. */
const QUIET = 1 / 32;

/**
 * The rates of a house, by the numbers in limit.ts. Each node has all buckets, and
 * takes from them at once; what is taken in one place is told, and taken in the others.
 */
export class HouseRates implements Rates {
  readonly uploadsAtOnce = limits.uploadsAtOnce;
  readonly #clock: Pick<Clock, "elapsed" | "after">;
  readonly #hash: House["hash"];
  readonly #limiters: Readonly<Record<RateName, Limiter>>;
  /** What the other nodes do not know of. */
  readonly #untold = new Map<RateName, Map<string, number>>();
  readonly #talk: Talk<readonly Taken[]>;
  #cancel: (() => void) | null = null;

  constructor(clock: Pick<Clock, "elapsed" | "after">, house: House) {
    this.#clock = clock;
    this.#hash = house.hash;
    this.#limiters = Object.fromEntries(
      Object.entries(rates).map(([name, rate]) => [name, new Limiter(clock, rate)]),
    ) as Record<RateName, Limiter>;
    this.#talk = new Talk<readonly Taken[]>(house, "taken", {
      heard: (all) => {
        for (const [name, key, count] of all)
          if (Object.hasOwn(rates, name)) this.#limiters[name].takeElsewhere(key, count);
      },
    });
  }

  refuse(name: RateName, key: string): Failure | null {
    const bucket = name === "newcomers" ? this.#hash(key) : key;
    const limiter = this.#limiters[name];
    const wait = limiter.take(bucket);
    if (wait > 0) return tooFast(wait);
    if (!this.#talk.isAlone && limiter.lack(bucket) > QUIET) this.#note(name, bucket);
    return null;
  }

  close(): void {
    this.#cancel?.();
    this.#talk.close();
  }

  #note(name: RateName, bucket: string): void {
    const taken = this.#untold.get(name) ?? new Map<string, number>();
    this.#untold.set(name, taken.set(bucket, (taken.get(bucket) ?? 0) + 1));
    this.#cancel ??= this.#clock.after(GATHER, () => this.#tell());
  }

  #tell(): void {
    this.#cancel = null;
    const told: Taken[] = [];
    for (const [name, taken] of this.#untold)
      for (const [bucket, count] of taken) told.push([name, bucket, count]);
    this.#untold.clear();
    this.#talk.tell(told);
  }
}

export const noRates: Rates = {
  refuse: () => null,
  uploadsAtOnce: Number.POSITIVE_INFINITY,
  close() {},
};

/** @param wait milliseconds after which it may go on */
export function tooFast(wait: number): Failure {
  const retryAfter = Math.max(1, Math.ceil(wait / 1_000));
  return fail("rate_limited", `Nothing was changed. Send the same again in ${retryAfter} s.`, {
    retryAfter,
  });
}
