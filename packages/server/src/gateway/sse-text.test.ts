import { expect, test } from "bun:test";
import { formatCursor } from "@snug/protocol";
import fc from "fast-check";
import { sseBye, sseEvents, sseGap, sseHeartbeat, sseHello } from "./sse-text.ts";

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "\0",
        ":",
        "data: ",
        "id: ",
        "\u2028",
        "\ufeff",
        "\ud800",
      ),
    )
    .map((parts) => parts.join("")),
);
const event = fc.record({ seq: fc.integer({ min: 1, max: 2 ** 40 }), id, text }).map((fields) => ({
  seq: fields.seq,
  id: fields.id,
  json: JSON.stringify(fields),
}));

test("[SSE1] events are read as they were written, whatever their text", () => {
  fc.assert(
    fc.property(id, fc.array(event, { minLength: 1, maxLength: 5 }), (epoch, events) => {
      const read = parse(sseEvents(epoch, events));
      expect(read).toEqual({
        retry: null,
        comments: 0,
        events: events.map((one) => ({
          type: "message",
          id: formatCursor(epoch, one),
          data: one.json,
        })),
      });
    }),
  );
});

test("[SSE4] a gap is read as it was written, and its next is the id to resume from", () => {
  const cursor = fc
    .tuple(id, fc.nat(), id)
    .map(([epoch, seq, last]) => formatCursor(epoch, { seq, id: last }));
  const reason = fc.constantFrom("trimmed" as const, "rewritten" as const, "new_log" as const);
  fc.assert(
    fc.property(cursor, cursor, reason, (after, next, why) => {
      const gap = { after, next, reason: why };
      const { events } = parse(sseGap(gap));
      expect(events).toEqual([{ type: "gap", id: next, data: JSON.stringify(gap) }]);
    }),
  );
});

test("[OPS5] a goodbye says when to come back, to the page and to the browser itself", () => {
  const { events, retry } = parse(sseBye(1012, 1_234));
  expect(retry).toBe(1_234);
  expect(events).toEqual([{ type: "bye", id: "", data: '{"code":1012,"retry":1234}' }]);
});

test("[SSE3] a heartbeat is a comment: no event, and the last id stays", () => {
  const first = sseEvents("e", [{ seq: 1, id: "a", json: "{}" }]);
  const all = Buffer.concat([sseHello(1_000), first, sseHeartbeat, sseHeartbeat]);
  expect(parse(all)).toEqual({
    retry: 1_000,
    comments: 3,
    events: [{ type: "message", id: "e.1.a", data: "{}" }],
  });
});

/** The format's reader, written from the standard (WHATWG HTML, section 9.2.6). */
function parse(bytes: Uint8Array) {
  const lines = new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(/\r\n|\n|\r/);
  const events: { type: string; id: string; data: string }[] = [];
  let [type, data, lastId] = ["", "", ""];
  let retry: number | null = null;
  let comments = 0;
  for (const line of lines) {
    if (line === "") {
      if (data !== "")
        events.push({ type: type || "message", id: lastId, data: data.slice(0, -1) });
      [type, data] = ["", ""];
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      comments++;
      continue;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") type = value;
    else if (field === "data") data += `${value}\n`;
    else if (field === "id" && !value.includes("\0")) lastId = value;
    else if (field === "retry" && /^\d+$/.test(value)) retry = Number(value);
    else if (field !== "id" && field !== "retry") throw new Error(`no such field: ${line}`);
  }
  expect(lines.slice(-2)).toEqual(["", ""]); // nothing half-written stays behind
  return { retry, comments, events };
}
