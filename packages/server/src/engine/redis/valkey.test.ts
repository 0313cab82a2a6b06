import { afterAll, expect, test } from "bun:test";
import { systemClock } from "../../clock.ts";
import { listener, newRoom, newSession, newUser, posting } from "../../fixtures.ts";
import type { Clock, StoredEvent } from "../../core/ports.ts";
import { engineContract } from "../contract.ts";
import { all, ANN, BOB, joining, ROOM } from "../contract/stage.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import { openRedis } from "./engine.ts";
import { startValkey, type TestRedis } from "./testing.ts";

const valkey = await startValkey();
afterAll(() => valkey?.close());

if (valkey !== null) keepsAll(valkey);
// The line is taken off what passed; see scripts/test.mjs.
else
  test("the engine on Valkey", () =>
    console.log(
      "impossible here: the engine on Valkey: npm test brings it from Debian's bookworm-backports, and this machine cannot have or run it",
    ));

function keepsAll(server: TestRedis): void {
  const open = (clock: Clock, protocol = 2) =>
    openRedis({ url: `${server.url}?protocol=${protocol}`, clock, blobs: memoryBlobs() });

  engineContract("Valkey", {
    open(clock) {
      server.ask("FLUSHALL");
      return open(clock);
    },
    async reopen(engine, clock) {
      await engine.close();
      return open(clock);
    },
    durability: "memory",
  });

  test("[ORD1] [ORD2] on Valkey two nodes, of which one speaks RESP 3, tell the same order", async () => {
    server.ask("FLUSHALL");
    const nodes = [await open(systemClock, 2), await open(systemClock, 3)] as const;
    const { promise: allHeard, resolve } = Promise.withResolvers<void>();
    const heard = nodes.map(({ backplane }) => {
      const events: StoredEvent[] = [];
      backplane.listen(
        listener({
          committed: (commit) => {
            events.push(...commit.events);
            if (heard.every(({ length }) => length === 102)) resolve();
          },
        }),
      );
      return events;
    });
    await nodes[0].store.addRoom(newRoom(ROOM));
    for (const user of [ANN, BOB])
      await nodes[0].store.addUser(newUser(user), newSession(`s-${user}`), [joining(ROOM, user)]);
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        nodes[index % 2 === 0 ? 0 : 1].store.append(posting(ROOM, ANN, `${index}`, `c${index}`)),
      ),
    );
    await allHeard;
    const { events } = await nodes[1].store.read(ROOM, null, all);
    expect(heard).toEqual([[...events], [...events]]);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 102 }, (_, n) => n + 1));
    for (const node of nodes) await node.close();
  });
}
