import { expect, test } from "bun:test";
import { Metrics } from "./metrics.ts";

test("[OPS7] the figures of commits count each in every bucket that it fits into", () => {
  const metrics = new Metrics();
  metrics.commit(1, 0.000_1);
  metrics.commit(3, 0.000_2);
  metrics.commit(600, 5);
  const text = metrics.text();
  expect(text).toContain(`
# HELP snug_commit_seconds Time of one durable commit.
# TYPE snug_commit_seconds histogram
snug_commit_seconds_bucket{le="0.0001"} 1
snug_commit_seconds_bucket{le="0.00025"} 2
`);
  expect(text).toContain(`
snug_commit_seconds_bucket{le="2"} 2
snug_commit_seconds_bucket{le="+Inf"} 3
snug_commit_seconds_sum 5.0003
snug_commit_seconds_count 3
`);
  expect(text).toContain(`
snug_commit_changes_bucket{le="2"} 1
snug_commit_changes_bucket{le="4"} 2
`);
  expect(text).toContain(`
snug_commit_changes_bucket{le="+Inf"} 3
snug_commit_changes_sum 604
snug_commit_changes_count 3
`);
});
