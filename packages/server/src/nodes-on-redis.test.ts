import { afterAll, expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { systemClock } from "./clock.ts";
import { memoryBlobs } from "./engine/memory/blobs.ts";
import { openRedis } from "./engine/redis/engine.ts";
import { house } from "./engine/redis/keys.ts";
import { startCable, startRedis } from "./engine/redis/testing.ts";
import { ManualClock } from "./manual-clock.ts";
import { cheapPasswords, startTestServer, type Frame, type TestServer } from "./testing.ts";

const redis = await startRedis();
afterAll(() => redis.close());
const blobs = memoryBlobs();

async function join({ clock = systemClock, url = redis.url } = {}) {
  const engine = await openRedis({ url, clock, blobs });
  return startTestServer({ engine, clock, passwords: cheapPasswords, rateLimits: "on" });
}

/** The same person at another server. */
const at = (server: TestServer, { user, token }: Awaited<ReturnType<TestServer["guest"]>>) =>
  server.with(user, token);

async function within(ms: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it was not so within ${ms} ms`);
    await Bun.sleep(50);
  }
}

const texts = (events: readonly Frame[]) =>
  events.flatMap(({ type, seq, text }) => (type === "message.posted" ? [`${seq} ${text}`] : []));

test("[ORD1] [ORD2] [RES12] [PRS8] what is posted on two servers is heard on both, in one order and once; a cursor of one resumes on the other, and who is here is here on both", async () => {
  const [east, west] = [await join(), await join()];
  const [ada, bob] = [await east.guest("Ada"), await west.guest("Bob")];
  const sockets = [await ada.socket(), await bob.socket()] as const;
  const [here, there] = sockets;
  for (const socket of sockets)
    expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({ ok: true });

  const { cursor } = await at(west, ada).get("/v1/rooms/general/messages");
  const said = (name: string) => Array.from({ length: 25 }, (_, index) => `${name} ${index}`);
  for (const [index, socket] of sockets.entries())
    for (const text of said(`${index}`))
      socket.send({ type: "post-message", ref: text, room: "general", clientId: text, text });
  const heard = [await here.events(50), await there.events(50)];
  expect(heard[1]).toEqual(heard[0] ?? []);
  const [{ seq: first = 0 } = {}] = heard[0] ?? [];
  const seqs = heard[0]?.map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 50 }, (_, index) => first + index));
  for (const index of [0, 1])
    expect(
      heard[0]?.filter(({ by }) => by === [ada, bob][index]?.user.id).map(({ text }) => text),
    ).toEqual(said(`${index}`));

  for (const server of [east, west]) {
    const back = await at(server, ada).socket();
    await back.ask({ type: "open-room", room: "general", after: cursor });
    expect(texts(await back.events(50))).toEqual(texts(heard[0] ?? []));
    back.close();
    await within(1_000, async () => {
      const { online } = await at(server, ada).get("/v1/rooms/general/presence");
      return online.length === 2;
    });
  }
  await Promise.all([east.close(), west.close()]);
  expect([...east.faults, ...west.faults]).toEqual([]);
});

test("[LIM11] [ACC7] [ACC3] [ACC5] what was taken on one server is taken on the other about a second later; who is banned or signed out on one finds and hears no more on the other after 1 s", async () => {
  const [east, west] = [await join(), await join()];
  const [ada, bob] = [await east.guest("Ada"), await east.guest("Bob")];
  for (let count = 0; count < limits.typingBurst; count++)
    await bob.call("POST", "/v1/rooms/general/typing");
  await within(
    1_000,
    async () => (await at(west, bob).call("POST", "/v1/rooms/general/typing")).status === 429,
  );

  const room = await ada.room("private");
  const add = await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  expect(add.status).toBe(204);
  const upload = await ada.call("POST", `/v1/rooms/${room}/files?name=a.txt`, "some text");
  const { file } = (await upload.json()) as { file: { id: string } };
  const message = { clientId: "c", text: "look at it", files: [file.id] };
  expect((await ada.call("POST", `/v1/rooms/${room}/messages`, message)).status).toBe(201);
  const found = async () => {
    const { status } = await at(west, bob).call("GET", `/v1/files/${file.id}`);
    return [status, (await at(west, bob).get("/v1/search?q=look")).hits.length];
  };
  expect(await found()).toEqual([200, 1]);
  const socket = await at(west, bob).socket();
  expect(await socket.ask({ type: "open-room", room })).toMatchObject({ ok: true });
  expect((await ada.call("PUT", `/v1/rooms/${room}/bans/${bob.user.id}`)).ok).toBe(true);
  const banned = performance.now();
  expect(await socket.next("closed")).toMatchObject({ room });
  expect(performance.now() - banned).toBeLessThan(1_000);
  expect((await at(west, bob).post("still here?", "c", room)).status).toBe(404);
  expect((await ada.post("among us", "d", room)).status).toBe(201);
  expect(await found()).toEqual([404, 0]);

  expect((await bob.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  const signedOut = performance.now();
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect(performance.now() - signedOut).toBeLessThan(1_000);
  expect((await at(west, bob).call("GET", "/v1/me")).status).toBe(401);
  expect(JSON.stringify([socket.frames, socket.asides])).not.toContain("among us");
  await Promise.all([east.close(), west.close()]);
  expect([...east.faults, ...west.faults]).toEqual([]);
});

test("[ACC2] [ACC4] [ACC7] [EPH3] who may not post any more by one server is told by another, which knew better a moment ago, what a stranger would be told", async () => {
  const [east, west] = [await join(), await join()];
  const [ada, bob] = [await east.guest("Ada"), await east.guest("Bob")];
  const [room, other] = [await ada.room("private"), await ada.room("private")];
  const member = `/v1/rooms/${room}/members/${bob.user.id}`;
  const post = async (to = room) => {
    const response = await at(west, bob).post("hello", crypto.randomUUID(), to);
    return [response.status, response.ok ? null : await response.text()] as const;
  };
  const come = async () => {
    expect((await ada.call("PUT", member, {})).status).toBe(204);
    expect((await post())[0]).toBe(201);
  };
  await come();
  expect((await ada.call("PATCH", member, { role: "reader" })).ok).toBe(true);
  expect(await post()).toEqual([403, expect.stringContaining("Your role in this room")]);
  expect((await ada.call("DELETE", member)).status).toBe(204);
  await come();
  expect((await ada.call("DELETE", member)).status).toBe(204);
  const hidden = await post();
  expect(hidden).toEqual([404, expect.stringContaining("room_not_found")]);
  expect(hidden).toEqual(await post(other));
  await come();
  expect((await ada.call("DELETE", `/v1/rooms/${room}`)).status).toBe(204);
  expect(await post()).toEqual([410, expect.stringContaining("room_gone")]);
  await Promise.all([east.close(), west.close()]);
  expect([...east.faults, ...west.faults]).toEqual([]);
});

test("[INB2] [INB4] what happened while a server was cut from Redis in rooms it had not heard of is in the lists of its people when it is back", async () => {
  const cable = await startCable(redis.port);
  const [east, west] = [await join(), await join({ url: cable.url })];
  const [ada, bob] = [await east.guest("Ada"), await east.guest("Bob")];
  const [old, over] = [await ada.room("private"), await ada.room("private")];
  for (const room of [old, over])
    expect((await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {})).ok).toBe(true);
  expect((await ada.post("unread", "a", old)).status).toBe(201);
  const his = at(west, bob);
  const socket = await his.socket();
  const unread = (frame: Frame) =>
    Object.fromEntries(frame["rooms"].map((one: Frame) => [one.room.id, one.unread]));
  const whole = async () => {
    for (;;) {
      const frame = await socket.next("inbox");
      if ("rooms" in frame) return unread(frame);
    }
  };
  expect(await whole()).toMatchObject({ [old]: 1, [over]: 0 });

  cable.cut();
  const direct = await ada.room("direct", { with: [bob.user.id] });
  expect((await ada.post("only to you", "b", direct)).status).toBe(201);
  expect((await bob.call("PUT", `/v1/rooms/${old}/read`, { seq: 3 })).ok).toBe(true);
  expect((await ada.call("DELETE", `/v1/rooms/${over}/members/${bob.user.id}`)).ok).toBe(true);
  cable.mend();
  const told = await whole();
  expect(told).toMatchObject({ [old]: 0, [direct]: 1 });
  expect(told).not.toHaveProperty(over);
  expect(told).toEqual(unread(await his.get("/v1/me")));
  await Promise.all([east.close(), west.close()]);
  cable.close();
  expect(east.faults).toEqual([]);
});

test.each([false, true])(
  "[EPH1] a room ends in its time on a server that is left of those that knew of it (cut from Redis when it was made: %p)",
  async (isCut) => {
    const cable = await startCable(redis.port);
    const clock = new ManualClock();
    const [east, west] = [await join({ clock }), await join({ clock, url: cable.url })];
    const ada = await east.guest("Ada");
    if (isCut) cable.cut();
    await ada.room("ephemeral", { ttl: 60 });
    await east.close({ keep: true });
    if (isCut) cable.mend();
    const left = () => redis.ask("ZCARD", house.ends).trim();
    expect(left()).toBe("1");
    await within(10_000, () => {
      clock.advance(10_000);
      return left() === "0";
    });
    await west.close();
    cable.close();
  },
);

test("[AUTH13] [ACC4] that somebody may post is remembered, and helps none of their tokens to more", async () => {
  const server = await join();
  const ada = await server.guest("Ada");
  const [room, other] = [await ada.room("private"), await ada.room("private")];
  for (const scope of [{ room, can: "read" }, { can: "read" }, { room: other, can: "post" }]) {
    const made = await ada.call("POST", "/v1/tokens", scope);
    const { token } = (await made.json()) as { token: string };
    expect((await ada.post(`before: ${token}`, token, room)).status).toBe(201);
    const refused = await server.with(ada.user, token).post("not with this", "r", room);
    expect(refused.status).toBe(scope.room === other ? 404 : 403);
  }
  await server.close();
  expect(server.faults).toEqual([]);
});

test("[PRS8] the people of a server that lost its Redis for good are gone for the others once, within 20 s, and theirs for it", async () => {
  const clock = new ManualClock();
  const cable = await startCable(redis.port);
  const [east, west] = [await join({ clock }), await join({ clock, url: cable.url })];
  // Time goes on as fast as Redis can follow, and stands still with it.
  let isOver = false;
  const time = (async () => {
    while (!isOver) {
      clock.advance(50);
      await east.engine.store.probe().catch(() => {});
      await Bun.sleep(1);
    }
  })();
  const [ada, bob] = [await east.guest("Ada"), await west.guest("Bob")];
  const [here, there] = [await ada.socket(), await bob.socket()];
  for (const socket of [here, there])
    expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({ ok: true });
  const areHere = async () => {
    const all = [ada, bob].map((one) => one.get("/v1/rooms/general/presence"));
    return (await Promise.all(all)).every(({ count }) => count === 2);
  };
  await within(5_000, areHere);
  const news = ({ asides }: typeof here) =>
    asides.filter(({ kind, whole }) => kind === "presence" && !whole);
  await within(5_000, () => news(here).length > 0);

  for (const { asides } of [here, there]) asides.length = 0;
  const cut = clock.elapsed();
  cable.cut();
  await within(30_000, () => news(here).length > 0 && news(there).length > 0);
  expect(clock.elapsed() - cut).toBeLessThan(20_000);
  await within(30_000, () => clock.elapsed() - cut > 30_000);
  expect(news(here)).toMatchObject([{ online: [], offline: [bob.user.id], count: 1 }]);
  expect(news(there)).toMatchObject([{ online: [], offline: [ada.user.id], count: 1 }]);
  await Promise.all([east.close(), west.close()]);
  isOver = true;
  await time;
  cable.close();
  expect(east.faults).toEqual([]);
});
