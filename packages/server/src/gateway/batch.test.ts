import { expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import fc from "fast-check";
import { Batch, toBatches } from "./batch.ts";

const room = "general" as RoomId;
const START = { seq: 6, id: "before" };
/** What may wait for one reader. */
const QUEUE = 1024 * 1024;
const events = (texts: readonly string[]) =>
  texts.map((text, index) => {
    const place = { seq: index + 7, id: `m${index}` };
    return { ...place, json: JSON.stringify({ ...place, text }) };
  });

test("[WS7] a frame holds its events in order, and the cursor after the last of them", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (texts) => {
      const all = events(texts);
      const last = all.length - 1;
      expect(JSON.parse(new Batch(room, "ep", START, all).frame)).toEqual({
        type: "events",
        room,
        events: texts.map((text, index) => ({ seq: index + 7, id: `m${index}`, text })),
        cursor: `ep.${last + 7}.m${last}`,
      });
    }),
  );
});

test("[WS7] a frame and a stream's bytes are made once, for everybody", () => {
  const batch = new Batch(room, "ep", START, events(["a", "b"]));
  expect(batch.sse).toBe(batch.sse);
  expect(batch.frame).toBe(batch.frame);
  expect([batch.from, batch.end]).toMatchObject([START, { seq: 8, id: "m1" }]);
});

test("[SLO2] a commit of any size is cut so that no piece alone overflows a reader's queue", () => {
  const text = fc
    .tuple(fc.constantFrom("x", "é", "中", "😀", '"', "\u0001"), fc.nat(16 * 1024))
    .map(([unit, bytes]) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit))));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => {
      const all = events(texts);
      const batches = toBatches({ room, epoch: "ep", from: START, events: all, effects: [] });
      expect(batches.flatMap((batch) => batch.events)).toEqual(all);
      expect(batches.map(({ from }) => from)).toMatchObject([
        START,
        ...batches.map(({ end: { seq, id } }) => ({ seq, id })).slice(0, -1),
      ]);
      for (const batch of batches) {
        expect(batch.events.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(batch.frame)).toBeLessThan(QUEUE);
        expect(batch.sse.length).toBeLessThan(QUEUE);
      }
    }),
    { numRuns: 30 },
  );
});

test("[SLO2] the largest commit there is, of the largest events, is cut as well", () => {
  // 16 KiB of text take up to 96 KiB as JSON.
  const all = events(Array<string>(512).fill("\u0001".repeat(16 * 1024)));
  const batches = toBatches({ room, epoch: "ep", from: START, events: all, effects: [] });
  expect(batches.flatMap((batch) => batch.events)).toEqual(all);
  for (const batch of batches) expect(Buffer.byteLength(batch.frame)).toBeLessThan(QUEUE);
  // And into no more pieces than need be.
  expect(batches).toHaveLength(256);
});

test("[WS7] a commit that fits one frame leaves in one", () => {
  expect(
    toBatches({
      room,
      epoch: "ep",
      from: START,
      events: events(Array(500).fill("hi")),
      effects: [],
    }),
  ).toHaveLength(1);
});
