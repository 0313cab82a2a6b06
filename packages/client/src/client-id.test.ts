import { check, ClientId } from "@snug/protocol";
import { expect, test } from "bun:test";
import { newClientId } from "./client-id.ts";

test("[IDM1] ten thousand ids of one moment are all different, and the server takes each", () => {
  const ids = Array.from({ length: 10_000 }, () => newClientId({ now: () => 1_767_225_600_123 }));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids.slice(0, 100)) {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(check(ClientId, id).ok).toBe(true);
  }
});

test("a later id is a greater one", () => {
  const ids = [1, 2, 1_700_000_000_000, 4_000_000_000_000].map((now) =>
    newClientId({ now: () => now }),
  );
  expect(ids.toSorted()).toEqual(ids);
});

test.each([-86_400_000, 0, Number.MAX_SAFE_INTEGER])(
  "a clock at %d gives an id all the same",
  (now) => {
    expect(newClientId({ now: () => now })).toMatch(/^[0-9a-f]{32}$/);
  },
);
