import { expect, test } from "bun:test";
import fc from "fast-check";
import { SseParser, type StreamMessage } from "./sse-parser.ts";

function parse(...pieces: string[]): StreamMessage[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

test("[SSE1] a frame with an id and data is one message", () => {
  expect(parse('id: e.3.m\ndata: {"a":1}\n\n')).toEqual([
    { event: "message", id: "e.3.m", data: '{"a":1}' },
  ]);
});

test("[SSE4] the event is the frame's own, and the id stays until another comes", () => {
  expect(parse("id: 1\nevent: gap\ndata: a\n\ndata: b\n\nid:\ndata: c\n\n")).toEqual([
    { event: "gap", id: "1", data: "a" },
    { event: "message", id: "1", data: "b" },
    { event: "message", id: "", data: "c" },
  ]);
});

test("[SSE3] comments, retries, unknown fields and frames without data say nothing", () => {
  expect(parse(": hello\n\nretry: 5\n\nevent: bye\n\nother: 1\n:\n\ndata: x\n\n")).toEqual([
    { event: "message", id: "", data: "x" },
  ]);
});

test("several data lines are joined, one space after the colon goes, and a field may have no colon", () => {
  expect(parse("data:a\ndata:  b\ndata\n\n")).toEqual([
    { event: "message", id: "", data: "a\n b\n" },
  ]);
  expect(parse("data\n\n")).toEqual([{ event: "message", id: "", data: "" }]);
});

test("an id with NUL is ignored, and what is not ended by a blank line is no message", () => {
  expect(parse("id: 1\0\ndata: x\n\ndata: half\n")).toEqual([
    { event: "message", id: "", data: "x" },
  ]);
});

const lineEnd = fc.constantFrom("\n", "\r", "\r\n");
const line = fc.oneof(
  fc.string().map((text) => text.replaceAll(/[\r\n]/g, "")),
  fc.constantFrom("data: x", "data:", "id: 1", "event: gap", ": comment", ""),
);
const stream = fc
  .array(fc.tuple(line, lineEnd), { maxLength: 20 })
  .map((lines) => lines.map((pair) => pair.join("")).join(""));

test("[SSE1] however a stream is cut and its lines end, its messages are the same", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
      const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
      // What comes after shows that nothing is left half done.
      const end = "\n\ndata: end\n\n";
      const whole = parse(text.replaceAll(/\r\n|\r/g, "\n") + end);
      expect(parse(...pieces, end)).toEqual(whole);
      expect(parse(...text.split(""), end)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});
