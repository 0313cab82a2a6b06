import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { systemClock } from "./clock.ts";
import { openMemory } from "./engine/memory/engine.ts";
import { MemoryHouse, MemoryPeers } from "./engine/memory/peers.ts";
import { cheapPasswords, startTestServer, type TestServer } from "./testing.ts";

/** Seldom enough that it finds nothing to refuse on one node alone, and often enough for what holds within a second. */
async function soon(isSo: () => Promise<boolean>): Promise<void> {
  for (let count = 0; count < 4; count++) {
    if (await isSo()) return;
    await Bun.sleep(250);
  }
  throw new Error("it was not so within a second");
}

test("[PRS1] [LIM7] [LIM8] [LIM11] [AUTH16] two servers on one store are one house: who is there, rates, places and wrong passwords", async () => {
  const house = new MemoryHouse(systemClock);
  const engine = openMemory({ clock: systemClock });
  const join = async () => {
    const peers = new MemoryPeers(house);
    return startTestServer({
      engine: { ...engine, peers, close: async () => peers.leave() },
      passwords: cheapPasswords,
      rateLimits: "on",
    });
  };
  const [east, west] = [await join(), await join()];
  const [ada, bob] = [await east.guest("Ada"), await east.account("bob")];
  const elsewhere = { ada: west.with(ada.user, ada.token), bob: west.with(bob.user, bob.token) };

  const sockets = await Promise.all(
    Array.from({ length: limits.connectionsPerUser }, () => ada.socket()),
  );
  sockets[0]?.send({ type: "open-room", ref: 1, room: "general" });
  await soon(async () => {
    const { online } = await elsewhere.bob.get("/v1/rooms/general/presence");
    return online.length === 1 && online[0].id === ada.user.id;
  });
  await soon(async () => {
    const stream = await elsewhere.ada.inbox();
    stream.close();
    return stream.response.status === 429;
  });
  for (let count = 0; count < limits.typingBurst; count++)
    await bob.call("POST", "/v1/rooms/general/typing");
  await soon(
    async () => (await elsewhere.bob.call("POST", "/v1/rooms/general/typing")).status === 429,
  );

  const guess = (server: TestServer) =>
    server.fetch("/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "bob", password: "a wrong one" }),
    });
  for (let count = 0; count < limits.passwordTries; count++)
    expect((await guess(west)).status).toBe(401);
  await soon(async () => (await guess(east)).status === 429);
  for (const socket of sockets) socket.close();
  await Promise.all([east.close(), west.close()]);
  expect([...east.faults, ...west.faults]).toEqual([]);
});
