import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { systemClock } from "../clock.ts";
import { openMemory } from "../engine/memory/engine.ts";
import { ManualClock } from "../manual-clock.ts";
import { startTestServer, type Frame, type TestServer } from "../testing.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({});
});
afterAll(async () => {
  await server.close();
  expect(server.faults).toEqual([]);
});

type Stream = Awaited<ReturnType<Awaited<ReturnType<TestServer["guest"]>>["stream"]>>;
type Socket = Awaited<ReturnType<Awaited<ReturnType<TestServer["guest"]>>["socket"]>>;

/** The next signal of this kind on a stream: its data, as it is. */
async function onStream(stream: Stream, kind: string): Promise<string> {
  for (;;) {
    const block = await stream.next();
    if (block === null) throw new Error("the stream ended");
    const isIt = block.data?.includes(`"kind":"${kind}"`);
    if (block.event === "signal" && isIt) return block.data ?? "";
  }
}

async function onSocket(socket: Socket, kind: string): Promise<Frame> {
  for (;;) {
    const frame = await socket.next("signal");
    if (frame["kind"] === kind) return frame;
  }
}

test("[SSE6] [PRS1] [PRS5] [UNR5] signals of a room come over stream and socket alike, from doors of every kind", async () => {
  const [ada, bob, cy] = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Cy"),
  ];
  const socket = await ada.socket();
  await socket.ask({ type: "open-room", room: "general" });
  const stream = await bob.stream();
  expect(await onSocket(socket, "presence")).toMatchObject({ whole: true, count: 1 });
  expect(JSON.parse(await onStream(stream, "presence"))).toMatchObject({ whole: true, count: 2 });
  expect(await onSocket(socket, "presence")).toMatchObject({ online: [{ name: "Bob" }], count: 2 });

  const his = await cy.socket();
  await his.ask({ type: "open-room", room: "general" });
  const came = {
    type: "signal",
    room: "general",
    kind: "presence",
    online: [cy.user],
    offline: [],
    count: 3,
  };
  expect(JSON.parse(await onStream(stream, "presence"))).toEqual(came);
  expect(await onSocket(socket, "presence")).toEqual(came);

  expect((await cy.call("POST", "/v1/rooms/general/typing")).status).toBe(204);
  const typing = { type: "signal", room: "general", kind: "typing", user: cy.user };
  expect(JSON.parse(await onStream(stream, "typing"))).toEqual(typing);
  expect(await onSocket(socket, "typing")).toEqual(typing);

  await ada.post("to be read");
  const { room } = await ada.get("/v1/rooms/general");
  await his.ask({ type: "mark-read", room: "general", seq: room.seq });
  const read = { type: "signal", room: "general", kind: "read", user: cy.user.id, seq: room.seq };
  expect(JSON.parse(await onStream(stream, "read"))).toEqual(read);
  expect(await onSocket(socket, "read")).toEqual(read);

  expect(await ada.get("/v1/rooms/general/presence")).toMatchObject({ count: 3 });
  stream.close();
  his.close();
  const left = performance.now();
  let gone: string[] = [];
  while (gone.length < 2) gone = [...gone, ...(await onSocket(socket, "presence"))["offline"]];
  expect(gone.toSorted()).toEqual([bob.user.id, cy.user.id].toSorted());
  expect(performance.now() - left).toBeLessThan(5_500);
  socket.close();
}, 10_000);

test("[PRS6] [INB3] statuses come on the stream of one's rooms as well", async () => {
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const inbox = await ada.inbox();
  const status = async () => {
    for (;;) {
      const block = await inbox.next();
      const frame = block?.data === undefined ? null : (JSON.parse(block.data) as Frame);
      if (frame?.["kind"] === "status") return { event: block?.event, ...frame } as Frame;
    }
  };
  expect(await status()).toMatchObject({
    event: undefined,
    whole: true,
    people: { [bob.user.id]: { availability: "offline" } },
  });
  const socket = await bob.socket();
  expect((await status())["people"]).toEqual({ [bob.user.id]: { availability: "online" } });
  expect(await ada.get("/v1/rooms/general/members")).toMatchObject({
    members: expect.arrayContaining([
      expect.objectContaining({ user: bob.user, status: { availability: "online" } }),
    ]),
  });
  socket.close();
  inbox.close();
});

test("[PRS3] a socket is asked whether it lives: who answers stays, who does not is closed", async () => {
  const clock = new ManualClock();
  const quiet = await startTestServer({
    clock: { ...systemClock, elapsed: clock.elapsed, after: (...timer) => clock.after(...timer) },
    engine: openMemory({ clock: systemClock }),
  });
  const polite = await (await quiet.guest("Ada")).socket();
  const { hostname, port, host } = new URL(quiet.url);
  // Says hello, takes everything, and answers nothing.
  const dead = connect(Number(port), hostname);
  const asked = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) => dead.on("close", () => resolve()));
  const upgraded = new Promise<void>((resolve) => {
    dead.on("data", (bytes: Buffer) => {
      if (bytes.toString("latin1").startsWith("HTTP/1.1 101")) resolve();
      // An empty ping, by RFC 6455.
      if (bytes.includes(Buffer.from([0x89, 0]))) asked.resolve();
    });
  });
  dead.write(
    `GET /v1/socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await upgraded;
  dead.write(hello((await quiet.guest("Bob")).token));
  // In steps, so that an answer has time to come.
  for (let second = 0; second < 45; second++) {
    clock.advance(1_000);
    await quiet.fetch("/healthz");
  }
  await Promise.all([asked.promise, closed]);
  expect(await polite.ask({ type: "ping" })).toMatchObject({ ok: true });
  polite.close();
  await quiet.close();
});

/** A client's frame, by RFC 6455; masked with nothing. */
function hello(token: string): Buffer {
  const text = Buffer.from(JSON.stringify({ type: "hello", token }));
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
}
