import { afterAll } from "bun:test";
import { engineContract } from "../contract.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import type { Clock } from "../../core/ports.ts";
import { openRedis } from "./engine.ts";
import { startRedis } from "./testing.ts";

const redis = await startRedis();
afterAll(() => redis.close());

// In RESP 3 some answers have another shape; all other tests speak RESP 2, as one does who asks for nothing.
const open = (clock: Clock) =>
  openRedis({ url: `${redis.url}?protocol=3`, clock, blobs: memoryBlobs() });

engineContract("Redis", {
  open(clock) {
    redis.ask("FLUSHALL");
    return open(clock);
  },
  async reopen(engine, clock) {
    await engine.close();
    return open(clock);
  },
  durability: "memory",
});
