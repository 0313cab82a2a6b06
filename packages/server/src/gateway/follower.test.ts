import { expect, test } from "bun:test";
import { formatCursor, type Cursor, type Gap, type RoomId } from "@snug/protocol";
import fc from "fast-check";
import { locate } from "../core/locate.ts";
import { StoreError, type Slice, type StoredEvent } from "../core/ports.ts";
import { ManualClock } from "../manual-clock.ts";
import type { Batch } from "./batch.ts";
import { Follower, type Sink } from "./follower.ts";
import { toHistory } from "./histories.ts";
import { Hub } from "./hub.ts";

const room = "general" as RoomId;
const EPOCH = "ep";
const at = (seq: number): Cursor => ({ epoch: EPOCH, seq, id: seq === 0 ? "-" : `m${seq}` });
const text = (seq: number) => formatCursor(EPOCH, at(seq));

/** A log in memory, whose commits are told to the hub when the test says so. */
class FakeLog {
  readonly events: StoredEvent[] = [];
  readonly hub = new Hub();
  readonly reads: number[] = [];
  base = 0;
  /** Runs before a read answers. */
  pace: (read: () => Slice) => Promise<Slice> = async (read) => read();

  append(count: number, size = 0): readonly StoredEvent[] {
    const fresh = Array.from({ length: count }, (_, index) => {
      const { seq, id } = at(this.events.length + index + 1);
      return { seq, id, json: JSON.stringify({ seq, id, pad: "x".repeat(size) }) };
    });
    this.events.push(...fresh);
    return fresh;
  }

  tell(events: readonly StoredEvent[]): void {
    const from = at((events[0]?.seq ?? 1) - 1);
    this.hub.committed({ room, epoch: EPOCH, from, events, effects: [] });
  }

  commit(count: number, size = 0): void {
    this.tell(this.append(count, size));
  }

  read = (_: RoomId, after: Cursor | null, most: { events: number; bytes: number }) => {
    this.reads.push(after?.seq ?? 0);
    return this.pace(() => {
      const head = at(this.events.length);
      const { from, gap } = locate(
        { epoch: EPOCH, base: at(this.base), head },
        after,
        (seq) => this.events[seq - 1]?.id ?? null,
      );
      let bytes = 0;
      const events = this.events.slice(from.seq, from.seq + most.events).filter((event) => {
        bytes += event.json.length;
        return bytes <= most.bytes || event.seq === from.seq + 1;
      });
      return { epoch: EPOCH, from, gap, events, head };
    });
  };
}

/** Notes what a follower sends: numbers of events, and gaps. */
class NotingSink implements Sink {
  readonly got: (number | Gap)[] = [];
  readonly catchUp;
  ready = async () => {};

  constructor(catchUp: Sink["catchUp"]) {
    this.catchUp = catchUp;
  }

  batch = (batch: Batch) => void this.got.push(...batch.events.map((event) => event.seq));
  history = ({ end, events }: Batch) => {
    expect(end.epoch).toBe(EPOCH);
    expect(end).toMatchObject({ seq: events.at(-1)?.seq, id: events.at(-1)?.id });
    this.got.push(...events.map((event) => event.seq));
  };
  gap = (gap: Gap) => void this.got.push(gap);
}

function follow(log: FakeLog, after: Cursor, catchUp: Sink["catchUp"], sink?: NotingSink) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const gaps: string[] = [];
  const noting = sink ?? new NotingSink(catchUp);
  const follower = new Follower(
    {
      histories: { read: async (...of) => toHistory(room, await log.read(...of)) },
      hub: log.hub,
      clock,
      onGap: (reason) => gaps.push(reason),
      onFault: (fault) => faults.push(fault),
    },
    room,
    after,
    noting,
  );
  return { follower, clock, faults, gaps, got: noting.got };
}

