import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { ManualClock } from "../manual-clock.ts";
import { MemoryHouse, MemoryPeers } from "../engine/memory/peers.ts";
import { BackOff } from "./back-off.ts";
import { alone } from "./talk.ts";

const HERE = "192.0.2.1";
const THERE = "198.51.100.9";

function start(clock = new ManualClock(), house = alone) {
  const backOff = new BackOff(clock, house);
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

test("[AUTH16] wrong ones on any node of a house count on all, and so does a right one; no name or address is told", async () => {
  const clock = new ManualClock();
  const house = new MemoryHouse(clock);
  const heard: string[] = [];
  const join = () => {
    const peers = new MemoryPeers(house);
    peers.listen({ told: (_, text) => void heard.push(text), wanted() {}, gone() {} });
    const hash = (text: string) => `${Bun.hash(text)}`;
    return start(clock, { peers, hash, onFault: (fault) => heard.push(String(fault)) });
  };
  const [east, west] = [join(), join()];
  await east.guesses(3);
  clock.advance(500);
  await west.guesses(2);
  clock.advance(500);
  expect([await east.guess(true), await west.guess(true)]).toEqual([1, 1]);
  clock.advance(1_000);
  expect(await west.guess(true)).toBe("right");
  clock.advance(500);
  await east.guesses(4);
  // One that came later knows of none, and forgets them for all.
  const north = join();
  expect(await north.guess(true)).toBe("right");
  clock.advance(500);
  await east.guesses(4);
  // Whoever tries many names from one address does so on all of them.
  for (let name = 0; name < limits.passwordTriesPerAddress - 4; name++)
    await (name % 2 ? east : west).guesses(1, `name-${name}`);
  clock.advance(500);
  expect([await east.guess(true, "dot"), await west.guess(true, "dot")]).toEqual([1, 1]);
  expect(await west.guess(true, "dot", THERE)).toBe("right");
  expect(heard.length).toBeGreaterThan(20);
  expect(heard.filter((text) => /ann|name|192/.test(text))).toEqual([]);
});
