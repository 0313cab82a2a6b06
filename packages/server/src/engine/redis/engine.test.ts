import { afterAll, expect, test } from "bun:test";
import type { UserId } from "@snug/protocol";
import { systemClock } from "../../clock.ts";
import { leaveDraft, memberDraft, roleDraft } from "../../core/draft.ts";
import { newRoom, newSession, newUser } from "../../fixtures.ts";
import { randomIds } from "../../ids.ts";
import { engineContract } from "../contract.ts";
import { joining, ROOM } from "../contract/stage.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import type { Clock } from "../../core/ports.ts";
import { openRedis } from "./engine.ts";
import { roomKeys } from "./keys.ts";
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

test("[ROOM9] [HOST5] a house that kept the numbers of events in the place of roles is told by its log what people were", async () => {
  redis.ask("FLUSHALL");
  const engine = await open(systemClock);
  const { store } = engine;
  const [ann, bob] = ["ann", "bob"] as [UserId, UserId];
  const person = { id: bob, name: bob };
  await store.addRoom(newRoom(ROOM));
  for (const user of [ann, bob])
    await store.addUser(newUser(user), newSession(`s-${user}`), [joining(ROOM, user)]);
  await store.append(roleDraft(randomIds, ROOM, person, "reader", ann));
  await store.append(leaveDraft(randomIds, ROOM, person));
  const { about } = roomKeys(ROOM);
  redis.ask("HSET", about, ann, "1", bob, "3", `=${bob}`, "3");
  expect(await store.lastRole(ROOM, ann)).toEqual({ role: "member", byOthers: null });
  expect(await store.lastRole(ROOM, bob)).toEqual({ role: "reader", byOthers: "reader" });
  await store.append(memberDraft(randomIds, ROOM, person));
  expect(await store.standing(ROOM, bob)).toMatchObject({ role: "reader" });
  expect(redis.ask("HMGET", about, bob, `=${bob}`)).toBe("reader\n3");
  await store.trim(ROOM, 3);
  expect(await store.lastRole(ROOM, ann)).toBeNull();
  expect(await store.lastRole(ROOM, bob)).toEqual({ role: "reader", byOthers: null });
  await engine.close();
});
