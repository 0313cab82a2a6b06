import { expect, test } from "bun:test";
import { Cell, working } from "./store.ts";

test("a listener hears of changes alone, and nothing after its undo", () => {
  const cell = new Cell(1);
  let heard = 0;
  const undo = cell.subscribe(() => heard++);
  cell.set(1);
  expect(heard).toBe(0);
  cell.set(2);
  expect([heard, cell.get(), cell.initial]).toEqual([1, 2, 1]);
  undo();
  undo();
  cell.set(3);
  expect(heard).toBe(1);
});

test("the same function may subscribe twice, and each undo is its own", () => {
  const cell = new Cell(1);
  let heard = 0;
  const listener = () => heard++;
  const undo = cell.subscribe(listener);
  cell.subscribe(listener);
  undo();
  cell.set(2);
  expect(heard).toBe(1);
});

test("a listener that throws is reported where faults are, and keeps nothing from the others", () => {
  const cell = new Cell(1);
  const heard: number[] = [];
  cell.subscribe(() => {
    throw new Error("the app's own");
  });
  cell.subscribe(() => heard.push(cell.get()));
  // What is thrown in a microtask would be this test's own fault.
  const { queueMicrotask } = globalThis;
  const later: (() => void)[] = [];
  globalThis.queueMicrotask = (act) => void later.push(act);
  try {
    cell.set(2);
  } finally {
    globalThis.queueMicrotask = queueMicrotask;
  }
  expect(heard).toEqual([2]);
  expect(later).toHaveLength(1);
  expect(later[0]).toThrow("the app's own");
});

test("who subscribes to what is at work holds the work, once", () => {
  let holders = 0;
  const store = working(new Cell(1), () => {
    holders++;
    return () => holders--;
  });
  const undo = store.subscribe(() => {});
  const other = store.subscribe(() => {});
  expect(holders).toBe(2);
  undo();
  undo();
  expect(holders).toBe(1);
  other();
  expect(holders).toBe(0);
});