/** All that promises can do by themselves is done. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("[RES7] up to 300 events come inline, 301 are too far", async () => {
  const log = new FakeLog();
  log.append(400);
  const inline = follow(log, at(100), "once");
  const far = follow(log, at(99), "once");
  await settled();
  expect(inline.got).toEqual(range(101, 400));
  expect(far.got).toEqual([{ after: text(99), next: text(400), reason: "too_far" }]);
  log.commit(2);
  expect(inline.got).toEqual(range(101, 402));
  expect(far.got.slice(1)).toEqual([401, 402]);
  expect([inline.gaps, far.gaps]).toEqual([[], ["too_far"]]);
});

test("[RES7] up to 256 KiB come inline, one byte more is too far", async () => {
  for (const more of [0, 1]) {
    const log = new FakeLog();
    log.append(8, 32 * 1024);
    const sum = log.events.reduce((bytes, { json }) => bytes + json.length, 0);
    const last = log.events.pop()?.json.length ?? 0;
    log.append(1, 32 * 1024 + 256 * 1024 - sum + more);
    expect(log.events[7]?.json.length).toBe(last + 256 * 1024 - sum + more);
    const { got } = follow(log, at(0), "once");
    await settled();
    expect(got).toEqual(
      more === 0 ? range(1, 8) : [{ after: text(0), next: text(8), reason: "too_far" }],
    );
  }
});

test("[RES8] when too much follows another gap, a second gap goes on from the first", async () => {
  const log = new FakeLog();
  log.append(400);
  const cases: [number, Cursor, string][] = [
    [50, at(10), "trimmed"],
    [0, { ...at(10), id: "other" }, "rewritten"],
    [0, at(999), "rewritten"],
    [0, { ...at(10), epoch: "elsewhere" }, "new_log"],
  ];
  for (const [base, cursor, reason] of cases) {
    log.base = base;
    const { got, gaps } = follow(log, cursor, "once");
    await settled();
    const own = formatCursor(cursor.epoch, cursor);
    expect(got as unknown[]).toEqual([
      { after: own, next: text(base), reason },
      { after: text(base), next: text(400), reason: "too_far" },
    ]);
    expect(gaps).toEqual([reason, "too_far"]);
    log.base = 200;
    const near = follow(log, { ...at(10), epoch: "elsewhere" }, "once");
    await settled();
    expect(near.got).toEqual([
      { after: "elsewhere.10.m10", next: text(200), reason: "new_log" },
      ...range(201, 400),
    ]);
  }
});

test("[RES4] what was heard of while the log was read, and lost before it was come to, is not waited for", async () => {
  const log = new FakeLog();
  log.append(2);
  const { follower, got } = follow(log, at(2), "once");
  log.tell([{ seq: 3, id: "lost", json: "{}" }]);
  follower.lookAgain();
  await settled();
  const reads = log.reads.length;
  log.commit(1);
  await settled();
  expect([got, log.reads.length]).toEqual([[3], reads]);
});

test("[RES9] a paced reader gets everything, page by page, and no page before the reader is ready", async () => {
  const log = new FakeLog();
  log.append(1_001);
  const sink = new NotingSink("paced");
  let go = () => {};
  sink.ready = () => new Promise((resolve) => (go = resolve));
  const { got, gaps } = follow(log, at(0), "paced", sink);
  for (const page of [200, 400, 600, 800, 1_000]) {
    await settled();
    expect(got).toHaveLength(page);
    log.commit(1);
    expect(got).toHaveLength(page);
    go();
  }
  await settled();
  expect(got).toEqual(range(1, 1_006));
  expect(gaps).toEqual([]);
  log.commit(1);
  expect(got.at(-1)).toBe(1_007);
});

test("[RES10] whatever the order in which commits are made, told and read, each event comes once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom("once" as const, "paced" as const),
      fc.nat({ max: 8 }),
      fc.array(fc.integer({ min: 1, max: 130 }), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (scheduler, catchUp, before, commits, early) => {
        const log = new FakeLog();
        log.append(before);
        // Another engine may read at any moment between the question and its answer.
        log.pace = (read) => {
          const slice = early ? read() : null;
          return scheduler.schedule(Promise.resolve(), "read").then(() => slice ?? read());
        };
        const sink = new NotingSink(catchUp);
        sink.ready = () => scheduler.schedule(Promise.resolve(), "ready");
        const after = Math.floor(before / 2);
        const { got, faults } = follow(log, at(after), catchUp, sink);
        // Commits are made in order and told in order, but the telling may come late.
        const untold: (readonly StoredEvent[])[] = [];
        scheduler.scheduleSequence(
          commits.map((count, index) => async () => {
            untold.push(log.append(count));
            if (index % 3 > 0) for (const told of untold.splice(0)) log.tell(told);
          }),
        );
        scheduler.scheduleSequence(
          commits.map(() => async () => {
            for (const told of untold.splice(0)) log.tell(told);
          }),
        );
        await scheduler.waitIdle();
        for (const told of untold.splice(0)) log.tell(told);
        await scheduler.waitIdle();

        expect(faults).toEqual([]);
        let place = after;
        for (const one of got) {
          if (typeof one === "number") expect(one).toBe(++place);
          else {
            expect(catchUp).toBe("once");
            expect(one).toMatchObject({ after: text(place), reason: "too_far" });
            place = Number(one.next.split(".")[1]);
          }
        }
        expect(place).toBe(log.events.length);
      },
    ),
    { numRuns: 300 },
  );
});

test("[RES10] events that are told before the log shows them are waited for, not skipped", async () => {
  const log = new FakeLog();
  log.append(3);
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let reads = 0;
  log.pace = async (read) => {
    const slice = read();
    await answers[reads++]?.promise;
    return slice;
  };
  const { got } = follow(log, at(1), "once");
  log.commit(2); // after the log was read, before it answered
  answers[0]?.resolve();
  await settled();
  expect(got).toEqual([2, 3]);
  answers[1]?.resolve();
  await settled();
  expect(got).toEqual([2, 3, 4, 5]);
});

test("[SLO2] a batch that does not follow on sends the follower back to the log", async () => {
  const log = new FakeLog();
  log.append(1);
  const { got } = follow(log, at(1), "once");
  await settled();
  log.append(1); // never told of
  log.commit(1);
  await settled();
  expect(got).toEqual([2, 3]);
  log.tell(log.events.slice(0, 2)); // told of again
  log.tell(log.events.slice(1, 3));
  await settled();
  expect(got).toEqual([2, 3]);
});

test("[AVL3] while the store is away a room stays open, and nothing is missed when it is back", async () => {
  const log = new FakeLog();
  log.append(5);
  let away = true;
  log.pace = async (read) => {
    if (away) throw new StoreError("store_unavailable");
    return read();
  };
  const { got, faults, clock } = follow(log, at(2), "once");
  await settled();
  log.commit(1);
  clock.advance(1_000);
  await settled();
  expect([got.length, faults.length]).toEqual([0, 2]);
  away = false;
  log.commit(1);
  clock.advance(1_000);
  await settled();
  expect(got).toEqual(range(3, 7));
  log.commit(1);
  expect(got).toEqual(range(3, 8));
  clock.advance(60_000);
  await settled();
  expect([log.reads.length, clock.pending, faults.length]).toEqual([3, 0, 2]);
});

test("[WS8] a closed follower is silent, whatever it was about to do", async () => {
  const log = new FakeLog();
  log.append(5);
  let answer = () => {};
  log.pace = async (read) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return read();
  };
  const reading = follow(log, at(0), "once");
  reading.follower.close();
  answer();

  log.pace = async (read) => read();
  const live = follow(log, at(0), "once");
  const waiting = new NotingSink("paced");
  let go = () => {};
  waiting.ready = () => new Promise((resolve) => (go = resolve));
  log.append(300);
  const paced = follow(log, at(0), "paced", waiting);
  log.pace = () => Promise.reject(new StoreError("store_unavailable"));
  const retrying = follow(log, at(0), "once");
  await settled();
  for (const { follower } of [live, paced, retrying]) follower.close();
  const was = [live, paced, retrying].map(({ got }) => got.length);
  go();
  log.commit(1);
  retrying.clock.advance(5_000);
  await settled();
  expect(reading.got).toEqual([]);
  expect([live, paced, retrying].map(({ got }) => got.length)).toEqual(was);
  expect(retrying.clock.pending).toBe(0);
});

/** What the store holds instead from one number on, as after it lost some. */
function rewrite(log: FakeLog, from: number, to: number): void {
  log.events.length = from - 1;
  const fresh = log.append(to - from + 1);
  for (const [index, { seq, json }] of fresh.entries())
    log.events[from - 1 + index] = { seq, id: `other${seq}`, json };
}

