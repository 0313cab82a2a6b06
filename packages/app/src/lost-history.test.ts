import { createChat, type ChatRoom } from "@snug/client";
import { systemClock } from "@snug/server";
import { openRedis } from "@snug/server/redis";
import { memoryBlobs, startCable, startRedis, startTestServer } from "@snug/server/testing";
import { afterEach, expect, test } from "bun:test";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 8_000; !(await isSo()); await Bun.sleep(20))
    if (performance.now() > end) throw new Error(`never so: ${String(isSo)}`);
}

const sent = (room: ChatRoom) =>
  room.messages.get().flatMap(({ state, seq, text }) => (state === "sent" ? `${seq} ${text}` : []));

test("[SDK1] [SDK14] [RES13] when a replica takes over that had not all, SDKs on two servers end with the server's log, with all that they sent in it once", async () => {
  const redis = await startRedis();
  undo.push(() => redis.close());
  const copy = await startRedis("--replicaof", "127.0.0.1", `${redis.port}`);
  undo.push(() => copy.close());
  const cable = await startCable(redis.port);
  undo.push(() => cable.close());
  const people = await Promise.all(
    ["ann", "bob"].map(async (name) => {
      const engine = await openRedis({ url: cable.url, clock: systemClock, blobs: memoryBlobs() });
      const server = await startTestServer({ engine });
      undo.push(() => server.close());
      const chat = createChat({ url: server.url });
      undo.push(() => chat.close());
      const room = chat.room("general");
      room.state.subscribe(() => {});
      expect((await chat.becomeGuest(name)).ok).toBe(true);
      await until(() => room.state.get().status === "live");
      const say = async (text: string) => {
        const posting = room.post(`${name} ${text}`);
        expect(posting.ok && (await posting.value.sent).ok).toBe(true);
      };
      return { server, room, say };
    }),
  );
  const [ann, bob] = people as [(typeof people)[0], (typeof people)[0]];
  for (const { say } of people) await say("kept");
  redis.ask("SET", "mark", "all");
  await until(() => copy.ask("GET", "mark") === "all");
  copy.ask("REPLICAOF", "NO", "ONE");

  for (const text of ["1", "2", "3"]) await Promise.all(people.map(({ say }) => say(text)));
  await until(() => people.every(({ room }) => sent(room).length === 8));
  let resets = 0;
  for (const { room } of people) room.onReset(() => resets++);
  cable.leadTo(copy.port);
  cable.cut();
  cable.mend();
  await until(() => resets === 2);
  for (const { say } of people) await say("after it");

  const reader = await ann.server.guest("Cy");
  const { messages } = await reader.get("/v1/rooms/general/messages");
  const log = (messages as { seq: number; text: string }[]).map(
    ({ seq, text }) => `${seq} ${text}`,
  );
  await until(() => people.every(({ room }) => String(sent(room)) === String(log)));
  for (const [index, { room }] of [ann, bob].entries()) {
    const name = ["ann", "bob"][index] ?? "";
    const own = sent(room).flatMap((text) => text.split(` ${name} `).slice(1));
    expect(own).toEqual(["kept", "1", "2", "3", "after it"]);
    expect(room.state.get().unsent).toEqual([]);
  }
});
