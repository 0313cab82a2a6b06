import { expect, test } from "bun:test";
import { keepsReading, type Measured } from "./keeps-reading.ts";

const HEIGHT = 50;
const rows = Array.from({ length: 20 }, (_, index) => ({
  key: `k${index}`,
  index,
  start: index * HEIGHT,
  end: (index + 1) * HEIGHT,
  size: HEIGHT,
  lane: 0,
}));

/** Ten rows high, scrolled to the fifth; the rows from `measured` on were drawn before. */
function list(measured: number): Measured {
  return {
    scrollOffset: 5 * HEIGHT,
    scrollRect: { width: 400, height: 10 * HEIGHT },
    itemSizeCache: new Set(rows.slice(measured).map(({ key }) => key)),
    measurementsCache: rows,
  };
}

const answer = (index: number, measured: number, isUnderWay = false) =>
  rows.slice(index, index + 1).map((row) => keepsReading(row, list(measured), isUnderWay))[0];

test("what begins above the view moves it along, drawn before or not", () => {
  expect(answer(4, 0)).toBe(true);
  expect(answer(4, 20)).toBe(true);
});

test("what was drawn before and changes in view grows downwards", () => {
  expect(answer(6, 0)).toBe(false);
});

test("a row that came in above one being read does not push it", () => {
  expect(answer(5, 7)).toBe(true);
  expect(answer(6, 7)).toBe(true);
});

test("a row that came in below what is read, or where nothing was drawn yet, grows downwards", () => {
  expect(answer(14, 20)).toBe(false);
  expect(answer(5, 20)).toBe(false);
  expect(answer(5, 16)).toBe(false);
});

test("on the way to another row, only what begins above the view moves it along", () => {
  expect(answer(4, 7, true)).toBe(true);
  expect(answer(5, 7, true)).toBe(false);
});
