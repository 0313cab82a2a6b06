import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { startTestServer, type Frame, type TestGuest, type TestServer } from "../testing.ts";

// Readers that stop reading: bare TCP connections, because every client library
// reads on by itself. The kernel takes some megabytes before anything waits in
// the server, so one flood of large messages serves several tests.

let server: TestServer;
let ada: TestGuest;
let slow: TestGuest;
const QUEUE = 1024 * 1024;
const MOST = 64 * 1024 * 1024;
/** Almost 64 KiB of JSON: each of these characters takes six bytes there. */
const LARGE = `${"\u0001".repeat(9_900)}x`;
/** Bytes of ten of them, which `flood` sends at once. */
const BURST = 10 * 60_000;

beforeAll(async () => {
  server = await startTestServer();
  [ada, slow] = [await server.guest("Ada"), await server.guest("Slow")];
});
afterAll(async () => {
  await server.close();
  expect(server.faults).toEqual([]);
});

const metric = async (name: string) => {
  const text = await (await server.fetch("/metrics")).text();
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")[1],
  );
};
const slowCloses = () => metric("snug_slow_closes_total");
const seqOf = (cursor: string) => Number(cursor.split(".")[1]);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A TCP connection that reads only when it is told to. */
function tcp() {
  const { hostname, port } = new URL(server.url);
  const raw = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let [start, tail] = ["", ""];
  const ended = Promise.withResolvers<void>();
  let wake = () => {};
  raw.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    const text = chunk.toString("latin1");
    start = (start + text).slice(0, 4_096);
    tail = (tail + text).slice(-2_048);
    wake();
  });
  raw.on("error", () => ended.resolve());
  raw.on("end", () => ended.resolve());
  raw.on("close", () => ended.resolve());
  return {
    raw,
    ended: ended.promise,
    received: () => Buffer.concat(chunks),
    /** Waits until this is among the first, or among the last, of what came. */
    async until(place: "start" | "end", text: string): Promise<void> {
      while (!(place === "start" ? start : tail).includes(text))
        await new Promise<void>((resolve) => (wake = resolve));
    },
    /** The server's end of this connection still takes and gives. */
    isHeld(): boolean {
      const hex = (number: number | undefined) =>
        (number ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const ends = new RegExp(`:${hex(Number(port))} \\w+:${hex(raw.localPort)} 01 `);
      return ends.test(readFileSync("/proc/net/tcp", "latin1"));
    },
  };
}

const masked = (text: string) => {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  // A mask of zeros changes nothing.
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
};

/** A WebSocket that has opened the room, and reads no further. */
async function stalledSocket({ token } = slow) {
  const line = tcp();
  line.raw.write(
    `GET /v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await line.until("start", "\r\n\r\n");
  line.raw.write(masked(JSON.stringify({ type: "hello", token })));
  line.raw.write(masked(JSON.stringify({ type: "open-room", ref: 1, room: "general" })));
  await line.until("start", '"ref":1');
  line.raw.pause();
  return line;
}

/** What came on a WebSocket: its frames, and the code it was closed with. */
function frames(bytes: Buffer): { frames: Frame[]; code: number | null; rest: number } {
  let at = bytes.indexOf("\r\n\r\n") + 4;
  const all: Frame[] = [];
  let code: number | null = null;
  while (bytes.length - at >= 2) {
    const short = bytes.readUInt8(at + 1);
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length - at < head) break;
    const size =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short;
    if (bytes.length - at < head + size) break;
    const payload = bytes.subarray(at + head, at + head + size);
    const opcode = bytes.readUInt8(at) & 15;
    if (opcode === 1) all.push(JSON.parse(payload.toString()) as Frame);
    if (opcode === 8) code = payload.readUInt16BE(0);
    at += head + size;
  }
  return { frames: all, code, rest: bytes.length - at };
}

async function stalledStream({ authorization } = slow, last?: string) {
  const line = tcp();
  line.raw.write(
    `GET /v1/rooms/general/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
      `Accept: text/event-stream\r\n${last === undefined ? "" : `Last-Event-ID: ${last}\r\n`}\r\n`,
  );
  await line.until("start", ": hello");
  line.raw.pause();
  return line;
}

/** What came on a stream: its whole events. */
function blocks(bytes: Buffer): { id: string; event: Frame }[] {
  let at = bytes.indexOf("\r\n\r\n") + 4;
  const body: Buffer[] = [];
  for (let size = -1; size !== 0 && at < bytes.length; at += size + 2) {
    const line = bytes.indexOf("\r\n", at);
    size = Number.parseInt(bytes.subarray(at, line).toString(), 16);
    at = line + 2;
    body.push(bytes.subarray(at, at + size));
  }
  const whole = Buffer.concat(body).toString().split("\n\n").slice(0, -1);
  return whole.flatMap((block) => {
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
    return id && data ? [{ id, event: JSON.parse(data) as Frame }] : [];
  });
}