test("[RES4] an event that follows on by its number alone is not taken: a gap says what was lost", async () => {
  const log = new FakeLog();
  log.append(5);
  const follower = follow(log, at(5), "once");
  const quiet = follow(log, at(5), "once");
  await settled();
  rewrite(log, 4, 6);
  const from = { seq: 5, id: "other5" };
  const gap = { after: text(5), next: text(0), reason: "rewritten" } as const;
  log.hub.committed({ room, epoch: EPOCH, from, events: log.events.slice(5), effects: [] });
  await settled();
  for (const { got, follower: one } of [follower, quiet]) {
    expect(got).toEqual([gap, ...range(1, 6)]);
    one.close();
  }
});

test("[RES4] whoever looks again at a log that was replaced gets a gap, and what is told meanwhile; at one that was not, nothing", async () => {
  const log = new FakeLog();
  log.append(5);
  const { follower, got } = follow(log, at(5), "once");
  await settled();
  follower.lookAgain();
  await settled();
  expect(got).toEqual([]);

  rewrite(log, 4, 4);
  log.pace = async (read) => {
    const slice = read();
    log.pace = async (next) => next();
    // Of the old log, and of the new one after it was read.
    log.hub.committed({ room, epoch: EPOCH, from: at(5), events: [event(6)], effects: [] });
    rewrite(log, 4, 5);
    const events = log.events.slice(4);
    log.hub.committed({ room, epoch: EPOCH, from: { seq: 4, id: "other4" }, events, effects: [] });
    return slice;
  };
  follower.lookAgain();
  follower.lookAgain();
  await settled();
  const gap = { after: text(5), next: text(0), reason: "rewritten" } as const;
  expect(got).toEqual([gap, 1, 2, 3, 4, 5]);
  follower.close();
});

const event = (seq: number): StoredEvent => ({ ...at(seq), json: "{}" });
