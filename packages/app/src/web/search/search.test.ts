import type { SearchHit } from "@snug/client";
import { parseSearch } from "@snug/protocol";
import { expect, test } from "bun:test";
import { adviceOn } from "./advice.ts";
import { named } from "./named.ts";
import { runsOf } from "./runs.ts";

test("hits keep their order, and a room is named where another begins", () => {
  const hits = ["a", "a", "b", "a"].map((room, seq) => ({ room, message: { seq } }) as SearchHit);
  const runs = runsOf(hits).map((run) => [run.room, run.hits.map(({ message }) => message.seq)]);
  expect(runs).toEqual([
    ["a", [0, 1]],
    ["b", [2]],
    ["a", [3]],
  ]);
  expect(runsOf([])).toEqual([]);
});

test("whoever is mentioned by id is named, and nothing else of a piece is touched", () => {
  const users = { "u-1": { name: "Ada <b>" } };
  expect(named("<@u-1> & <@gone>: $& <b>@ada</b>", users)).toBe(
    "@Ada <b> & @somebody: $& <b>@ada</b>",
  );
});

test("what is wrong with a search is told to whoever typed it, with what to do", () => {
  const faults = [
    ["-tea", "This names nothing to look for. Give a word, a phrase in quotes"],
    ["tea before:soon", "This holds before:soon, which is no day. Write before:2026-01-31"],
  ] as const;
  for (const [q, says] of faults) {
    const query = parseSearch(q);
    if (query.ok) throw new Error(`${q} was taken`);
    const { text, again } = adviceOn(query.error, false);
    expect([text.startsWith(says), again]).toEqual([true, false]);
  }
  const on = (code: "no_connection" | "rate_limited" | "room_not_found" | "store_unavailable") =>
    adviceOn({ code, detail: "The server's words." }, false);
  expect(on("no_connection").again).toBe(true);
  expect(on("rate_limited").again).toBe(false);
  expect(on("room_not_found").text).toContain("in:");
  expect(on("store_unavailable")).toEqual({ text: "The server's words.", again: true });
});
