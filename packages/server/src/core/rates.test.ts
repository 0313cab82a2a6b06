import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { MemoryHouse, MemoryPeers } from "../engine/memory/peers.ts";
import { ManualClock } from "../manual-clock.ts";
import { HouseRates } from "./rates.ts";

/** Some nodes of one house, and whatever they told each other. */
function start(count: number) {
  const clock = new ManualClock();
  const house = new MemoryHouse(clock);
  const told: string[] = [];
  const nodes = Array.from({ length: count }, () => {
    const peers = new MemoryPeers(house);
    peers.listen({ told: (_, text) => void told.push(text), wanted() {}, gone() {} });
    const hash = (text: string) => `${Bun.hash(text)}`;
    return new HouseRates(clock, { peers, hash, onFault: (fault) => told.push(String(fault)) });
  });
  return { clock, nodes, told };
}

test("[LIM7] over several nodes a user gets the rate once, and a second's takings more at the beginning", () => {
  const { clock, nodes } = start(3);
  let taken = 0;
  const flood = (ms: number) => {
    for (let past = 0; past < ms; past += 10) {
      for (const node of nodes) if (node.refuse("sends", "ann") === null) taken++;
      clock.advance(10);
    }
  };
  flood(1_000);
  // Each may give its burst before it hears of the others'.
  expect(taken).toBeLessThanOrEqual(3 * limits.sendsBurst + limits.sendsPerSecond);
  flood(59_000);
  const fair = limits.sendsBurst + 60 * limits.sendsPerSecond;
  expect(taken).toBeGreaterThan(fair * 0.9);
  expect(taken).toBeLessThanOrEqual(fair + 2 * limits.sendsBurst);

  // And nobody else waits for it, or longer than the rest takes to fill.
  expect(nodes[0]?.refuse("sends", "bob")).toBe(null);
  clock.advance(((limits.sendsBurst * 4) / limits.sendsPerSecond) * 1_000);
  for (let count = 0; count < limits.sendsBurst; count++)
    expect(nodes[1]?.refuse("sends", "ann")).toBe(null);
});

test("[LIM7] who goes from node to node finds there what they left; who is no flood is not told of; addresses are not told", () => {
  const { clock, nodes, told } = start(2);
  const [east, west] = nodes as [HouseRates, HouseRates];
  for (let second = 0; second < 60; second++) {
    expect(east.refuse("sends", "quiet")).toBe(null);
    clock.advance(1_000);
  }
  expect(told).toEqual([]);
  for (let count = 0; count < limits.newcomersBurst; count++)
    expect(east.refuse("newcomers", "192.0.2.1")).toBe(null);
  expect(east.refuse("exports", "ann")).toBe(null);
  clock.advance(500);
  // But for the first few, of which nobody was told.
  const few = limits.newcomersBurst / 32;
  for (let count = 1; count < few; count++) west.refuse("newcomers", "192.0.2.1");
  expect(west.refuse("newcomers", "192.0.2.1")?.error.retryAfter).toBe(1);
  expect(west.refuse("newcomers", "192.0.2.2")).toBe(null);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("exports");
  expect(told[0]).not.toContain("192");
  east.close();
  west.close();
  expect(clock.pending).toBe(0);
});

test("[LIM7] a node that is alone notes nothing and sets no timer", () => {
  const { clock, nodes } = start(1);
  for (let count = 0; count < 100; count++) nodes[0]?.refuse("sends", "ann");
  expect(clock.pending).toBe(0);
});
