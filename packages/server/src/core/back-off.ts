import { fail, limits, succeed, type Result } from "@snug/protocol";
import { Fading } from "./fading.ts";
import type { Clock } from "./ports.ts";

/** Wrong passwords in a row. */
interface Wrong {
  count: number;
  /** When the last of them came, and before when no other is taken. */
  at: number;
  until: number;
}

/**
 * Slows down whoever guesses passwords: after some wrong ones in a row they
 * wait, twice as long each time. Counted by address and username, and by
 * address for those who try many names; never by username alone, or anybody
 * could keep its owner out from elsewhere.
 */
export class BackOff {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #pairs = new Fading<Wrong>(limits.passwordMemoryMs);
  readonly #addresses = new Fading<Wrong>(limits.passwordMemoryMs);

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  /**
   * Lets one password be checked, or says why not now. `verify` answers
   * whether it fits, and `null` when it could not be checked at all.
   */
  async attempt(
    address: string,
    username: string,
    verify: () => Promise<boolean | null>,
  ): Promise<Result<boolean>> {
    const now = this.#clock.elapsed();
    // No account has a longer name, so cut it is as good a key.
    const key = `${address} ${username.slice(0, limits.usernameLength + 1).toLowerCase()}`;
    const pair = recall(this.#pairs.get(key, now), now);
    const all = recall(this.#addresses.get(address, now), now);
    const wait = Math.max(pair.until, all.until) - now;
    if (wait > 0) return slow(wait);

    // Wrong until it is known to be right: many at once must not all be the first.
    const undoPair = count(pair, now, limits.passwordTries);
    const undoAll = count(all, now, limits.passwordTriesPerAddress);
    this.#pairs.set(key, pair, now);
    this.#addresses.set(address, all, now);
    let fits: boolean | null = null;
    try {
      fits = await verify();
    } finally {
      if (fits !== false) {
        undoPair();
        undoAll();
      }
    }
    if (fits === null) return busy;
    if (fits) {
      // Only what this username counted: else an account of one's own would
      // wipe out the guesses at others'.
      all.count = Math.max(0, all.count - pair.count);
      pair.count = 0;
      this.#pairs.delete(key);
    }
    return succeed(fits);
  }
}

/** Too many passwords wait to be hashed. */
export const busy = fail(
  "rate_limited",
  "Too many passwords are being checked. Nothing was changed; try again in 1 s.",
  { retryAfter: 1 },
);

function recall(wrong: Wrong | undefined, now: number): Wrong {
  if (wrong !== undefined && now - wrong.at < limits.passwordMemoryMs) return wrong;
  return { count: 0, at: now, until: 0 };
}

/** One more; what comes back undoes it. */
function count(wrong: Wrong, now: number, tries: number): () => void {
  wrong.count++;
  wrong.at = now;
  const over = wrong.count - tries;
  if (over >= 0) wrong.until = now + Math.min(1_000 * 2 ** over, limits.passwordWaitMs);
  const { until } = wrong;
  return () => {
    wrong.count--;
    if (wrong.until === until) wrong.until = 0;
  };
}

function slow(wait: number) {
  const retryAfter = Math.ceil(wait / 1_000);
  return fail("rate_limited", `Too many wrong passwords. Try again in ${retryAfter} s.`, {
    retryAfter,
  });
}