/** Posts large messages until something of them waits for readers who do not read, but not too much. */
async function fill(least: number): Promise<number> {
  const socket = await ada.socket();
  let last = 0;
  for (let ref = 0; ref < 1_000 && (await metric("snug_queue_bytes")) < least; ref++) {
    const clientId = crypto.randomUUID();
    const command = { type: "post-message", ref, room: "general", clientId, text: LARGE };
    const reply = await socket.ask(command);
    last = reply["message"].seq as number;
  }
  socket.close();
  return last;
}

/** Posts large messages, ten at a time, until `done`; tells how long the slowest ten took to reach a reader who is well. */
async function flood(done: () => Promise<boolean>) {
  const socket = await ada.socket();
  const well = [await ada.socket(), await slow.socket()];
  for (const reader of well) await reader.ask({ type: "open-room", room: "general" });
  const stream = await slow.stream();
  let slowest = 0;
  let mostQueued = 0;
  let sent = 0;
  for (let bytes = 0; bytes < MOST && !(await done()); bytes += BURST) {
    const start = performance.now();
    for (let count = 0; count < 10; count++) {
      const clientId = crypto.randomUUID();
      socket.send({ type: "post-message", ref: sent++, room: "general", clientId, text: LARGE });
    }
    for (const reader of well) expect(await reader.events(10)).toHaveLength(10);
    expect(await stream.events(10)).toHaveLength(10);
    slowest = Math.max(slowest, performance.now() - start);
    expect(await socket.next("reply", sent - 1)).toMatchObject({ ok: true });
    mostQueued = Math.max(mostQueued, await metric("snug_queue_bytes"));
  }
  for (const reader of [...well, socket]) reader.close();
  stream.close();
  return { slowest, mostQueued };
}

/** Everything after a cursor, as a client of WebSocket gets it. */
async function resumeBySocket(cursor: string): Promise<number[]> {
  const socket = await slow.socket();
  const { room } = await socket.ask({ type: "open-room", room: "general", after: cursor });
  const seqs: number[] = [];
  if (seqOf(cursor) < room.seq) {
    const first = await Promise.race([socket.next("events"), socket.next("gap")]);
    if (first["type"] === "events") seqs.push(...first["events"].map((one: Frame) => one["seq"]));
    else {
      expect(first).toMatchObject({ after: cursor, next: room.cursor, reason: "too_far" });
      for (let after = cursor; after !== first["next"];) {
        const page = await slow.get(`/v1/rooms/general/events?after=${after}&limit=50`);
        seqs.push(...page.events.map((one: Frame) => one["seq"]));
        after = page.cursor;
      }
    }
  }
  socket.close();
  return seqs;
}

/** Readers of the first test that never read again, for the last one. */
const gone: Record<string, Awaited<ReturnType<typeof stalledSocket>>> = {};

test("[SLO1] [SLO2] [SLO3] readers who stop reading are closed, and delay nobody", async () => {
  const before = await slowCloses();
  const stalled = { socket: await stalledSocket(), stream: await stalledStream() };
  gone["socket"] = await stalledSocket();
  gone["stream"] = await stalledStream();
  const { seq: start } = (await ada.get("/v1/rooms/general")).room as { seq: number };
  const { slowest, mostQueued } = await flood(async () => (await slowCloses()) === before + 4);
  expect(await slowCloses()).toBe(before + 4);
  expect(slowest).toBeLessThan(1_500);
  expect(mostQueued).toBeGreaterThan(0);
  // What streams are sent in one turn they share, so it counts against each in the next.
  expect(mostQueued).toBeLessThanOrEqual(2 * QUEUE + 2 * (QUEUE + BURST));
  expect(await metric("snug_queue_bytes")).toBe(0);
  const { seq: top } = (await ada.get("/v1/rooms/general")).room as { seq: number };

  // The one who reads on now finds all that was sent, whole, and then the code.
  stalled.socket.raw.resume();
  await stalled.socket.ended;
  const seen = frames(stalled.socket.received());
  expect([seen.code, seen.rest]).toEqual([4008, 0]);
  const batches = seen.frames.filter((frame) => frame["type"] === "events");
  const seqs = batches.flatMap((frame) => frame["events"] as Frame[]).map((one) => one["seq"]);
  const reached = seqs.at(-1) as number;
  expect(seqs).toEqual(range(start + 1, reached));
  expect(reached).toBeLessThan(top);
  const cursor = batches.at(-1)?.["cursor"] as string;
  expect(seqOf(cursor)).toBe(reached);
  expect(await resumeBySocket(cursor)).toEqual(range(reached + 1, top));

  // A stream has no code: it ends, or its connection does.
  stalled.stream.raw.resume();
  await Promise.race([stalled.stream.until("end", "\r\n0\r\n\r\n"), stalled.stream.ended]);
  const streamed = blocks(stalled.stream.received());
  const last = streamed.at(-1);
  const place = last?.event["seq"] as number;
  expect(streamed.map(({ event }) => event["seq"])).toEqual(range(start + 1, place));
  expect(place).toBeLessThan(top);
  const again = await slow.stream({ last: last?.id ?? "" });
  const rest = await again.events(top - place);
  expect(rest.map(({ event }) => event["seq"])).toEqual(range(place + 1, top));
  again.close();
  for (const { raw } of Object.values(stalled)) raw.destroy();
}, 30_000);

