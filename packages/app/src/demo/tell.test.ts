import { expect, test } from "bun:test";
import { openEmbedded, systemClock } from "@snug/server";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chapters, people } from "./story.ts";
import { ConfigError } from "../config.ts";
import { tellStory } from "./tell.ts";

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "snug-demo-"));
  try {
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function look<Value>(
  folder: string,
  read: (store: Awaited<ReturnType<typeof openEmbedded>>["store"]) => Promise<Value>,
): Promise<Value> {
  const engine = await openEmbedded({ folder, clock: systemClock });
  try {
    return await read(engine.store);
  } finally {
    await engine.close();
  }
}

test("[OPS15] the demonstration tells its story at the times it is said to have happened, once", () =>
  inFolder(async (folder) => {
    await tellStory(folder);
    await tellStory(folder);
    await look(folder, async (store) => {
      const users = await store.allUsers();
      expect(users.map(({ username }) => username ?? "").toSorted()).toEqual(
        Object.keys(people).toSorted(),
      );
      const [first] = users;
      if (!first) throw new Error("nobody is there");
      const rooms = await store.roomsFor(first.id, "all");
      expect(rooms.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual(
        chapters.map(({ kind, name }) => `${kind} ${name}`).toSorted(),
      );
      for (const room of rooms) {
        const page = await store.messages(room.id, { at: "end", limit: 200, thread: null });
        const told = page.messages.map(
          ({ json }) => JSON.parse(json) as { text: string; at: number },
        );
        const chapter = chapters.find(({ kind, name }) => kind === room.kind && name === room.name);
        expect(told.map(({ text }) => text)).toEqual(
          (chapter?.lines ?? [])
            .filter(([, , , more]) => more?.thread === undefined)
            .map(([, , text]) => text),
        );
        const times = told.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        expect(times.every((at) => at < Date.now() && at > Date.now() - 73 * 3_600_000)).toBe(true);
      }
    });
  }));

test("[OPS15] it tells nothing among people of one's own", () =>
  inFolder(async (folder) => {
    await look(folder, async (store) => {
      await store.addUser(
        { id: "somebody" as never, name: "Somebody", createdAt: 1, account: null },
        {
          id: "session" as never,
          kind: "device",
          tokenHash: "hash",
          device: "",
          createdAt: 1,
          scope: null,
          expiresAt: null,
        },
        [],
      );
    });
    const refusal = await tellStory(folder).catch((fault: unknown) => fault);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(String(refusal)).toContain("--data");
    expect(await look(folder, (store) => store.allUsers())).toHaveLength(1);
  }));
