import { limits, type RoomId } from "@snug/protocol";
import fc from "fast-check";
import type { Clock, Ids, Store } from "../../core/ports.ts";
import { randomIds } from "../../ids.ts";

// What two engines are asked alike is a script of steps, drawn by chance.

export const USERS = ["ann", "bob", "eve", "zoe"];
export const ROOMS = ["r1", "r2", "r3"];
export const all = { events: 1_000, bytes: 10_000_000 };
export const HOUR = 60 * 60 * 1_000;

/** Time that only steps move, with the system's timers. */
export class StillClock implements Clock {
  #now = 1_700_000_000_000;
  step(ms: number): void {
    this.#now += ms;
  }
  now = () => this.#now;
  elapsed = () => performance.now();
  after(ms: number, callback: () => void) {
    // A commit that waits for others to send waits in vain: steps come one by one.
    const timer = setTimeout(callback, ms <= limits.commitWindowMs ? 0 : ms);
    return () => clearTimeout(timer);
  }
  soon = (callback: () => void) => void setImmediate(callback);
}

/** The same ids for both engines. */
export function counting(): Ids {
  let last = 0;
  return { ...randomIds, id: () => `id${++last}` };
}

export interface Both {
  readonly clock: StillClock;
  readonly ids: Ids;
}

/** Something to be done to both, which shows in a counterexample as what it does. */
export class Step {
  readonly what: string;
  readonly #given: unknown;
  readonly run: (store: Store, both: Both) => Promise<unknown>;

  constructor(what: string, given: unknown, run: Step["run"]) {
    this.what = what;
    this.#given = given;
    this.run = run;
  }

  [fc.toStringMethod]() {
    return `${this.what} ${JSON.stringify(this.#given)}`;
  }
}

export function step<Given>(
  what: string,
  weight: number,
  given: fc.Arbitrary<Given>,
  run: (given: Given, store: Store, both: Both) => Promise<unknown>,
) {
  const arbitrary = given.map((one) => new Step(what, one, (store, both) => run(one, store, both)));
  return { what, arbitrary, weight };
}

export const user = fc.constantFrom(...USERS);
export const room = fc.constantFrom(...ROOMS);
export const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
export const roomId = (id: string) => id as RoomId;

/** An answer as plain data, to be compared. */
export function plain(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer ?? null, (_key, value: unknown) =>
      value instanceof Map
        ? [...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
        : value,
    ),
  ) as unknown;
}
