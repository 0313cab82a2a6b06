import { expect, test } from "bun:test";
import { parseSearch, type Search } from "./search.ts";

const none: Search = {
  terms: [],
  without: [],
  from: [],
  notFrom: [],
  in: [],
  notIn: [],
  since: null,
  until: null,
};

function parsed(q: string): Search {
  const query = parseSearch(q);
  if (!query.ok) throw new Error(query.error.detail);
  return query.value;
}

test("[SRC3] words, phrases, from:, in:, before:, after: and what is not wanted are told apart; all else is text", () => {
  const cases: [string, Partial<Search>][] = [
    ["  rain   tea ", { terms: ["rain", "tea"] }],
    ['"rain and tea" milk', { terms: ["rain and tea", "milk"] }],
    ['say "never closed', { terms: ["say", "never closed"] }],
    ['-coffee tea -"black tea"', { terms: ["tea"], without: ["coffee", "black tea"] }],
    ["from:ann FROM:me tea", { terms: ["tea"], from: ["ann", "me"] }],
    ['from:"Ada Lovelace" -from:bob', { from: ["Ada Lovelace"], notFrom: ["bob"] }],
    [
      'in:general In:"My room" -in:noise x',
      { terms: ["x"], in: ["general", "My room"], notIn: ["noise"] },
    ],
    // No operators, and nothing that means something to a database or a regular expression.
    ["from: in: x", { terms: ["from:", "in:", "x"] }],
    [
      "http://a.b:80/in:c to:me a-b - --x",
      { terms: ["http://a.b:80/in:c", "to:me", "a-b", "-"], without: ["-x"] },
    ],
    [
      'NEAR(a* OR ^b) AND .*? [x "" \'); %_\\',
      { terms: ["NEAR(a*", "OR", "^b)", "AND", ".*?", "[x", "');", "%_\\"] },
    ],
    ["東京　駅", { terms: ["東京", "駅"] }],
  ];
  for (const [q, query] of cases) expect([q, parsed(q)]).toEqual([q, { ...none, ...query }]);
});

test("[SRC3] before: and after: leave out the year, month, day or moment that they name", () => {
  const at = (time: string) => Date.parse(time);
  const cases: [string, number | null, number | null][] = [
    ["x before:2026-01-31", null, at("2026-01-31T00:00Z")],
    ["x after:2026-01-31", at("2026-02-01T00:00Z"), null],
    ["x after:2024-02", at("2024-03-01T00:00Z"), null],
    ["x after:2024 before:2026", at("2025-01-01T00:00Z"), at("2026-01-01T00:00Z")],
    ["x before:2026-01-31T10:00+02:00", null, at("2026-01-31T08:00Z")],
    ["x after:2026-01-31t10:00:00.5z", at("2026-01-31T10:00:00.501Z"), null],
    [
      "x after:2026 after:2025 before:2028 before:2027",
      at("2027-01-01T00:00Z"),
      at("2027-01-01T00:00Z"),
    ],
  ];
  for (const [q, since, until] of cases)
    expect([q, parsed(q)]).toEqual([q, { ...none, terms: ["x"], since, until }]);
});

test("[SRC3] a day that is none, and nothing to look for, are said to be so", () => {
  const cases: [string, string][] = [
    ["", "nothing to look for"],
    ['  "" ', "nothing to look for"],
    ["-tea in:general before:2026", "nothing to look for"],
    ["x before:soon", "before:soon"],
    ["x after:2026-13", "after:2026-13"],
    ["x after:2026-00", "after:2026-00"],
    ["x before:2025-02-29", "before:2025-02-29"],
    ["x before:2026-01-00", "before:2026-01-00"],
    ["x before:2026-01-31T25:00Z", "before:2026-01-31T25:00Z"],
    ["x -before:2026", "-before:2026"],
  ];
  for (const [q, says] of cases) {
    const query = parseSearch(q);
    if (query.ok) throw new Error(`${q} was taken`);
    const { code, field, detail } = query.error;
    expect([q, code, field, detail.includes(says)]).toEqual([q, "invalid_request", "q", true]);
  }
});
