import { expect, test } from "bun:test";
import { parseLog, UnreadableLog } from "./log.ts";
import { drawOutSample } from "./sample.ts";

test("words and actions are lines, the rest of a log is passed over", () => {
  const log = [
    "=== ada has joined #tea",
    "[23:59] <ada> <b>tea</b>: a <cup>?  ",
    "[23:59]  * bob nods",
    "[23:59] <ada> ",
    "",
    "[00:01] <[m]^bob`> yes",
  ].join("\n");
  expect(parseLog(log)).toEqual([
    { second: 0, nick: "ada", text: "<b>tea</b>: a <cup>?  " },
    { second: 30, nick: "bob", text: "* bob nods" },
    { second: 120, nick: "[m]^bob`", text: "yes" },
  ]);
});

test("the lines of one minute are spread evenly over it", () => {
  const log = ["a", "b", "c", "d"].map((text) => `[10:00] <ada> ${text}`).join("\r\n");
  expect(parseLog(log).map(({ second }) => second)).toEqual([0, 15, 30, 45]);
});

test.each(["hello", "[10:00] ada: hello", "[25:00] <ada> hello", "10:00 <ada> hello"])(
  "%j is no line of a log",
  (line) => {
    expect(() => parseLog(`[10:00] <ada> hi\n${line}`)).toThrow(UnreadableLog);
    expect(() => parseLog(`[10:00] <ada> hi\n${line}`)).toThrow("line 2");
  },
);

test("the sample is drawn out to any length, the same for the same seed", async () => {
  const log = await drawOutSample(1, 500);
  expect(log).toBe(await drawOutSample(1, 500));
  expect(log).not.toBe(await drawOutSample(2, 500));
  const lines = parseLog(log);
  expect(lines).toHaveLength(500);
  expect(new Set(lines.map(({ nick }) => nick)).size).toBeGreaterThan(20);
});
