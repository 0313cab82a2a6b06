import { expect, test } from "bun:test";
import { limits, type FileId, type RoomId } from "@snug/protocol";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import type { Clock } from "../../core/ports.ts";
import { newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import { ANN, BOB, joining, ROOM } from "../contract/stage.ts";
import { openEmbedded } from "./engine.ts";

test("[DUR4] a message waits for nobody who has begun to upload or given it up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "snug-files-"));
  let waited = 0;
  const clock: Clock = {
    ...systemClock,
    after(ms, callback) {
      if (ms <= limits.commitWindowMs) waited++;
      return systemClock.after(ms, callback);
    },
  };
  const engine = await openEmbedded({ folder, clock });
  const { store } = engine;
  const space = { perUser: 100, inAll: 100, atOnce: 10 };
  const room = ROOM as RoomId;
  await store.addRoom(newRoom(ROOM));
  for (const [user, session] of [
    [ANN, "one"],
    [BOB, "two"],
  ] as const)
    await store.addUser(newUser(user), newSession(session), [joining(ROOM, user)]);
  // Whoever was let in is expected for a moment.
  await store.probe();
  await new Promise((resume) => setTimeout(resume, 50));

  waited = 0;
  const file = { id: "file" as FileId, room, by: ANN, at: 1, size: 10 };
  await store.beginFile(file, space);
  await store.dropFile(file.id, ANN);
  await store.append(posting(ROOM, BOB, "hello"));
  expect(waited).toBe(0);
  await engine.close();
  rmSync(folder, { recursive: true });
});
