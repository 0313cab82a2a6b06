import { fail, limits, succeed, type Result } from "@snug/protocol";
import { Fading } from "./fading.ts";
import type { Clock } from "./ports.ts";
import { type House, Talk } from "./talk.ts";

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
 * could keep its owner out from elsewhere. Other nodes of the house hear of each
 * that was checked, and count it as their own.
 */
export class BackOff {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #hash: House["hash"];
  readonly #talk: Talk<Checked>;
  readonly #pairs = new Fading<Wrong>(limits.passwordMemoryMs);
  readonly #addresses = new Fading<Wrong>(limits.passwordMemoryMs);

  constructor(clock: Pick<Clock, "elapsed">, house: House) {
    this.#clock = clock;
    this.#hash = house.hash;
    this.#talk = new Talk<Checked>(house, "password", {
      heard: ([key, place, fits]) => {
        if (fits) this.#forgive(key, place);
        else this.#count(key, place);
      },
    });
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
    const name = username.slice(0, limits.usernameLength + 1).toLowerCase();
    const [key, place] = [this.#hash(`${address} ${name}`), this.#hash(address)];
    const wait = Math.max(this.#pair(key).until, this.#all(place).until) - now;
    if (wait > 0) return slow(wait);

    // Wrong until it is known to be right: many at once must not all be the first.
    const undo = this.#count(key, place);
    let fits: boolean | null = null;
    try {
      fits = await verify();
    } finally {
      if (fits !== false) undo();
    }
    if (fits === null) return busy;
    this.#talk.tell([key, place, fits]);
    if (fits) this.#forgive(key, place);
    return succeed(fits);
  }

  close(): void {
    this.#talk.close();
  }

  /** A wrong one; what comes back undoes it. */
  #count(key: string, place: string): () => void {
    const now = this.#clock.elapsed();
    const [pair, all] = [this.#pair(key), this.#all(place)];
    const undoPair = count(pair, now, limits.passwordTries);
    const undoAll = count(all, now, limits.passwordTriesPerAddress);
    this.#pairs.set(key, pair, now);
    this.#addresses.set(place, all, now);
    return () => {
      undoPair();
      undoAll();
    };
  }

  /**
   * A right one. It wipes out only what its username counted: else an account
   * of one's own would wipe out the guesses at others'.
   */
  #forgive(key: string, place: string): void {
    const [pair, all] = [this.#pair(key), this.#all(place)];
    all.count = Math.max(0, all.count - pair.count);
    pair.count = 0;
    this.#pairs.delete(key);
  }

  #pair(key: string): Wrong {
    const now = this.#clock.elapsed();
    return recall(this.#pairs.get(key, now), now);
  }

  #all(place: string): Wrong {
    const now = this.#clock.elapsed();
    return recall(this.#addresses.get(place, now), now);
  }
}

/** By address and username, by address, and whether it was right. */
type Checked = readonly [key: string, place: string, fits: boolean];

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
