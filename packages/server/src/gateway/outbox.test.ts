import { expect, test } from "bun:test";
import fc from "fast-check";
import { ManualClock } from "../manual-clock.ts";
import { Outbox, PostRoom, type Wire } from "./outbox.ts";

const QUEUE = 1024 * 1024;

/**
 * A connection as Bun's is: the network takes so many bytes, the rest waits.
 * What is sent together goes into a buffer first, which leaves at the end, so
 * that `send` does not know yet whether it will have to wait.
 */
class FakeWire implements Wire<string> {
  /** All that was handed over, in order. */
  readonly sent: string[] = [];
  readonly pieces: number[] = [];
  #accepts: number;
  #waiting = 0;
  #corked: number | null = null;

  constructor(accepts: number) {
    this.#accepts = accepts;
  }

  send(frame: string): boolean {
    this.sent.push(frame);
    if (this.#corked !== null && this.#waiting === 0) {
      this.#corked += frame.length;
      return true;
    }
    this.#give(frame.length);
    return this.#waiting === 0;
  }

  together(write: () => void): void {
    this.#corked = 0;
    write();
    this.pieces.push(this.sent.length);
    const bytes = this.#corked;
    this.#corked = null;
    this.#give(bytes);
  }

  readonly shares: boolean = false;
  buffered = () => this.#waiting;
  size = (frame: string) => frame.length;

  /** The reader takes so many bytes; true if nothing waits any more. */
  take(bytes: number): boolean {
    this.#accepts += bytes;
    this.#give(0);
    return this.#waiting === 0;
  }

  #give(bytes: number): void {
    this.#waiting += bytes;
    const now = Math.min(this.#waiting, this.#accepts);
    this.#waiting -= now;
    this.#accepts -= now;
  }
}

const unexpected = (fault: unknown) => {
  throw fault;
};

function open({ accepts = 0 } = {}) {
  const clock = new ManualClock();
  const post = new PostRoom(clock, unexpected);
  const wire = new FakeWire(accepts);
  const slow: number[] = [];
  const outbox = new Outbox(wire, post, () => slow.push(clock.elapsed()));
  const push = (...frames: string[]) => {
    for (const frame of frames) outbox.push(frame);
    clock.turn();
  };
  /** Time passes as on a server: progress is looked at once a second. */
  const seconds = (count: number) => {
    for (let second = 0; second < count; second++) {
      clock.advance(1_000);
      post.checkProgress();
    }
  };
  const take = (bytes: number) => {
    if (wire.take(bytes)) outbox.drained();
  };
  return { clock, post, wire, slow, outbox, push, seconds, take };
}

test("what is sent in one turn leaves together, in order", () => {
  const { wire, outbox, clock, push } = open({ accepts: 100 });
  for (const frame of ["a", "b", "c"]) outbox.push(frame);
  expect(wire.sent).toEqual([]);
  clock.turn();
  expect(wire.sent).toEqual(["a", "b", "c"]);
  expect(wire.pieces).toEqual([3]);
  push("d");
  expect(wire.sent).toEqual(["a", "b", "c", "d"]);
});

test("while it is held, what may wait leaves with what may not, and all of it at the end, in order", () => {
  const { clock, post, wire, outbox, push } = open({ accepts: 100 });
  const release = post.hold();
  outbox.offer("a");
  clock.turn();
  outbox.offer("b");
  clock.turn();
  expect(wire.sent).toEqual([]);
  push("c");
  expect(wire.sent).toEqual(["a", "b", "c"]);
  outbox.offer("d");
  clock.turn();
  outbox.offer("e");
  release();
  clock.turn();
  expect(wire.sent).toEqual(["a", "b", "c", "d", "e"]);
  expect(wire.pieces).toEqual([3, 5]);
  outbox.offer("f");
  clock.turn();
  expect(wire.sent.at(-1)).toBe("f");
});

test("[SLO4] of what is held a reader who takes nothing gets a part, and is then known as slow", () => {
  const { clock, post, outbox, wire } = open();
  const frame = "x".repeat(QUEUE / 64);
  const release = post.hold();
  const taken = Array.from({ length: 100 }, () => {
    const isTaken = outbox.offer(frame);
    clock.turn();
    return isTaken;
  });
  release();
  clock.turn();
  expect(taken.filter(Boolean)).toHaveLength(21);
  expect(wire.buffered()).toBeLessThan(QUEUE / 2);
});

test("[SLO1] 1 MiB may wait, and one byte more gives the reader up, once", () => {
  const half = "x".repeat(QUEUE / 2);
  const { wire, slow, push } = open();
  push(half);
  push(half);
  expect([wire.buffered(), slow.length]).toEqual([QUEUE, 0]);
  push("y");
  expect(slow).toHaveLength(1);
  push("z", half);
  expect(slow).toHaveLength(1);
  expect(wire.sent).toEqual([half, half]);
});

test("[SLO1] a frame that overflows the queue within one turn gives the reader up too", () => {
  const frames = Array.from({ length: 40 }, () => "x".repeat(64 * 1024));
  const { wire, slow, push } = open();
  push("first");
  push(...frames);
  expect(slow).toHaveLength(1);
  expect(wire.buffered()).toBeLessThanOrEqual(QUEUE);
});

