import { expect, test } from "bun:test";
import fc from "fast-check";
import { isPassing, readProblem, waitFor } from "./problem.ts";

test("[ERR1] a server's problem is read with what belongs to it, and nothing else", () => {
  const sent = { type: "urn:x", title: "T", status: 429, code: "rate_limited", detail: "Wait." };
  expect(readProblem({ ...sent, retryAfter: 3, field: "text" })).toEqual({
    code: "rate_limited" as never,
    detail: "Wait.",
    field: "text",
    retryAfter: 3,
  });
  expect(readProblem({ ...sent, retryAfter: "3", field: 1 })).toEqual({
    code: "rate_limited" as never,
    detail: "Wait.",
  });
});

test("what is no problem of Snug's is none, and nothing makes it throw", () => {
  for (const json of [null, 1, "x", [], {}, { code: "x" }, { code: 1, detail: "" }])
    expect(readProblem(json)).toBeNull();
  fc.assert(fc.property(fc.anything(), (json) => void readProblem(json)));
});

test("[AVL3] waiting helps where the store or the way is away, and where the server names a time", () => {
  const passing = [
    "no_connection",
    "no_token",
    "internal_error",
    "store_unavailable",
    "store_full",
  ];
  for (const code of passing) expect(isPassing({ code: code as never, detail: "" })).toBe(true);
  for (const code of ["forbidden", "too_large", "unauthorized", "room_not_found", "outdated"])
    expect(isPassing({ code: code as never, detail: "" })).toBe(false);
  expect(isPassing({ code: "of_a_later_server" as never, detail: "", retryAfter: 1 })).toBe(true);
});

test("a server may ask for a wait, but for none longer than a minute", () => {
  const asked = (retryAfter: number) =>
    waitFor({ code: "store_full", detail: "", retryAfter }, 2_000);
  expect(waitFor({ code: "store_full", detail: "" }, 2_000)).toBe(2_000);
  expect([asked(0), asked(3), asked(1e12)]).toEqual([0, 3_000, 60_000]);
});