test("[SLO1] [AVL2] a client that asks on and on without reading the answers is closed, and nobody else notices", async () => {
  const before = await slowCloses();
  const witness = await ada.socket();
  await witness.ask({ type: "open-room", room: "general" });
  const greedy = await stalledSocket();
  const command = masked(
    JSON.stringify({ type: "open-room", ref: "x".repeat(64), room: "general" }),
  );
  const thousand = Buffer.concat(Array<Buffer>(1_000).fill(command));
  let answered = 0;
  while ((await slowCloses()) === before && answered++ < 200) {
    greedy.raw.write(thousand);
    expect(await witness.ask({ type: "ping" })).toMatchObject({ ok: true });
    expect(await metric("snug_queue_bytes")).toBeLessThanOrEqual(2 * QUEUE);
  }
  expect(await slowCloses()).toBe(before + 1);
  await ada.post("all is well");
  expect((await witness.events(1)).map((event) => event["text"])).toEqual(["all is well"]);
  greedy.raw.destroy();
  witness.close();
}, 15_000);

test("[SLO2] [RES9] a stream that resumes far behind and reads in fits and starts still gets everything", async () => {
  const { cursor } = await ada.get("/v1/rooms/general/events?limit=1");
  const { seq: top } = (await ada.get("/v1/rooms/general")).room as { seq: number };
  const line = await stalledStream(slow, cursor);
  let complete = false;
  const reading = line.until("end", "the very end");
  void reading.then(() => (complete = true));
  for (let fit = 0; !complete; fit++) {
    line.raw.resume();
    if (fit === 3) await ada.post("the very end");
    else await ada.get("/v1/rooms/general");
    if (fit < 50) line.raw.pause();
    else await reading;
  }
  const events = blocks(line.received());
  expect(events.map(({ event }) => event["seq"])).toEqual(range(2, top + 1));
  line.raw.destroy();
}, 15_000);

for (const door of ["socket", "stream"] as const) {
  test(`[ACC3] when a session ends whose ${door} is behind, what waits for it in the server never reaches it after 1 s`, async () => {
    const eve = await server.guest("Eve");
    const line = await (door === "socket" ? stalledSocket(eve) : stalledStream(eve));
    const before = await slowCloses();
    const last = await fill(500_000);
    expect(await slowCloses()).toBe(before);
    expect((await eve.call("DELETE", "/v1/sessions/current")).status).toBe(204);
    await Bun.sleep(1_100);
    line.raw.resume();
    await Promise.race([line.ended, line.until("end", "\r\n0\r\n\r\n")]);
    line.raw.destroy();
    const bytes = line.received();
    const seqs =
      door === "stream"
        ? blocks(bytes).map(({ event }) => event["seq"] as number)
        : frames(bytes).frames.flatMap((frame) =>
            ((frame["events"] ?? []) as Frame[]).map((event) => event["seq"] as number),
          );
    // What the network had taken by then came, in order; half a megabyte had not.
    expect(seqs).toEqual(range(seqs[0] ?? Number.NaN, seqs.at(-1) ?? Number.NaN));
    expect(last - (seqs.at(-1) ?? 0)).toBeGreaterThan(4);
  }, 15_000);
}

test("[SLO1] a connection that was given up is let go, though its reader never takes what it was sent", async () => {
  const deadline = performance.now() + 8_000;
  const held = () => Object.keys(gone).filter((name) => gone[name]?.isHeld());
  while (held().length > 0 && performance.now() < deadline) await Bun.sleep(50);
  const still = held();
  for (const { raw } of Object.values(gone)) raw.destroy();
  // Else readers who come, stop and come again could fill the memory.
  expect([Object.keys(gone), still]).toEqual([["socket", "stream"], []]);
}, 15_000);