test("[SLO1] a reader who takes nothing for 10 s is given up, and not a second before", () => {
  const { slow, push, seconds } = open();
  push("waits");
  seconds(9);
  expect(slow).toEqual([]);
  seconds(1);
  expect(slow).toEqual([10_000]);
  seconds(20);
  expect(slow).toEqual([10_000]);
});

test("[SLO1] the 10 s begin anew with every byte that is taken", () => {
  const { slow, push, seconds, take } = open();
  push("x".repeat(100));
  for (let round = 0; round < 10; round++) {
    seconds(9);
    take(1);
    seconds(1);
  }
  expect(slow).toEqual([]);
  seconds(10);
  expect(slow).toEqual([110_000]);
});

test("[SLO1] more to send is no progress", () => {
  const { slow, push, seconds } = open();
  push("waits");
  for (let second = 0; second < 10; second++) {
    push("more");
    seconds(1);
  }
  expect(slow).toEqual([10_000]);
});

test("[SLO1] time that nothing waited does not count", () => {
  const { slow, push, seconds, take } = open();
  push("waits");
  seconds(8);
  take(100);
  seconds(60);
  push("x".repeat(200));
  seconds(9);
  expect(slow).toEqual([]);
  seconds(1);
  expect(slow).toEqual([78_000]);
});

test("[SLO1] what waits after a turn whose frames left together counts as well", () => {
  const { wire, slow, post, push, seconds } = open({ accepts: 10 });
  push("0123456789", "waits");
  expect(wire.buffered()).toBe(5);
  expect(post.queuedBytes).toBe(5);
  seconds(10);
  expect(slow).toEqual([10_000]);
});

test("[SLO2] [SLO3] whatever is pushed and taken, an open reader gets all of it in order", () => {
  const step = fc.oneof(
    fc.record({
      push: fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ take: fc.integer({ min: 1, max: 400_000 }) }),
    fc.record({ seconds: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const one = open({ accepts: 200_000 });
      const other = open({ accepts: Number.MAX_SAFE_INTEGER });
      const pushed: string[] = [];
      for (const now of steps) {
        if ("take" in now) one.take(now.take);
        else if ("seconds" in now) one.seconds(now.seconds);
        else {
          const frames = now.push.map((size, index) => `${pushed.length + index} `.padEnd(size));
          const was = one.slow.length;
          one.push(...frames);
          other.push(...frames);
          if (was === 0) pushed.push(...frames);
        }
        expect(one.wire.buffered()).toBeLessThanOrEqual(QUEUE + 4 * 300_000);
      }
      // Nothing is skipped: what was sent is where it began, up to where it was given up.
      expect(one.wire.sent).toEqual(pushed.slice(0, one.wire.sent.length));
      if (one.slow.length === 0) expect(one.wire.sent).toEqual(pushed);
      expect(one.slow.length).toBeLessThanOrEqual(1);
      expect(other.slow).toEqual([]);
      expect(other.wire.sent.slice(0, pushed.length)).toEqual(pushed);
    }),
    { numRuns: 200 },
  );
});

test("[RES9] whoever waits to send more goes on when the wire ran free, or when the reader is gone", async () => {
  for (const end of ["drained", "closed"]) {
    const { outbox, push, take } = open();
    await outbox.ready();
    push("waits");
    let went = false;
    const ready = outbox.ready().then(() => (went = true));
    await new Promise(setImmediate);
    expect(went).toBe(false);
    if (end === "drained") take(100);
    else outbox.close();
    await ready;
    expect(went).toBe(true);
  }
});

test("[OPS7] the bytes that wait are counted over all readers", () => {
  const clock = new ManualClock();
  const post = new PostRoom(clock, unexpected);
  const wires = [new FakeWire(0), new FakeWire(3), new FakeWire(100)];
  const outboxes = wires.map((wire) => new Outbox(wire, post, () => {}));
  for (const outbox of outboxes) outbox.push("0123456789");
  clock.turn();
  expect(post.queuedBytes).toBe(17);
  outboxes[0]?.close();
  expect(post.queuedBytes).toBe(7);
});

test("[SLO3] a burst that every reader shares ends no reader who keeps up", () => {
  const clock = new ManualClock();
  const post = new PostRoom(clock, unexpected);
  const slow: number[] = [];
  // As a stream's: each frame counts as soon as it is sent.
  const together = (write: () => void) => write();
  const wire = Object.assign(new FakeWire(0), { shares: true, together });
  const outbox = new Outbox(wire, post, () => slow.push(clock.elapsed()));
  const burst = () => {
    for (let count = 0; count < 10; count++) outbox.push("x".repeat(200_000));
    clock.turn();
  };
  burst();
  expect(slow).toEqual([]);
  wire.take(2_000_000);
  outbox.drained();
  burst();
  expect(slow).toEqual([]);
  burst(); // and now nothing of the last one was taken
  expect(slow).toHaveLength(1);
});

test("[AVL2] a wire that throws silences none but itself", () => {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const post = new PostRoom(clock, (fault) => faults.push(fault));
  const broken = new FakeWire(100);
  broken.send = () => {
    throw new Error("broken");
  };
  const well = new FakeWire(100);
  const outboxes = [broken, well].map((wire) => new Outbox(wire, post, () => {}));
  for (const frame of ["one", "two"]) {
    for (const outbox of outboxes) outbox.push(frame);
    clock.turn();
  }
  expect(well.sent).toEqual(["one", "two"]);
  expect(faults).toHaveLength(1);
});
