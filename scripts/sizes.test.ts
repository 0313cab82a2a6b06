import { expect, test } from "bun:test";
import { sdkSizes } from "./sizes.ts";

test("the SDK is at most 20 KiB for a browser, and its React part 3 KiB more", async () => {
  const { sdk, react } = await sdkSizes();
  expect(sdk.gzip).toBeGreaterThan(1_024);
  expect(sdk.gzip).toBeLessThanOrEqual(20 * 1_024);
  expect(react.gzip).toBeGreaterThan(0);
  expect(react.gzip).toBeLessThanOrEqual(3 * 1_024);
});
