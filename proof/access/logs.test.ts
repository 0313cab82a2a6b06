import { expect, test } from "bun:test";
import { logs } from "./logs.ts";

test("[OPS7] [OPS13] no token, secret, password, name or text is ever logged, nor is one in /metrics", async () => {
  const { finding, troubles } = await logs();
  expect(troubles).toEqual([]);
  expect(finding.bit).toBeGreaterThan(0);
});
