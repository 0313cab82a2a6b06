import { expect, test } from "bun:test";
import { Lease } from "./lease.ts";
import { ManualClock } from "./testing/clocks.ts";

function setUp(onStart: (lease: Lease) => void = () => {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const lease: Lease = new Lease(clock, () => {
    log.push("start");
    onStart(lease);
    return () => log.push("end");
  });
  return { clock, log, lease };
}

test("[SDK5] work starts with the first holder and ends after the last one's grace", () => {
  const { clock, log, lease } = setUp();
  const one = lease.hold();
  const other = lease.hold();
  expect(log).toEqual(["start"]);
  one();
  clock.advance(60_000);
  other();
  expect(log).toEqual(["start"]);
  clock.advance(1_000);
  expect([log, clock.pending]).toEqual([["start", "end"], 0]);
});

test("[SDK5] hold, let go and hold again, as a view under a strict mode does, is one work", () => {
  const { clock, log, lease } = setUp();
  lease.hold()();
  const second = lease.hold();
  clock.advance(60_000);
  expect(log).toEqual(["start"]);
  second();
  clock.advance(1_000);
  lease.hold();
  expect(log).toEqual(["start", "end", "start"]);
});

test("letting go twice counts once", () => {
  const { clock, log, lease } = setUp();
  const one = lease.hold();
  lease.hold();
  one();
  one();
  clock.advance(60_000);
  expect(log).toEqual(["start"]);
});

test("close ends it at once and for good, also twice", () => {
  const { clock, log, lease } = setUp();
  const release = lease.hold();
  lease.close();
  lease.close();
  release();
  lease.hold()();
  expect([log, clock.pending]).toEqual([["start", "end"], 0]);
});

test("close in the grace time leaves no timer", () => {
  const { clock, log, lease } = setUp();
  lease.hold()();
  lease.close();
  expect([log, clock.pending]).toEqual([["start", "end"], 0]);
});

test("[SDK5] who hears of the start may hold, let go or close at once: it is one work with one end", () => {
  const held = setUp((lease) => void lease.hold());
  held.lease.hold()();
  expect(held.log).toEqual(["start"]);
  held.lease.close();
  expect(held.log).toEqual(["start", "end"]);

  const brief = setUp((lease) => lease.hold()());
  const release = brief.lease.hold();
  brief.clock.advance(60_000);
  expect(brief.log).toEqual(["start"]);
  release();
  brief.clock.advance(1_000);
  expect([brief.log, brief.clock.pending]).toEqual([["start", "end"], 0]);

  const closed = setUp((lease) => lease.close());
  closed.lease.hold()();
  expect([closed.log, closed.clock.pending]).toEqual([["start", "end"], 0]);
});
