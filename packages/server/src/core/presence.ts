import { limits, type UserId } from "@snug/protocol";
import type { Settings } from "./ports.ts";

/** Who came and who went since the last look. */
export interface Comings {
  readonly online: readonly UserId[];
  readonly offline: readonly UserId[];
  /** Whose stay is over, whether others knew of it or not. */
  readonly over: readonly UserId[];
}

/**
 * Who is in one place, a room or the house as a whole, made of the connections
 * that each has there:
 *
 *     away ──open──▶ here ──last close──▶ leaving ──leaveMs──▶ away
 *                      ▲                     │
 *                      └────────open─────────┘     a reload: nobody is told
 *
 * Each step costs the same, however many are here. Times are milliseconds that
 * never go backwards.
 */
export class Attendance {
  readonly #isHidden: (user: UserId) => boolean;
  readonly #connections = new Map<UserId, number>();
  /** Until when those are here still who have no connection any more; soonest first. */
  readonly #leaving = new Map<UserId, number>();
  /** Of whom others may have to be told something. */
  readonly #touched = new Set<UserId>();
  readonly #told = new Set<UserId>();

  /** @param isHidden asked at each look; whoever changes it says so by `touch` */
  constructor(isHidden: (user: UserId) => boolean) {
    this.#isHidden = isHidden;
  }

  open(user: UserId): void {
    this.#connections.set(user, (this.#connections.get(user) ?? 0) + 1);
    this.#leaving.delete(user);
    this.#touched.add(user);
  }

  /** One of their connections is closed. */
  close(user: UserId, now: number): void {
    const left = (this.#connections.get(user) ?? 0) - 1;
    if (left > 0) return void this.#connections.set(user, left);
    if (!this.#connections.delete(user)) return;
    this.#leaving.set(user, now + limits.leaveMs);
    this.#touched.add(user);
  }

  /** Who has no connection any more is gone at once. */
  dismiss(user: UserId): void {
    if (!this.#leaving.delete(user)) return;
    this.#touched.add(user);
  }

  /** Whether they are hidden is another now. */
  touch(user: UserId): void {
    if (this.#isKnown(user)) this.#touched.add(user);
  }

  /** What others have to be told; it counts as told from now on. */
  look(now: number): Comings {
    for (const [user, until] of this.#leaving) {
      if (until > now) break;
      this.dismiss(user);
    }
    const online: UserId[] = [];
    const offline: UserId[] = [];
    const over: UserId[] = [];
    for (const user of this.#touched) {
      if (!this.#isKnown(user)) over.push(user);
      const isHere = this.isHere(user);
      if (isHere === this.#told.has(user)) continue;
      (isHere ? online : offline).push(user);
      if (isHere) this.#told.add(user);
      else this.#told.delete(user);
    }
    this.#touched.clear();
    return { online, offline, over };
  }

  isHere(user: UserId): boolean {
    return this.#isKnown(user) && !this.#isHidden(user);
  }

  /** Who is here at this moment, told or not. */
  here(): UserId[] {
    const known = [...this.#connections.keys(), ...this.#leaving.keys()];
    return known.filter((user) => !this.#isHidden(user));
  }

  /** Whom others know to be here. */
  get told(): ReadonlySet<UserId> {
    return this.#told;
  }

  /** Whether `look` may have something to say already. */
  get isTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** When the next of those who leave will have left. */
  get leavesAt(): number {
    for (const until of this.#leaving.values()) return until;
    return Number.POSITIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#connections.size + this.#leaving.size + this.#touched.size === 0;
  }

  #isKnown(user: UserId): boolean {
    return this.#connections.has(user) || this.#leaving.has(user);
  }
}

/** Whether others see how far somebody has read: it would tell of the invisible that they are here. */
export function showsReading({ receipts, presence }: Settings): boolean {
  return receipts && presence !== "invisible";
}
