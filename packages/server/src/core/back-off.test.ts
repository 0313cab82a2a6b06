import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { ManualClock } from "../manual-clock.ts";
import { BackOff } from "./back-off.ts";

const HERE = "192.0.2.1";
const THERE = "198.51.100.9";

function start() {
  const clock = new ManualClock();
  const backOff = new BackOff(clock);
  /** `right`, `wrong`, or the seconds to wait. */
  const guess = async (fits: boolean, username = "ann", address = HERE) => {
    const checked = await backOff.attempt(address, username, () => Promise.resolve(fits));
    if (checked.ok) return checked.value ? "right" : "wrong";
    expect(checked.error.code).toBe("rate_limited");
    return checked.error.retryAfter;
  };
  const guesses = async (count: number, username?: string, address?: string) => {
    for (let index = 0; index < count; index++)
      expect(await guess(false, username, address)).toBe("wrong");
  };
  return { clock, backOff, guess, guesses };
}

test("[AUTH16] after five wrong ones in a row one waits 1, 2, 4 … 60 s, and a right one waits too", async () => {
  const { clock, guess, guesses } = start();
  await guesses(limits.passwordTries);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
    expect(await guess(true)).toBe(seconds);
    clock.pass(seconds * 1_000 - 1);
    expect(await guess(false)).toBe(1);
    clock.pass(1);
    expect(await guess(false)).toBe("wrong");
  }
});

test("[AUTH16] a right one begins the count anew, and what was refused is not counted", async () => {
  const { clock, guess, guesses } = start();
  await guesses(4);
  expect(await guess(true)).toBe("right");
  await guesses(5);
  for (let index = 0; index < 10; index++) expect(await guess(false)).toBe(1);
  clock.pass(1_000);
  expect(await guess(true)).toBe("right");
  await guesses(5);
});

test("[AUTH16] somebody who guesses from elsewhere keeps nobody out", async () => {
  const { guess, guesses } = start();
  await guesses(5, "ann", THERE);
  expect(await guess(true, "ann", THERE)).toBe(1);
  expect(await guess(true, "ann", HERE)).toBe("right");
});

test("[AUTH16] the case of a name makes no other name of it, nor does what is too long", async () => {
  const { guess, guesses } = start();
  for (const name of ["ann", "ANN", "Ann", "aNN", "anN"]) await guesses(1, name);
  expect(await guess(false, "AnN")).toBe(1);
  for (const end of ["a", "b", "c", "d", "e"]) await guesses(1, "x".repeat(33) + end);
  expect(await guess(false, "x".repeat(33))).toBe(1);
});

test("[AUTH16] whoever tries many names from one address waits for all of them, and nobody elsewhere does", async () => {
  const { clock, guess, guesses } = start();
  for (let name = 0; name < limits.passwordTriesPerAddress; name++)
    await guesses(1, `name-${name}`);
  expect(await guess(false, "another")).toBe(1);
  expect(await guess(true, "another", THERE)).toBe("right");
  clock.pass(1_000);
  await guesses(1, "another");
  expect(await guess(true, "ann")).toBe(2);
});

test("[AUTH16] signing in to one's own account does not wipe out the guesses at others'", async () => {
  const { clock, guess, guesses } = start();
  for (let name = 0; name < limits.passwordTriesPerAddress - 2; name++) {
    await guesses(1, `name-${name}`);
    await guesses(1, "mallory");
    expect(await guess(true, "mallory")).toBe("right");
  }
  await guesses(2, "others");
  expect(await guess(true, "mallory")).toBe(1);
  clock.pass(1_000);
  expect(await guess(true, "mallory")).toBe("right");
  await guesses(1, "yet-another");
  expect(await guess(true, "mallory")).toBe(2);
});

test("[AUTH16] after an hour all is forgotten", async () => {
  const { clock, guess, guesses } = start();
  for (let name = 0; name < 4; name++) await guesses(5, `name-${name}`);
  clock.pass(limits.passwordMemoryMs - 1);
  await guesses(1, "name-0");
  expect(await guess(false, "name-0")).toBe(2);
  clock.pass(limits.passwordMemoryMs);
  await guesses(5, "name-0");
  expect(await guess(false, "name-0")).toBe(1);
});

test("[AUTH16] many at the same moment are not all the first", async () => {
  const { backOff } = start();
  const answers = Promise.withResolvers<boolean>();
  let checked = 0;
  const all = Array.from({ length: 50 }, () =>
    backOff.attempt(HERE, "ann", () => {
      checked++;
      return answers.promise;
    }),
  );
  answers.resolve(false);
  const results = await Promise.all(all);
  expect(checked).toBe(limits.passwordTries);
  expect(results.filter((result) => result.ok)).toHaveLength(limits.passwordTries);
});

test("[AUTH16] [AUTH17] what could not be checked counts for nothing", async () => {
  const { backOff, guesses } = start();
  for (let index = 0; index < 30; index++) {
    const checked = await backOff.attempt(HERE, "ann", () => Promise.resolve(null));
    expect(checked).toMatchObject({ ok: false, error: { code: "rate_limited", retryAfter: 1 } });
    const failed = backOff.attempt(HERE, "ann", () =>
      Promise.reject(new Error("the store is away")),
    );
    expect(failed).rejects.toThrow("the store is away");
    await failed.catch(() => {});
  }
  await guesses(5);
});
